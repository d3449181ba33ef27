/** Where a request lies in the inbound stream of its connection: its head, its body without framing, its end. */
import { latin1Decode } from '../bytes/latin1.ts'
import type { Span } from '../bytes/span.ts'
import type { EventOf, TraceEvent } from './events.ts'
import { type Packet, packetEnd, packetStart, variableOf } from './packetMessage.ts'
import { firstOfKind } from './query.ts'
import { requestFields } from './requestFields.ts'
import { runFrom, type Stream, streamOf } from './streams.ts'

export interface RequestExtent {
  /** Its first byte. */
  start: number
  /** Behind the empty line; null where none came. */
  headEnd: number | null
  /** The data of the body, as far as it came; none where no body was announced. */
  body: Span[]
  /** Behind its last byte; infinite where it did not come to its end, or where nobody can tell. */
  end: number
}

export function requestExtent(events: readonly TraceEvent[]): RequestExtent {
  const received = streamOf(events, 'socket.received')
  const line = firstOfKind(events, 'request.line')
  const packet = firstOfKind(events, 'uwsgi.packet')
  if (line === null && packet !== null) return packetExtent(packet, firstOfKind(events, 'request.body'), received)
  if (line === null) return { start: firstByte(events, received), headEnd: null, body: [], end: Infinity }
  const start = line.spans.method.start
  const fields = requestFields(events)
  const lastEnd = Math.max(line.spans.version.end, ...fields.map(({ spans }) => spans.value.end))
  const emptyLine = /^[ \t]*\r?\n\r?\n/.exec(latin1Decode(runFrom(received, lastEnd).subarray(0, 64)))
  const told = firstOfKind(events, 'request.body')
  // Of a head that was not kept as bytes, the body says that it was complete.
  const headEnd = emptyLine === null ? (told?.spans[0]?.start ?? null) : lastEnd + emptyLine[0].length
  if (headEnd === null) return { start, headEnd, body: [], end: Infinity }
  const announced = (name: string) => fields.find((field) => field.name.toLowerCase() === name)?.value
  if (announced('transfer-encoding') !== undefined) {
    return { start, headEnd, ...chunkedExtent(received, told?.spans ?? [], headEnd) }
  }
  const length = Number(announced('content-length') ?? 0)
  const last = received.pieces.at(-1)
  const arrived = Math.max(headEnd, last === undefined ? 0 : last.start + last.length)
  if (headEnd + length <= arrived)
    return { start, headEnd, body: spansOf(headEnd, headEnd + length), end: headEnd + length }
  return { start, headEnd, body: spansOf(headEnd, arrived), end: Infinity }
}

/** A packet says where it ends, and CONTENT_LENGTH how long the body behind it is. */
function packetExtent(packet: Packet, told: EventOf<'request.body'> | null, received: Stream): RequestExtent {
  const start = packetStart(packet)
  const headEnd = packetEnd(packet)
  if (told !== null) return { start, headEnd, body: [...told.spans], end: told.spans.at(-1)?.end ?? headEnd }
  const length = Number(variableOf(packet, 'CONTENT_LENGTH') || 0)
  const last = received.pieces.at(-1)
  const arrived = Math.min(headEnd + length, Math.max(headEnd, last === undefined ? 0 : last.start + last.length))
  return { start, headEnd, body: spansOf(headEnd, arrived), end: arrived < headEnd + length ? Infinity : arrived }
}

/**
 * RFC 9112 section 7.1. The event counts at most so many pieces: the chunks behind them are read from the bytes, as far as
 * these were kept.
 */
function chunkedExtent(received: Stream, told: readonly Span[], headEnd: number): Pick<RequestExtent, 'body' | 'end'> {
  const body = [...told]
  const from = body.at(-1)?.end ?? headEnd
  const text = latin1Decode(runFrom(received, from))
  let at = body.length === 0 ? 0 : lineEnd(text, 0)
  for (;;) {
    const size = /^[0-9a-f]{1,13}/i.exec(text.slice(at, at + 13))
    const data = lineEnd(text, at)
    if (size === null || data > text.length) return { body, end: Infinity }
    const length = Number.parseInt(size[0], 16)
    if (length === 0) return { body, end: from + trailersEnd(text, data) }
    body.push({ start: from + data, end: from + Math.min(data + length, text.length) })
    at = lineEnd(text, data + length)
  }
}

/** Behind the empty line that ends the trailer section. */
function trailersEnd(text: string, start: number): number {
  for (let at = start; at < text.length; ) {
    const next = lineEnd(text, at)
    if (/^\r?\n$/.test(text.slice(at, next))) return next
    at = next
  }
  return Infinity
}

/** Behind the line that stands at `at`; infinite where it does not end. */
function lineEnd(text: string, at: number): number {
  const lf = text.indexOf('\n', at)
  return lf === -1 || at > text.length ? Infinity : lf + 1
}

const spansOf = (start: number, end: number): Span[] => (start < end ? [{ start, end }] : [])

/** Of a request whose first line could not be read: the line at fault, where that is known. */
function firstByte(events: readonly TraceEvent[], received: Stream): number {
  const first = received.pieces[0]?.start ?? 0
  const fault = firstOfKind(events, 'gateway.refused') ?? firstOfKind(events, 'tap.bytesOnly')
  if (fault?.span === undefined || fault.span === null) return first
  const before = latin1Decode(runFrom(received, first)).slice(0, Math.max(0, fault.span.start - first))
  return first + before.lastIndexOf('\n') + 1
}
