/**
 * A command line as words, quoted as in bash: '…' "…" $'…' and backslashes. There is no shell behind it, so what only a
 * shell could do is refused. Words are native strings: one code point per byte of the line's UTF-8.
 */
import { latin1Decode } from '../../shared/bytes/latin1.ts'

/** A command that is not carried out. `code` is curl's exit code for it. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** CURLE_FAILED_INIT: what curl says of a command line it does not understand. */
export const BAD_COMMAND = 2

const SHELL_ONLY: Readonly<Record<string, string>> = {
  '|': 'a pipe',
  '>': 'a redirection',
  '<': 'a redirection',
  ';': 'a second command',
  '&': 'a second command',
  '`': 'a command substitution',
  '(': 'a subshell',
  ')': 'a subshell',
}

/** The escapes of $'…' that stand for one byte (bash, "ANSI-C Quoting"). */
const ANSI_C: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
}

/** @throws ClientError */
export function splitWords(line: string): string[] {
  const text = latin1Decode(new TextEncoder().encode(line))
  const words: string[] = []
  /** Null between words; an empty string is a word when it was quoted. */
  let word: string | null = null
  let at = 0

  const upTo = (quote: string, opening: string): string => {
    const end = text.indexOf(quote, at)
    if (end < 0) throw new ClientError(BAD_COMMAND, `no closing ${quote} for ${opening}`)
    const inside = text.slice(at, end)
    at = end + 1
    return inside
  }

  while (at < text.length) {
    const char = text.charAt(at++)
    const next = text.charAt(at)
    if (/[ \t\r\n]/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else if (char === "'") {
      word = (word ?? '') + upTo("'", "'")
    } else if (char === '"') {
      const { value, end } = doubleQuoted(text, at)
      word = (word ?? '') + value
      at = end
    } else if (char === '$' && next === "'") {
      const { value, end } = ansiQuoted(text, at + 1)
      word = (word ?? '') + value
      at = end
    } else if (char === '\\') {
      if (next === '') throw new ClientError(BAD_COMMAND, 'a backslash at the very end: the line goes on, but where?')
      at++
      // A backslash before the end of a line joins the two lines.
      if (next !== '\n') word = (word ?? '') + next
    } else if (char === '#' && word === null) {
      return words
    } else {
      refuseShell(char, next)
      word = (word ?? '') + char
    }
  }
  if (word !== null) words.push(word)
  return words
}

function refuseShell(char: string, next: string): void {
  if (char === '$' && /[A-Za-z0-9_{(]/.test(next)) {
    const what = next === '(' ? 'a command substitution' : 'a variable'
    throw new ClientError(BAD_COMMAND, `this is not a shell: $${next} would be ${what} (quote it with '…' to send it)`)
  }
  const what = SHELL_ONLY[char]
  if (what !== undefined) {
    throw new ClientError(BAD_COMMAND, `this is not a shell: ${char} would be ${what} (quote it with '…' to send it)`)
  }
}

/** In "…" a backslash escapes only $ ` " \ and the end of a line (POSIX shell, 2.2.3). */
function doubleQuoted(text: string, start: number): { value: string; end: number } {
  let value = ''
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at)
    const next = text.charAt(at + 1)
    if (char === '"') return { value, end: at + 1 }
    if (char === '\\' && /[$`"\\\n]/.test(next)) {
      if (next !== '\n') value += next
      at++
    } else {
      if (char === '$' || char === '`') refuseShell(char, next)
      value += char
    }
  }
  throw new ClientError(BAD_COMMAND, 'no closing " for "')
}

function ansiQuoted(text: string, start: number): { value: string; end: number } {
  let value = ''
  for (let at = start; at < text.length; ) {
    const char = text.charAt(at)
    if (char === "'") return { value, end: at + 1 }
    if (char !== '\\') {
      value += char
      at++
      continue
    }
    const rest = text.slice(at + 1, at + 12)
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)
    const octal = /^[0-7]{1,3}/.exec(rest)
    const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest)
    const letter = ANSI_C[rest.charAt(0)]
    if (hex?.[1] !== undefined) {
      value += String.fromCharCode(Number.parseInt(hex[1], 16))
      at += 1 + hex[0].length
    } else if (octal !== null) {
      value += String.fromCharCode(Number.parseInt(octal[0], 8) & 255)
      at += 1 + octal[0].length
    } else if (unicode !== null) {
      value += unicodeBytes(Number.parseInt(unicode[1] ?? unicode[2] ?? '', 16))
      at += 1 + unicode[0].length
    } else if (letter !== undefined) {
      value += letter
      at += 2
    } else {
      value += `\\${rest.charAt(0)}`
      at += 2
    }
  }
  throw new ClientError(BAD_COMMAND, "no closing ' for $'")
}

function unicodeBytes(codePoint: number): string {
  if (codePoint > 0x10ffff) throw new ClientError(BAD_COMMAND, `there is no character U+${codePoint.toString(16)}`)
  return latin1Decode(new TextEncoder().encode(String.fromCodePoint(codePoint)))
}
