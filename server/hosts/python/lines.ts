/** A line that goes on is passed on in pieces of this many characters: nobody reads it, and somebody would have to keep it. */
const MOST = 64 * 1024

/** Cuts text into lines, however it arrives. */
export class LineReader {
  private readonly onLine: (line: string) => void
  private rest = ''

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine
  }

  push(text: string): void {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) this.onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    while (this.rest.length >= MOST) {
      this.onLine(this.rest.slice(0, MOST))
      this.rest = this.rest.slice(MOST)
    }
  }

  end(): void {
    if (this.rest !== '') this.onLine(this.rest)
    this.rest = ''
  }
}
