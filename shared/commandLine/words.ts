/**
 * A command line as words, quoted as in bash: '…' "…" $'…', backslashes, comments, and pipes. There is no shell behind it, so
 * what only a shell could do is refused. The terminal asks here whether a line goes on, and the client what it says.
 */

/** A command line that is not carried out. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError'
}

/** What is still open at the end of a text: a quotation, or a backslash that takes the next line with it. */
export type Open = 'single' | 'double' | 'ansi' | 'backslash'

export interface CommandLine {
  /** The words of each command; what one prints, the next reads. None where there is nothing but blanks and comments. */
  commands: string[][]
  open: Open | null
}

const SHELL_ONLY: Readonly<Record<string, string>> = {
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

/**
 * @param text of which every character is a byte (native), where the words are to be sent.
 * @throws CommandLineError for what only a shell could do.
 */
export function readCommandLine(text: string): CommandLine {
  const commands: string[][] = []
  let words: string[] = []
  /** Null between words; an empty string is a word when it was quoted. */
  let word: string | null = null
  let at = 0
  const endWord = (): void => {
    if (word !== null) words.push(word)
    word = null
  }
  const result = (open: Open | null): CommandLine => {
    endWord()
    return { commands: words.length > 0 || commands.length > 0 ? [...commands, words] : [], open }
  }
  while (at < text.length) {
    const char = text.charAt(at++)
    const next = text.charAt(at)
    if (/[ \t\r\n]/.test(char)) endWord()
    else if (char === "'") {
      const end = text.indexOf("'", at)
      if (end < 0) return result('single')
      word = (word ?? '') + text.slice(at, end)
      at = end + 1
    } else if (char === '"' || (char === '$' && next === "'")) {
      const quoted = char === '"' ? doubleQuoted(text, at) : ansiQuoted(text, at + 1)
      if (quoted === null) return result(char === '"' ? 'double' : 'ansi')
      word = (word ?? '') + quoted.value
      at = quoted.end
    } else if (char === '\\') {
      if (next === '') return result('backslash')
      at++
      // A backslash before the end of a line joins the two lines.
      if (next !== '\n') word = (word ?? '') + next
    } else if (char === '#' && word === null) {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end
    } else if (char === '|' && next !== '|') {
      endWord()
      if (words.length === 0) throw new CommandLineError('a pipe with nothing before it')
      commands.push(words)
      words = []
    } else {
      refuseShell(char, next)
      word = (word ?? '') + char
    }
  }
  return result(null)
}

function refuseShell(char: string, next: string): void {
  if (char === '$' && /[A-Za-z0-9_{(]/.test(next)) {
    const what = next === '(' ? 'a command substitution' : 'a variable'
    throw new CommandLineError(`this is not a shell: $${next} would be ${what} (quote it with '…' to send it)`)
  }
  const what = char === '|' ? 'a second command' : SHELL_ONLY[char]
  if (what !== undefined) {
    throw new CommandLineError(`this is not a shell: ${char} would be ${what} (quote it with '…' to send it)`)
  }
}

interface Quoted {
  value: string
  /** Index behind the closing quotation mark. */
  end: number
}

/** In "…" a backslash escapes only $ ` " \ and the end of a line (POSIX shell, 2.2.3). Null where it does not end. */
function doubleQuoted(text: string, start: number): Quoted | null {
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
  return null
}

function ansiQuoted(text: string, start: number): Quoted | null {
  let value = ''
  for (let at = start; at < text.length; ) {
    const char = text.charAt(at)
    if (char === "'") return { value, end: at + 1 }
    if (char !== '\\') {
      value += char
      at++
      continue
    }
    const { value: escaped, length } = ansiEscape(text.slice(at + 1, at + 12))
    value += escaped
    at += 1 + length
  }
  return null
}

/** What stands behind a backslash in $'…', and how much of it the escape takes. */
function ansiEscape(rest: string): { value: string; length: number } {
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)
  if (hex?.[1] !== undefined) return { value: String.fromCharCode(Number.parseInt(hex[1], 16)), length: hex[0].length }
  const octal = /^[0-7]{1,3}/.exec(rest)
  if (octal !== null) return { value: String.fromCharCode(Number.parseInt(octal[0], 8) & 255), length: octal[0].length }
  const unicode = /^(?:u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest)
  if (unicode !== null) {
    return { value: utf8(Number.parseInt(unicode[1] ?? unicode[2] ?? '', 16)), length: unicode[0].length }
  }
  const letter = rest.charAt(0)
  return { value: ANSI_C[letter] ?? `\\${letter}`, length: 1 }
}

/** The UTF-8 of text as a native string: one code point for each byte. What is half of a surrogate pair is U+FFFD, as ever. */
export function utf8Bytes(text: string): string {
  let bytes = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += utf8(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code)
  }
  return bytes
}

/** The bytes of a character, one code point each (RFC 3629 section 3). */
function utf8(code: number): string {
  if (code > 0x10ffff) throw new CommandLineError(`there is no character U+${code.toString(16)}`)
  const byte = (shift: number): number => 0x80 | ((code >> shift) & 0x3f)
  if (code < 0x80) return String.fromCharCode(code)
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), byte(0))
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), byte(6), byte(0))
  return String.fromCharCode(0xf0 | (code >> 18), byte(12), byte(6), byte(0))
}
