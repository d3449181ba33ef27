/** A line that goes on is passed on in pieces of this many characters: nobody reads it, and somebody would have to keep it. */
const MOST = 64 * 1024

/** Cuts text into lines, however it arrives. */
export class LineReader {
  readonly #onLine: (line: string) => void
  readonly #most: number
  #rest = ''

  constructor(onLine: (line: string) => void, most = MOST) {
    this.#onLine = onLine
    this.#most = most
  }

  push(text: string): void {
    const [first = '', ...others] = text.split('\n')
    const lines = [this.#rest + first, ...others]
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(this.#cut(line.endsWith('\r') ? line.slice(0, -1) : line))
    this.#rest = this.#cut(this.#rest)
  }

  /** Passes on what is too long of it; what is left. */
  #cut(line: string): string {
    let at = 0
    for (; line.length - at > this.#most; at += this.#most) this.#onLine(line.slice(at, at + this.#most))
    return at === 0 ? line : line.slice(at)
  }

  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }
}
