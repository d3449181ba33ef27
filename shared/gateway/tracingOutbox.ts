/** The twin of an outbox that tells what happens, as `trace` outputs between the others. */
import { unshared } from '../bytes/unshared.ts'
import { LabelledWriter } from '../http1/segments.ts'
import { INLINE_BYTES, type ResponseSegment, type TraceBody } from '../trace/events.ts'
import { TRACED_ORIGINS } from '../wsgi/environOrigins.ts'
import type { Response } from '../wsgi/response.ts'
import { traceOfAppEvent } from './appTrace.ts'
import { ExchangeReferee } from './exchangeReferee.ts'
import { allocateFor, Outbox } from './outbox.ts'
import type { Protocol, ProtocolStep } from './protocol.ts'
import type { AppEvent, EnvironEntry, GatewayOptions, Segment } from './types.ts'

export class TracingOutbox extends Outbox {
  constructor(options: GatewayOptions) {
    super(options, new LabelledWriter(allocateFor(options)))
  }

  override get traces(): boolean {
    return true
  }

  override trace(exchange: number | null, body: TraceBody): void {
    this.outputs.push({ kind: 'trace', draft: { at: this.now, exchange, body } })
  }

  override received(exchange: number | null, start: number, data: Uint8Array): void {
    this.trace(exchange, { kind: 'socket.received', start, length: data.length, bytes: unshared(data) })
  }

  override read(exchange: number, protocol: Protocol, step: ProtocolStep): void {
    for (const body of protocol.traceOf(step)) this.trace(exchange, body)
  }

  override appEvent(exchange: number, event: AppEvent): void {
    const body = traceOfAppEvent(event)
    if (body !== null) this.trace(exchange, body)
  }

  override answered(exchange: number, { author, status }: Response, complete: boolean): void {
    this.trace(exchange, { kind: 'response.answered', by: author, status, complete })
  }

  override environ(exchange: number, protocol: Protocol): EnvironEntry[] {
    const entries = protocol.environ(TRACED_ORIGINS)
    this.trace(exchange, { kind: 'environ.built', entries })
    return entries
  }

  override refereeOf(exchange: number): ExchangeReferee {
    return new ExchangeReferee(exchange, this)
  }

  /** At once, and in events of bounded size: what is sent may be as large as memory allows. */
  override send(exchange: number): void {
    const segments = this.writer.take()
    if (segments.length === 0) return
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
