/** A request that is typed by hand, byte for byte. */
import { concat } from '../../shared/bytes/concat.ts'

const utf8 = new TextEncoder()

/**
 * The bytes that a typed line stands for: UTF-8, and `\r`, `\n`, `\t`, `\0`, `\\`, `\xNN` for single bytes. CR LF follows,
 * unless the line ends with a lone backslash.
 */
export function rawLine(typed: string): Uint8Array {
  const joined = /(?:^|[^\\])(?:\\\\)*\\$/u.test(typed)
  return concat([unescaped(joined ? typed.slice(0, -1) : typed), joined ? new Uint8Array() : utf8.encode('\r\n')])
}

/** The bytes of typed text, without a line end. */
export function unescaped(typed: string): Uint8Array {
  const pieces: Uint8Array[] = []
  const escapes = /\\(?:x([0-9a-fA-F]{2})|([rnt0\\]))/gu
  let from = 0
  for (const match of typed.matchAll(escapes)) {
    pieces.push(utf8.encode(typed.slice(from, match.index)))
    pieces.push(Uint8Array.of(match[1] !== undefined ? Number.parseInt(match[1], 16) : codeOf(match[2] ?? '')))
    from = match.index + match[0].length
  }
  pieces.push(utf8.encode(typed.slice(from)))
  return concat(pieces)
}

/** The lines of one request, as they are typed. */
export class RawEntry {
  readonly #lines: Uint8Array[] = []
  #inBody = false

  /** `endsLine`: CR LF was added to it. `endsHead`: it is the empty line behind the head. */
  add(typed: string): { endsLine: boolean; endsHead: boolean } {
    const bytes = rawLine(typed)
    const endsHead = typed === '' && this.#lines.length > 0 && !this.#inBody
    this.#lines.push(bytes)
    this.#inBody ||= endsHead
    return { endsLine: bytes.at(-2) === 13 && bytes.at(-1) === 10, endsHead }
  }

  /** Everything, and what is on the last line, without a line end. */
  bytesWith(rest: string): Uint8Array {
    return concat([...this.#lines, unescaped(rest)])
  }
}

function codeOf(letter: string): number {
  switch (letter) {
    case 'r':
      return 13
    case 'n':
      return 10
    case 't':
      return 9
    case '0':
      return 0
    default:
      return 92
  }
}
