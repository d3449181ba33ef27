/**
 * What has arrived and is not yet read, addressed by absolute offsets of the inbound stream.
 *
 * Rules that keep it linear and safe:
 *  - A piece that arrives while nothing waits is kept as it came, not copied; it then belongs to the buffer.
 *  - Bytes are written once and never moved over: what `take` handed out stays valid for as long as anybody holds it.
 *  - `find` remembers how far it got, so that a line that arrives byte by byte is searched once.
 */
import { latin1Decode } from './latin1.ts'

const EMPTY = new Uint8Array(0)
const SMALLEST = 1024

export class ReceiveBuffer {
  #bytes: Uint8Array = EMPTY
  /** Absolute offset of `bytes[0]`. */
  #base = 0
  /** Indices into `bytes`: the first one that waits, and the one behind the last. */
  #head = 0
  #tail = 0
  /** Whether `bytes` was made here, so that there may be room behind `tail`. */
  #owned = false
  /** Absolute: everything before it was searched by `find` without success. */
  #searched = 0

  /** Absolute offset of the first byte that waits (of the next one to arrive, if none does). */
  get start(): number {
    return this.#base + this.#head
  }

  /** Absolute offset behind the last byte that arrived. */
  get end(): number {
    return this.#base + this.#tail
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#tail - this.#head
  }

  /** The stream has been read up to here by somebody else. Before the first `append`. */
  startAt(offset: number): void {
    this.#base = offset
  }

  append(data: Uint8Array): void {
    if (this.#head === this.#tail) {
      this.#base += this.#tail
      this.#bytes = data
      this.#head = 0
      this.#tail = data.length
      this.#owned = false
      return
    }
    if (!this.#owned || this.#bytes.length - this.#tail < data.length) this.#grow(data.length)
    this.#bytes.set(data, this.#tail)
    this.#tail += data.length
  }

  /** The byte at an absolute offset, which must be waiting; -1 where there is none. */
  at(offset: number): number {
    return offset < this.end ? (this.#bytes[offset - this.#base] ?? -1) : -1
  }

  /** Absolute offset of the first `byte` that waits, no further than `before`; -1 for "not yet". */
  find(byte: number, before: number): number {
    const bytes = this.#bytes
    const base = this.#base
    const stop = Math.min(before, this.end) - base
    let i = Math.max(this.#searched, this.start) - base
    while (i < stop && bytes[i] !== byte) i++
    this.#searched = base + i
    return i < stop ? base + i : -1
  }

  /** The bytes from `start` to `end` (absolute, still waiting) as a native string. */
  text(start: number, end: number): string {
    return latin1Decode(this.#bytes, start - this.#base, end - this.#base)
  }

  /** The next bytes, at most `count`, without a copy; they no longer wait. */
  take(count: number): Uint8Array {
    const end = Math.min(this.#head + count, this.#tail)
    const whole = this.#head === 0 && end === this.#bytes.length
    const data = whole ? this.#bytes : this.#bytes.subarray(this.#head, end)
    this.release(this.#base + end)
    return data
  }

  /** Everything before the absolute offset `before` is read. */
  release(before: number): void {
    this.#head = before - this.#base
    if (this.#head === this.#tail) {
      this.#base += this.#tail
      this.#head = this.#tail = 0
      this.#bytes = EMPTY
      this.#owned = false
    }
  }

  #grow(extra: number): void {
    const grown = new Uint8Array(Math.max(SMALLEST, 2 * (this.length + extra)))
    grown.set(this.#bytes.subarray(this.#head, this.#tail))
    this.#base += this.#head
    this.#tail -= this.#head
    this.#head = 0
    this.#bytes = grown
    this.#owned = true
  }
}
