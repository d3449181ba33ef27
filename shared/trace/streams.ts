/** The bytes of one direction of a connection, put together from the events that carry them. */
import { concat } from '../bytes/concat.ts'
import type { TraceEvent } from './events.ts'
import { eventsOfKind } from './query.ts'

/** One direction of a connection, as far as the events carry it. */
export interface Stream {
  /** `bytes` are all of `length`, or none where they were not kept. */
  pieces: { start: number; length: number; bytes: Uint8Array; at: number }[]
}

export function streamOf(events: readonly TraceEvent[], kind: 'socket.received' | 'socket.sent'): Stream {
  return {
    pieces: eventsOfKind(events, kind).map(({ start, length, bytes, at }) => ({
      start,
      length,
      bytes: bytes ?? new Uint8Array(0),
      at,
    })),
  }
}

/** How many bytes of both directions were not kept: of large bodies, all but the beginning. */
export function missingBytes(events: readonly TraceEvent[]): number {
  const pieces = [...streamOf(events, 'socket.received').pieces, ...streamOf(events, 'socket.sent').pieces]
  return pieces.reduce((sum, { length, bytes }) => sum + length - bytes.length, 0)
}

/** The bytes of a span, as far as they are there. */
export const sliceOf = (stream: Stream, start: number, end: number): Uint8Array =>
  concat(between(stream, start, end).pieces.map(({ bytes }) => bytes))

/** The bytes from `start` on, up to the first that were not kept or have not come. */
export function runFrom(stream: Stream, start: number): Uint8Array {
  const parts: Uint8Array[] = []
  let at = start
  for (const { start: from, length, bytes } of stream.pieces) {
    if (from + length <= at) continue
    if (from > at || bytes.length < length) break
    parts.push(bytes.subarray(at - from))
    at = from + length
  }
  return concat(parts)
}

/** What of a stream lies between two offsets, piece by piece; the bytes are the same ones. */
export function between({ pieces }: Stream, start: number, end: number): Stream {
  const cut: Stream['pieces'] = []
  for (let i = firstBehind(pieces, start); i < pieces.length; i++) {
    const piece = pieces[i]
    if (piece === undefined || piece.start >= end) break
    const [first, last] = [Math.max(start, piece.start), Math.min(end, piece.start + piece.length)]
    const bytes = piece.bytes.subarray(first - piece.start, last - piece.start)
    if (first < last) cut.push({ start: first, length: last - first, bytes, at: piece.at })
  }
  return { pieces: cut }
}

/** The index of the first piece that ends behind `offset`. */
function firstBehind(pieces: Stream['pieces'], offset: number): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >> 1
    const piece = pieces[middle]
    if (piece !== undefined && piece.start + piece.length <= offset) low = middle + 1
    else high = middle
  }
  return low
}
