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
  /** Bytes sent so far. */
  sent: number
  private outputs: Output[] = []

  constructor(options: GatewayOptions) {
    const allocate = options.allocate ?? ((size: number) => new Uint8Array(size))
    this.traced = options.trace
    this.writer = options.trace ? new LabelledWriter(allocate) : new JoiningWriter(allocate)
    const begun = options.resume?.exchanges ?? 0
    this.account = { begun, answered: begun, failed: 0 }
    this.sent = options.resume?.sent ?? 0
  }

  begin(now: number): void {
    this.now = Math.max(this.now, now)
  }

  push(output: Output): void {
    this.outputs.push(output)
  }

  trace(exchange: number | null, body: TraceBody): void {
    if (this.traced) this.outputs.push({ kind: 'trace', draft: { at: this.now, exchange, body } })
  }

  /** Sends what was written to `writer` since the last call. */
  send(exchange: number): void {
    const segments = this.writer.take()
    if (segments.length === 0) return
    if (this.traced) this.sendTraced(exchange, segments)
    else {
      for (const { data } of segments) this.sent += data.length
      this.outputs.push({ kind: 'send', segments })
    }
  }

  /** What this input has led to. */
  take(): readonly Output[] {
    const { outputs } = this
    if (outputs.length === 0) return NOTHING
    this.outputs = []
    return outputs
  }

  /** In events of bounded size: what is sent may be as large as memory allows. */
  private sendTraced(exchange: number, segments: Segment[]): void {
    this.push({ kind: 'send', segments })
    for (const { pieces, length } of cut(segments)) {
      const start = this.sent
      const spans: ResponseSegment[] = []
      for (const { data, from } of pieces) {
        spans.push({ start: this.sent, end: this.sent + data.length, from })
        this.sent += data.length
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
