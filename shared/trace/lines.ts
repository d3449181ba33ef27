/**
 * The lines of a file that comes in pieces. Memory is bounded, whatever the file says: of a line that is too long the
 * bytes it carries are left out (`"bytes":null`), and nothing else may be long.
 */

/** Characters of a line that is kept whole. */
export const LONGEST_LINE = 16 * 1024 * 1024

/** Within a string of JSON a quotation mark has a backslash before it, so this is a field and its value's beginning. */
const FIELD = '"bytes":"'

export class LineSplitter {
  readonly #longest: number
  #line = ''
  /** Whether the value of `bytes` is being passed over. */
  #passing = false

  constructor(longest = LONGEST_LINE) {
    this.#longest = longest
  }

  /** What came of a line that has not ended. */
  get rest(): string {
    return this.#line
  }

  /**
   * The lines that end within the next piece, without their newlines.
   * @throws RangeError for a line that is too long, and not for the bytes it carries.
   */
  *push(piece: string): Generator<string> {
    let from = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      this.#add(piece.slice(from, end))
      const line = this.#line
      this.#line = ''
      this.#passing = false
      from = end + 1
      yield line
    }
    this.#add(piece.slice(from))
  }

  #add(text: string): void {
    const quote = this.#passing ? text.indexOf('"') : -1
    if (this.#passing && quote < 0) return
    this.#line += text.slice(quote + 1)
    this.#passing = false
    if (this.#line.length > this.#longest) this.#shorten()
  }

  #shorten(): void {
    const at = this.#line.indexOf(FIELD)
    const end = at < 0 ? -1 : this.#line.indexOf('"', at + FIELD.length)
    if (at < 0)
      throw new RangeError(`a line of more than ${this.#longest} characters, and not for the bytes it carries`)
    this.#passing = end < 0
    this.#line = `${this.#line.slice(0, at)}"bytes":null${end < 0 ? '' : this.#line.slice(end + 1)}`
    if (this.#line.length > this.#longest) this.#shorten()
  }
}
