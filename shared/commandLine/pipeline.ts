/** The commands of a line, and what stands before a pipe: printf and echo, as far as commands that send bytes need them. */

import { BAD_COMMAND, ClientError } from './clientError.ts'
import { CommandLineError, readCommandLine, utf8Bytes } from './words.ts'

/** The words of each command, native strings. @throws ClientError for what is no command line. */
export function commandsOf(line: string): string[][] {
  try {
    const { commands, open } = readCommandLine(utf8Bytes(line))
    if (open === 'backslash') {
      throw new ClientError(BAD_COMMAND, 'a backslash at the very end: the line goes on, but where?')
    }
    if (open !== null) throw new ClientError(BAD_COMMAND, `no closing ${open === 'double' ? '"' : "'"}`)
    return commands
  } catch (error) {
    throw error instanceof CommandLineError ? new ClientError(BAD_COMMAND, error.message) : error
  }
}

/** What the command prints, a native string. @throws ClientError */
export function printedBy(words: readonly string[]): string {
  const [name, ...args] = words
  switch (name) {
    case 'printf':
      return printf(args)
    case 'echo': {
      const quiet = args[0] === '-n'
      return `${(quiet ? args.slice(1) : args).join(' ')}${quiet ? '' : '\n'}`
    }
    default:
      throw new ClientError(BAD_COMMAND, `${name}: only printf and echo can stand before a pipe here`)
  }
}

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** POSIX printf: escapes and octal bytes in the format (XBD 5), `%%`, and `%s` with its arguments, once. */
function printf(args: readonly string[]): string {
  const [format, ...values] = args[0] === '--' ? args.slice(1) : args
  if (format === undefined) throw new ClientError(BAD_COMMAND, 'printf: requires a format')
  let used = 0
  return format.replace(/\\([0-7]{1,3})|\\(.)|%(.?)/gs, (whole, octal, letter, conversion) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255)
    if (letter !== undefined) return LETTERS[letter] ?? whole
    if (conversion === '%') return '%'
    if (conversion === 's') return values[used++] ?? ''
    throw new ClientError(BAD_COMMAND, `printf: ${whole} is not known here, only %s and %%`)
  })
}
