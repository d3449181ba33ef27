/** One line that is being edited. Pure: every key gives a new line. */
import type { Key } from './keys.ts'

export interface Line {
  readonly text: string
  /** Index into `text` of the character that the cursor is on; its length at the end. */
  readonly cursor: number
}

export const EMPTY_LINE: Line = { text: '', cursor: 0 }

export const lineOf = (text: string): Line => ({ text, cursor: text.length })

const insert = ({ text, cursor }: Line, added: string): Line => ({
  text: text.slice(0, cursor) + added + text.slice(cursor),
  cursor: cursor + added.length,
})

const remove = ({ text }: Line, from: number, to: number): Line => ({
  text: text.slice(0, from) + text.slice(to),
  cursor: from,
})

/** A character is a code point: never half of a surrogate pair. */
const before = ({ text, cursor }: Line): number =>
  Math.max(0, cursor - (/[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(0, cursor)) ? 2 : 1))
const after = ({ text, cursor }: Line): number =>
  Math.min(text.length, cursor + ((text.codePointAt(cursor) ?? 0) > 0xffff ? 2 : 1))

const wordBefore = ({ text, cursor }: Line): number => text.slice(0, cursor).replace(/\S+\s*$|\s+$/u, '').length
const wordAfter = ({ text, cursor }: Line): number => cursor + (/^\s*\S*/u.exec(text.slice(cursor))?.[0].length ?? 0)

/** The line after a key; the same object where the key does not edit (Enter, Tab, history, interrupts). */
export function edit(line: Line, key: Key): Line {
  switch (key.kind) {
    case 'text':
      return insert(line, key.text)
    case 'left':
      return { ...line, cursor: before(line) }
    case 'right':
      return { ...line, cursor: after(line) }
    case 'wordLeft':
      return { ...line, cursor: wordBefore(line) }
    case 'wordRight':
      return { ...line, cursor: wordAfter(line) }
    case 'home':
      return { ...line, cursor: 0 }
    case 'end':
      return { ...line, cursor: line.text.length }
    case 'backspace':
      return line.cursor === 0 ? line : remove(line, before(line), line.cursor)
    case 'delete':
      return line.cursor === line.text.length ? line : remove(line, line.cursor, after(line))
    case 'killLine':
      return remove(line, 0, line.cursor)
    case 'killToEnd':
      return remove(line, line.cursor, line.text.length)
    case 'killWord':
      return remove(line, wordBefore(line), line.cursor)
    default:
      return line
  }
}
