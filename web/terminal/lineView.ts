/** Draws the line that is being edited, which may be longer than the terminal is wide. */
import { CLEAR_BELOW, cellsOf, right, up } from './ansi.ts'
import type { Line } from './line.ts'

export interface Prompt {
  text: string
  cells: number
}

export class LineView {
  readonly #print: (text: string) => void
  readonly #columns: () => number
  /** What stands on the screen: its prompt, and its text up to the cursor. */
  #drawn: { prompt: Prompt; before: string } | null = null

  constructor(print: (text: string) => void, columns: () => number) {
    this.#print = print
    this.#columns = columns
  }

  draw(prompt: Prompt, line: Line): void {
    const before = line.text.slice(0, line.cursor)
    const end = this.#place(prompt, line.text)
    const cursor = this.#place(prompt, before)
    // A line that ends in the last column leaves the terminal's cursor on it: only a line end brings it below.
    const wrap = end.column === 0 && end.row > 0 ? '\r\n' : ''
    this.#print(`${this.#home()}${prompt.text}${line.text}${wrap}${up(end.row - cursor.row)}\r${right(cursor.column)}`)
    this.#drawn = { prompt, before }
  }

  /** Done with this line: `mark` is put behind it, and what follows begins below. */
  leave(line: Line, mark: string): void {
    if (this.#drawn !== null) this.draw(this.#drawn.prompt, { text: line.text, cursor: line.text.length })
    this.#print(`${mark}\r\n`)
    this.#drawn = null
  }

  /** The screen was cleared. */
  forget(): void {
    this.#drawn = null
  }

  /** To the beginning of what was drawn, with everything from there on cleared. */
  #home(): string {
    if (this.#drawn === null) return ''
    return `\r${up(this.#place(this.#drawn.prompt, this.#drawn.before).row)}${CLEAR_BELOW}`
  }

  /** Where the cursor is after `text`, counted from the beginning of the prompt. */
  #place(prompt: Prompt, text: string): { row: number; column: number } {
    const columns = Math.max(2, this.#columns())
    let row = 0
    let column = prompt.cells
    for (const character of text) {
      const cells = cellsOf(character)
      if (column + cells > columns) {
        row += 1
        column = 0
      }
      column += cells
      if (column === columns) {
        row += 1
        column = 0
      }
    }
    return { row, column }
  }
}
