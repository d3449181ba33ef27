import { expect, test } from 'vitest'
import { readKeys } from './keys.ts'
import { EMPTY_LINE, edit, type Line } from './line.ts'
import { LineView } from './lineView.ts'

const ESC = '\x1b'
const SEQUENCE = /^.\[(\d*)([A-Z])/

/** A screen that obeys what LineView uses of ECMA-48: CR, LF, cursor up, cursor right, erase below; and wraps. */
class Screen {
  rows: string[] = ['']
  row = 0
  column = 0
  readonly columns: number

  constructor(columns: number) {
    this.columns = columns
  }

  print(text: string): void {
    for (let rest = text; rest !== ''; ) {
      const [whole = '', count = '1', command = ''] = (rest.startsWith(ESC) ? SEQUENCE.exec(rest) : null) ?? []
      if (command !== '') {
        if (command === 'A') this.row = Math.max(0, this.row - Number(count))
        if (command === 'C') this.column = Math.min(this.columns - 1, this.column + Number(count))
        if (command === 'J') {
          this.rows.length = this.row + 1
          this.rows[this.row] = (this.rows[this.row] ?? '').slice(0, this.column)
        }
        rest = rest.slice(whole.length)
        continue
      }
      this.#put(rest.charAt(0))
      rest = rest.slice(1)
    }
  }

  #put(letter: string): void {
    if (letter === '\r') this.column = 0
    else if (letter === '\n') {
      this.row += 1
      this.rows[this.row] ??= ''
    } else {
      // A letter behind the last column goes to the next row: until then the cursor waits on the last.
      if (this.column === this.columns) {
        this.row += 1
        this.column = 0
        this.rows[this.row] ??= ''
      }
      const row = (this.rows[this.row] ?? '').padEnd(this.column)
      this.rows[this.row] = row.slice(0, this.column) + letter + row.slice(this.column + 1)
      this.column += 1
    }
  }
}

const PROMPT = { text: '$ ', cells: 2 }

test('a long line is redrawn in place at every key, whatever its length', () => {
  const screen = new Screen(10)
  const view = new LineView(
    (text) => screen.print(text),
    () => 10,
  )
  let line: Line = EMPTY_LINE
  const text = 'curl localhost/abcdef'
  for (const letter of text) {
    line = edit(line, { kind: 'text', text: letter })
    view.draw(PROMPT, line)
    const all = `$ ${line.text}`
    expect(screen.rows.join('')).toBe(all)
    expect(screen.row * 10 + screen.column).toBe(all.length)
  }
  for (const key of readKeys('\x1b[D'.repeat(15))) {
    line = edit(line, key)
    view.draw(PROMPT, line)
    expect(screen.row * 10 + screen.column).toBe(2 + line.cursor)
  }
  view.leave(line, '^C')
  expect(screen.rows.join('')).toBe(`$ ${text}^C`)
  expect(screen.column).toBe(0)
})
