/** Where a command line ends, and which command it is: read as the client reads it. */
import { CommandLineError, type Open, readCommandLine } from './words.ts'

/**
 * What is still open at the end of `text`. Null where the line is complete, or is none: whoever carries it out says what is
 * wrong with it.
 */
export function openAtEnd(text: string): Open | null {
  try {
    return readCommandLine(text).open
  } catch (error) {
    if (error instanceof CommandLineError) return null
    throw error
  }
}

/** `text` with the next line: without the backslash that joined them, or with the newline that the quotation holds. */
export function joinLine(text: string, next: string): string {
  return openAtEnd(text) === 'backslash' ? text.slice(0, -1) + next : `${text}\n${next}`
}

/** The name of the command that the line is about: the last, where one prints what the next reads. Empty where there is none. */
export function commandOf(text: string): string {
  try {
    return readCommandLine(text).commands.at(-1)?.[0] ?? ''
  } catch (error) {
    if (error instanceof CommandLineError) return /^\s*(\S*)/u.exec(text)?.[1] ?? ''
    throw error
  }
}
