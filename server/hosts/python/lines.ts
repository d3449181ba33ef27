/** A line that goes on is passed on in pieces of this many characters: nobody reads it, and somebody would have to keep it. */
const MOST = 64 * 1024

/** Cuts text into lines, however it arrives. */
export class LineReader {
  private readonly onLine: (line: string) => void
  private readonly most: number
  private rest = ''

  constructor(onLine: (line: string) => void, most = MOST) {
    this.onLine = onLine
    this.most = most
  }

  push(text: string): void {
    const [first = '', ...others] = text.split('\n')
    const lines = [this.rest + first, ...others]
    this.rest = lines.pop() ?? ''
    for (const line of lines) this.onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    while (this.rest.length >= this.most) {
      this.onLine(this.rest.slice(0, this.most))
      this.rest = this.rest.slice(this.most)
    }
  }

  end(): void {
    if (this.rest !== '') this.onLine(this.rest)
    this.rest = ''
  }
}
