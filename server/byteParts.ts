/** Pieces smaller than this are copied together: each would cost more than it holds, and keep all that it came in. */
const SMALL = 4096
const LARGEST_BLOCK = 64 * 1024

/** Bytes in the order they came, in as many pieces as it is worth. */
export class ByteParts {
  /** Bytes in all of them. */
  length = 0
  #parts: Uint8Array[] = []
  /** What the last part is the beginning of, where that was made here and has room. */
  #block: Uint8Array | null = null

  add(data: Uint8Array): void {
    this.length += data.length
    const last = this.#parts.at(-1)
    if (last === undefined || data.length >= SMALL || last.length + data.length > LARGEST_BLOCK) {
      this.#parts.push(data)
      this.#block = null
      return
    }
    const length = last.length + data.length
    if (this.#block === null || this.#block.length < length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(SMALL, 2 * length))
      this.#block.set(last)
    }
    this.#block.set(data, last.length)
    this.#parts[this.#parts.length - 1] = this.#block.subarray(0, length)
  }

  /** All of them, which are not in here any more. */
  takeAll(): Uint8Array[] {
    return this.take(this.length)
  }

  /** The first, of `most` bytes together at most. */
  take(most: number): Uint8Array[] {
    const parts = this.#parts
    let bytes = 0
    let count = 0
    for (; count < parts.length && bytes < most; count++) bytes += parts[count]?.length ?? 0
    const taken = parts.splice(0, count)
    const last = taken.at(-1)
    if (bytes > most && last !== undefined) {
      const kept = last.length - (bytes - most)
      taken[count - 1] = last.subarray(0, kept)
      parts.unshift(last.subarray(kept))
      bytes = most
    }
    this.length -= bytes
    if (parts.length === 0) this.#block = null
    return taken
  }

  /** Puts back what was taken last. */
  putBack(taken: readonly Uint8Array[]): void {
    this.#parts.unshift(...taken)
    for (const { length } of taken) this.length += length
  }
}
