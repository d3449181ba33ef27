/** Outbound bytes, and who made them. */
import { latin1Write } from '../bytes/latin1.ts'

/** A piece of the outbound stream and who made it; `from` as in `response.serialized`. */
export interface Segment {
  data: Uint8Array
  from: string
}

/** A new array of this many bytes, not necessarily zeroed: all of them are written before anybody reads them. */
export type Allocate = (size: number) => Uint8Array

/** Where a response is written to, piece by piece. */
export interface SegmentWriter {
  /** A native string. */
  text(text: string, from: string): void
  bytes(data: Uint8Array, from: string): void
  /** What was written since the last call, in order. */
  take(): Segment[]
}

/** One segment for each piece: for those who watch. */
export class LabelledWriter implements SegmentWriter {
  #segments: Segment[] = []
  readonly #allocate: Allocate

  constructor(allocate: Allocate) {
    this.#allocate = allocate
  }

  text(text: string, from: string): void {
    const data = this.#allocate(text.length)
    latin1Write(text, data, 0)
    this.#segments.push({ data, from })
  }

  bytes(data: Uint8Array, from: string): void {
    this.#segments.push({ data, from })
  }

  take(): Segment[] {
    const segments = this.#segments
    this.#segments = []
    return segments
  }
}

/** Below this, copying costs less than another system call's worth of bookkeeping. */
const JOIN_LIMIT = 32 * 1024

/** As few segments as possible, the same bytes, where nothing is traced. */
export class JoiningWriter implements SegmentWriter {
  readonly #allocate: Allocate
  #segments: Segment[] = []
  /** What will be joined: `pieces`, then `latest`; `size` is its length. */
  #pieces: (string | Uint8Array)[] = []
  #latest = ''
  #size = 0

  constructor(allocate: Allocate) {
    this.#allocate = allocate
  }

  text(text: string): void {
    this.#latest += text
    this.#size += text.length
  }

  bytes(data: Uint8Array, from: string): void {
    if (data.length > JOIN_LIMIT) {
      this.#join()
      this.#segments.push({ data, from })
      return
    }
    if (this.#latest !== '') this.#pieces.push(this.#latest)
    this.#latest = ''
    this.#pieces.push(data)
    this.#size += data.length
  }

  take(): Segment[] {
    this.#join()
    const segments = this.#segments
    if (segments.length > 0) this.#segments = []
    return segments
  }

  #join(): void {
    if (this.#size === 0) return
    const data = this.#allocate(this.#size)
    let at = 0
    for (const piece of this.#pieces) {
      if (typeof piece === 'string') at = latin1Write(piece, data, at)
      else {
        data.set(piece, at)
        at += piece.length
      }
    }
    latin1Write(this.#latest, data, at)
    this.#segments.push({ data, from: 'framing' })
    this.#pieces = []
    this.#latest = ''
    this.#size = 0
  }
}
