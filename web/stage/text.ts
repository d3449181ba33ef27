/** Text on a grid of character cells: bytes made visible, Python's repr, and wrapping. */

const NAMED = new Map([
  [9, '\\t'],
  [10, '\\n'],
  [13, '\\r'],
])

/** A byte as it is drawn: itself where it is printable ASCII, else an escape. */
export function visibleByte(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  return NAMED.get(byte) ?? `\\x${byte.toString(16).padStart(2, '0')}`
}

/** A native string as the bytes that it stands for are drawn. What is no byte, in a trace that lies, stays. */
export const visibleString = (native: string): string =>
  native.replace(/[^ -~]/g, (char) => (char.charCodeAt(0) < 0x100 ? visibleByte(char.charCodeAt(0)) : char))

/** `most`: so many cells of them, and a sign that there are more. */
export function visibleBytes(bytes: Uint8Array, most = Number.POSITIVE_INFINITY): string {
  let text = ''
  for (const byte of bytes) {
    const piece = visibleByte(byte)
    if (text.length + piece.length > most) return `${text}…`
    text += piece
  }
  return text
}

/** Of a longer text the beginning is shown, and how much there is besides. */
const SHOWN = 8192

const count = new Intl.NumberFormat('en')

function beginningOf(text: string): { shown: string; more: string } {
  if (text.length <= SHOWN) return { shown: text, more: '' }
  return { shown: text.slice(0, SHOWN), more: `… +${count.format(text.length - SHOWN)}` }
}

/** As much of a text as is shown, with how much more there is. */
export function bounded(text: string): string {
  const { shown, more } = beginningOf(text)
  // What was bounded already is a little longer for it.
  return text.length <= SHOWN + 32 ? text : shown + more
}

/** Python's repr() of a native string: single quotes unless the text has one and no double quote. */
export function pythonRepr(whole: string): string {
  const { shown: text, more } = beginningOf(whole)
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = quote
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (char === '\\' || char === quote) out += `\\${char}`
    else if (code < 0x20 || code === 0x7f || (code >= 0x80 && code < 0xa1) || code === 0xad) {
      out += NAMED.get(code) ?? `\\x${code.toString(16).padStart(2, '0')}`
    } else out += char
  }
  return out + quote + more
}

/** Chinese characters and full-width punctuation take an em, which is 5/3 cells; everything else takes one. */
const isWide = (char: string): boolean => /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/.test(char)

export function cellWidth(text: string): number {
  let width = 0
  for (const char of text) width += isWide(char) ? 5 / 3 : 1
  return width
}

/** Width in cells of a title, which is set in IBM Plex Sans: Latin letters are a little narrower than a cell. */
export function titleCells(text: string): number {
  let width = 0
  for (const char of text) width += isWide(char) ? 1.8 : 0.95
  return width
}

/** A Chinese character, or a word with the blanks behind it; signs that end a clause stay with what they end. */
const PIECES =
  /(?:[\u2e80-\u9fff\uff00-\uff60]|[^\s\u2e80-\u9fff\uff00-\uff60]+)[\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u300d\u300f]*\s*|\s+/g

/** Prose, broken at blanks and between Chinese characters, but not before a sign. Never returns an empty list. */
export function wrapProse(text: string, cols: number): string[] {
  const pieces = bounded(text).match(PIECES) ?? []
  const lines: string[] = []
  let line = ''
  for (const piece of pieces) {
    if (line !== '' && cellWidth(line + piece.trimEnd()) > cols) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += piece
  }
  if (line !== '' || lines.length === 0) lines.push(line.trimEnd())
  return lines
}

/** Cuts text into pieces of at most `cols` cells; the first may be shorter (`first` cells are left on its row). */
export function cut(whole: string, cols: number, first = cols): string[] {
  const text = bounded(whole)
  const width = Math.max(1, cols)
  const pieces = [text.slice(0, Math.max(0, first))]
  for (let at = Math.max(0, first); at < text.length; at += width) pieces.push(text.slice(at, at + width))
  return pieces
}

/**
 * A value on rows of `cols` cells, all its characters kept: broken behind a blank where the row is a third full by then,
 * else where it ends. Rows after the first stand `indent` cells to the right.
 */
export function wrapValue(text: string, cols: number, indent = 2): { col: number; text: string }[] {
  const rows: { col: number; text: string }[] = []
  let rest = bounded(text)
  do {
    const col = rows.length === 0 ? 0 : Math.min(indent, Math.max(0, cols - 1))
    const room = Math.max(1, cols - col)
    const blank = rest.lastIndexOf(' ', room - 1) + 1
    const end = rest.length <= room ? rest.length : blank * 3 >= room ? blank : room
    rows.push({ col, text: rest.slice(0, end) })
    rest = rest.slice(end)
  } while (rest !== '')
  return rows
}

/** `1 B`, `149 B`, `3.0 KiB`: for a glance; the exact number stands beside it where it matters. */
export function byteSize(count: number): string {
  if (count < 10_240) return `${count.toLocaleString('en')} B`
  const [value, unit] = count < 1024 ** 2 ? [count / 1024, 'KiB'] : [count / 1024 ** 2, 'MiB']
  return `${value.toFixed(1)} ${unit}`
}
