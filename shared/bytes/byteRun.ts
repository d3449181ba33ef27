import type { Span } from './span.ts'

interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
}

/** Pieces of one direction of a connection, read as if they were one buffer with absolute offsets. */
export class ByteRun {
  readonly #pieces: Piece[] = []

  /** Pieces come by rising offset; a gap (bytes that did not travel) may lie between two of them. */
  add(start: number, bytes: Uint8Array): void {
    this.#pieces.push({ start, bytes })
  }

  /** The bytes of a span, or null where some of them are not here. Nothing is allocated for bytes that are not. */
  slice(span: Span): Uint8Array | null {
    if (span.end <= span.start) return new Uint8Array(0)
    const first = this.#firstEndingAfter(span.start)
    if (!this.#covers(span, first)) return null
    const result = new Uint8Array(span.end - span.start)
    let at = span.start
    for (let i = first; at < span.end; i++) {
      const piece = this.#pieces[i]
      if (piece === undefined) break
      const part = piece.bytes.subarray(at - piece.start, Math.min(piece.bytes.length, span.end - piece.start))
      result.set(part, at - span.start)
      at += part.length
    }
    return result
  }

  #covers(span: Span, first: number): boolean {
    let at = span.start
    for (let i = first; at < span.end; i++) {
      const piece = this.#pieces[i]
      if (piece === undefined || piece.start > at) return false
      at = Math.max(at, piece.start + piece.bytes.length)
    }
    return true
  }

  /** Index of the first piece that has a byte at or behind `offset`. */
  #firstEndingAfter(offset: number): number {
    let low = 0
    let high = this.#pieces.length
    while (low < high) {
      const middle = (low + high) >> 1
      const piece = this.#pieces[middle]
      if (piece !== undefined && piece.start + piece.bytes.length <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
