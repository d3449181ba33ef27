/** The line that is being typed: its text on the screen, what was typed before it, and what Tab can add. */
import { CLEAR_ALL, grey } from './ansi.ts'
import { complete } from './completion.ts'
import type { History } from './history.ts'
import type { Key } from './keys.ts'
import { EMPTY_LINE, edit, type Line, lineOf } from './line.ts'
import { LineView, type Prompt } from './lineView.ts'

export interface LineInputOptions {
  print: (text: string) => void
  columns: () => number
  history: History
  /** Addresses that Tab offers. */
  addresses: () => readonly string[]
}

export class LineInput {
  readonly #options: LineInputOptions
  readonly #view: LineView
  #prompt: Prompt = { text: '', cells: 0 }
  #isCommand = false
  #line: Line = EMPTY_LINE

  constructor(options: LineInputOptions) {
    this.#options = options
    this.#view = new LineView(options.print, options.columns)
  }

  get text(): string {
    return this.#line.text
  }

  /** An empty line. Only a command has a past and can be completed. */
  begin(prompt: Prompt, isCommand: boolean): void {
    this.#prompt = prompt
    this.#isCommand = isCommand
    this.#line = EMPTY_LINE
    this.#draw()
  }

  /** Ends the line on the screen, with `mark` behind it, and returns its text. */
  finish(mark = ''): string {
    this.#view.leave(this.#line, mark)
    return this.#line.text
  }

  /** Every key but those that end a line. */
  press(key: Key): void {
    switch (key.kind) {
      case 'clear':
        this.#options.print(CLEAR_ALL)
        this.#view.forget()
        this.#draw()
        return
      case 'up':
      case 'down':
        if (this.#isCommand) this.#recall(key.kind)
        return
      case 'tab':
        if (this.#isCommand) this.#complete()
        return
      default:
        this.#change(edit(this.#line, key))
    }
  }

  #draw(): void {
    this.#view.draw(this.#prompt, this.#line)
  }

  #change(line: Line): void {
    if (line === this.#line) return
    this.#line = line
    this.#draw()
  }

  #recall(direction: 'up' | 'down'): void {
    const { history } = this.#options
    const text = direction === 'up' ? history.older(this.#line.text) : history.newer()
    if (text !== null) this.#change(lineOf(text))
  }

  #complete(): void {
    const { line, choices } = complete(this.#line, this.#options.addresses())
    if (choices.length === 0) {
      this.#change(line)
      return
    }
    this.#view.leave(this.#line, '')
    this.#options.print(`${grey(choices.join('  '))}\r\n`)
    this.#draw()
  }
}
