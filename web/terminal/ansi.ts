/** What the terminal is told to print. */
const ESC = '\x1b'

/** Palette colours only: xterm gives them classes, where exact colours would need inline styles, which the CSP refuses. */
const code =
  (on: number, off: number) =>
  (text: string): string =>
    `${ESC}[${on}m${text}${ESC}[${off}m`

export const green = code(32, 39)
export const red = code(31, 39)
export const blue = code(34, 39)
export const grey = code(90, 39)
export const bold = code(1, 22)

export const CLEAR_BELOW = `${ESC}[J`
export const CLEAR_ALL = `${ESC}[2J${ESC}[3J${ESC}[H`
export const up = (rows: number): string => (rows > 0 ? `${ESC}[${rows}A` : '')
export const right = (columns: number): string => (columns > 0 ? `${ESC}[${columns}C` : '')

/**
 * Text from outside, with nothing in it that could command the terminal: control codes are shown as `^X`, line ends are
 * what the terminal needs.
 */
export function harmless(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/\p{Cc}/gu, shownControl)
}

function shownControl(control: string): string {
  const code = control.charCodeAt(0)
  if (control === '\n') return '\r\n'
  if (control === '\t') return control
  return code < 0x80 ? `^${String.fromCharCode(code ^ 64)}` : `\\x${code.toString(16)}`
}

/** East Asian wide characters and emoji take two cells (Unicode TR11, W and F). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u

/** How many cells `text` takes; it must not contain control codes. */
export function cellsOf(text: string): number {
  let cells = 0
  for (const character of text) cells += WIDE.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1
  return cells
}

/** A Chinese character, a word or a blank; signs that end a clause stay with what they end. */
const PIECES =
  /(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u300d\u300f\u3011\u300b\u2026]*|\s+/gu

/** Prose in lines of at most `columns` cells, broken at blanks; where there are none (Chinese), anywhere but before a sign. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of text.match(PIECES) ?? []) {
    if (line !== '' && cellsOf((line + piece).trimEnd()) > columns) {
      lines.push(line.trimEnd())
      line = piece.trimStart()
    } else line += piece
  }
  return [...lines, line.trimEnd()]
}
