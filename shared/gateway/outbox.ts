/** Collects what one input leads to, in order, and keeps count of the outbound stream. */
import { JoiningWriter, LabelledWriter, type SegmentWriter } from '../http1/segments.ts'
import { INLINE_BYTES, type ResponseSegment, type TraceBody } from '../trace/events.ts'
import type { Account, GatewayOptions, Output, Segment } from './types.ts'

/** Most of what an application does leads to nothing at once. */
const NOTHING: readonly Output[] = []

export class Outbox {
  /** Microseconds, of the input that is being dealt with. Never decreases. */
  now = 0
  /** Whether anybody watches. Ask before building what only `trace` would use. */
  readonly traced: boolean
  readonly writer: SegmentWriter
  readonly account: Account
  private sentSoFar: number
  private outputs: Output[] = []
  /** Whether what was written is to be sent: where nobody watches, with what comes of the inputs dealt with at once. */
  private sending = false

  constructor(options: GatewayOptions) {
    const allocate = options.allocate ?? ((size: number) => new Uint8Array(size))
    this.traced = options.trace
    this.writer = options.trace ? new LabelledWriter(allocate) : new JoiningWriter(allocate)
    const begun = options.resume?.exchanges ?? 0
    this.account = { begun, answered: begun, failed: 0 }
    this.sentSoFar = options.resume?.sent ?? 0
  }

  /** Bytes sent so far. */
  get sent(): number {
    if (this.sending) this.sendWritten()
    return this.sentSoFar
  }

  begin(now: number): void {
    this.now = Math.max(this.now, now)
  }

  push(output: Output): void {
    if (this.sending) this.sendWritten()
    this.outputs.push(output)
  }

  trace(exchange: number | null, body: TraceBody): void {
    if (this.traced) this.outputs.push({ kind: 'trace', draft: { at: this.now, exchange, body } })
  }

  /** Sends what was written to `writer` since the last call. */
  send(exchange: number): void {
    if (!this.traced) {
      this.sending = true
      return
    }
    const segments = this.writer.take()
    if (segments.length > 0) this.sendTraced(exchange, segments)
  }

  private sendWritten(): void {
    this.sending = false
    const segments = this.writer.take()
    if (segments.length === 0) return
    for (const { data } of segments) this.sentSoFar += data.length
    this.outputs.push({ kind: 'send', segments })
  }

  /** What this input has led to. */
  take(): readonly Output[] {
    if (this.sending) this.sendWritten()
    const { outputs } = this
    if (outputs.length === 0) return NOTHING
    this.outputs = []
    return outputs
  }

  /** In events of bounded size: what is sent may be as large as memory allows. */
  private sendTraced(exchange: number, segments: Segment[]): void {
    this.push({ kind: 'send', segments })
    for (const { pieces, length } of cut(segments)) {
      const start = this.sentSoFar
      const spans: ResponseSegment[] = []
      for (const { data, from } of pieces) {
        spans.push({ start: this.sentSoFar, end: this.sentSoFar + data.length, from })
        this.sentSoFar += data.length
      }
      this.trace(exchange, { kind: 'response.serialized', segments: spans })
      this.trace(exchange, { kind: 'socket.sent', start, length, bytes: joined(pieces, length) })
    }
  }
}

interface Parcel {
  pieces: Segment[]
  length: number
}

/** Parcels of at most INLINE_BYTES; a segment that is longer than what is left goes on in the next one. */
function cut(segments: readonly Segment[]): Parcel[] {
  const parcels: Parcel[] = []
  let parcel: Parcel = { pieces: [], length: 0 }
  for (const { data, from } of segments) {
    let at = 0
    do {
      if (parcel.length === INLINE_BYTES) {
        parcels.push(parcel)
        parcel = { pieces: [], length: 0 }
      }
      const room = INLINE_BYTES - parcel.length
      const piece = at === 0 && data.length <= room ? data : data.subarray(at, at + room)
      parcel.pieces.push({ data: piece, from })
      parcel.length += piece.length
      at += piece.length
    } while (at < data.length)
  }
  parcels.push(parcel)
  return parcels
}

/** Of a single piece a view: who keeps it for longer copies it. */
function joined(pieces: readonly Segment[], length: number): Uint8Array {
  const [first] = pieces
  if (pieces.length === 1 && first !== undefined) return first.data
  const bytes = new Uint8Array(length)
  let at = 0
  for (const { data } of pieces) {
    bytes.set(data, at)
    at += data.length
  }
  return bytes
}
