import type { Span } from './span.ts'

/** Pieces of one direction of a connection, read as if they were one buffer with absolute offsets. */
export class ByteRun {
  readonly #pieces: { start: number; bytes: Uint8Array }[] = []

  /** Pieces come by rising offset; a gap (bytes that did not travel) may lie between two of them. */
  add(start: number, bytes: Uint8Array): void {
    this.#pieces.push({ start, bytes })
  }

  /** The bytes of a span, or null where some of them are not here. */
  slice(span: Span): Uint8Array | null {
    const result = new Uint8Array(span.end - span.start)
    let at = span.start
    for (const { start, bytes } of this.#pieces) {
      if (at >= span.end) break
      if (start + bytes.length <= at) continue
      if (start > at) return null
      const part = bytes.subarray(at - start, Math.min(bytes.length, span.end - start))
      result.set(part, at - span.start)
      at += part.length
    }
    return at >= span.end ? result : null
  }
}
