/** Collects what one input of a tap leads to, in order, and keeps count of the outbound stream. */
import { unshared } from '../bytes/unshared.ts'
import type { ResponseSegment, TraceBody } from '../trace/events.ts'
import type { Run } from './answerSegments.ts'
import type { TapOutput } from './types.ts'

export class TapOutbox {
  /** Microseconds, of the input that is being dealt with. Never decreases. */
  now = 0
  /** Whether anybody watches. Ask before building what only `trace` would use. */
  readonly traced: boolean
  /** Outbound bytes that have been told of. */
  sent: number
  #outputs: TapOutput[] = []
  #parts: Uint8Array[] = []
  #segments: ResponseSegment[] = []
  /** Where the next of `segments` begins. */
  #at: number

  constructor(traced: boolean, sent: number) {
    this.traced = traced
    this.sent = sent
    this.#at = sent
  }

  begin(now: number): void {
    this.now = Math.max(this.now, now)
  }

  trace(exchange: number | null, body: TraceBody): void {
    if (this.traced) this.#outputs.push({ kind: 'trace', draft: { at: this.now, exchange, body } })
  }

  /** Outbound bytes, and what they are. */
  add(data: Uint8Array, runs: readonly Run[]): void {
    if (!this.traced) {
      this.sent += data.length
      return
    }
    this.#parts.push(data)
    for (const { length, from } of runs) {
      const last = this.#segments.at(-1)
      if (last?.from === from && from !== 'framing') last.end += length
      else this.#segments.push({ start: this.#at, end: this.#at + length, from })
      this.#at += length
    }
  }

  /** Tells of what was added since the last call. */
  send(exchange: number | null): void {
    const parts = this.#parts
    const segments = this.#segments
    const at = this.#at
    const [first] = parts
    if (first === undefined) return
    this.#parts = []
    this.#segments = []
    const start = this.sent
    this.sent = at
    const bytes = parts.length === 1 ? unshared(first) : join(parts, at - start)
    this.trace(exchange, { kind: 'response.serialized', segments })
    this.trace(exchange, { kind: 'socket.sent', start, length: bytes.length, bytes })
  }

  /** What this input has led to. */
  take(): TapOutput[] {
    const outputs = this.#outputs
    if (outputs.length > 0) this.#outputs = []
    return outputs
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
