/**
 * What an application throws, in words. JavaScript throws anything: no Error at all, or one that answers whatever it is
 * asked with another exception (a getter, a Proxy). Nothing here throws.
 */
import { ownTraceback } from './stack.ts'

/** As in wsgiscope_worker/limits.py: characters of a message or a traceback, and of a name. */
const LONGEST_TEXT = 64 * 1024
const LONGEST_NAME = 200

export interface Thrown {
  type: string
  message: string
  traceback: string
  /** As the engine wrote it; empty where there is none. */
  stack: string
}

export function describeThrown(thrown: unknown): Thrown {
  if (!isError(thrown)) {
    const message = short(`threw ${textOf(() => thrown) || 'what cannot be said'}`, LONGEST_TEXT)
    return { type: 'Error', message, traceback: `Error: ${message}`, stack: '' }
  }
  const type = errorType(thrown)
  const message = errorMessage(thrown)
  const stack = textOf(() => thrown.stack)
  const traceback = short(ownTraceback(stack || `${type}: ${message}`), LONGEST_TEXT)
  return { type, message, traceback, stack }
}

export const errorType = (error: Error): string =>
  short(textOf(() => error.name) || textOf(() => error.constructor.name) || 'Error', LONGEST_NAME)

export const errorMessage = (error: Error): string =>
  short(
    textOf(() => error.message),
    LONGEST_TEXT,
  )

export function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error
  } catch {
    // A Proxy that does not tell what it is.
    return false
  }
}

function textOf(read: () => unknown): string {
  try {
    const value = read()
    return value === undefined ? '' : String(value)
  } catch {
    // There is no text to be had of it.
    return ''
  }
}

/** The beginning and the end of what is too long. */
function short(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most / 2)}…${text.slice(text.length - most / 2 + 1)}`
}
