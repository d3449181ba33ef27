import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'

/** One direction of a connection, as far as the events carry it. */
export interface Stream {
  /** `bytes` are all of `length`, or none where they were not kept. */
  pieces: { start: number; length: number; bytes: Uint8Array; at: number }[]
}

export const eventsOfKind = <K extends TraceEvent['kind']>(events: readonly TraceEvent[], kind: K): EventOf<K>[] =>
  events.filter((event): event is EventOf<K> => event.kind === kind)

export const firstOfKind = <K extends TraceEvent['kind']>(events: readonly TraceEvent[], kind: K): EventOf<K> | null =>
  events.find((event): event is EventOf<K> => event.kind === kind) ?? null

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
export function sliceOf(stream: Stream, start: number, end: number): Uint8Array {
  const parts = stream.pieces.map((piece) =>
    piece.bytes.subarray(
      Math.min(piece.bytes.length, Math.max(0, start - piece.start)),
      Math.max(0, Math.min(piece.bytes.length, end - piece.start)),
    ),
  )
  return Buffer.concat(parts)
}

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
  return Buffer.concat(parts)
}

/** What of a stream lies between two offsets, piece by piece. */
export function between({ pieces }: Stream, start: number, end: number): Stream {
  const cut = pieces.flatMap(({ start: from, length, bytes, at }) => {
    const [first, last] = [Math.max(start, from), Math.min(end, from + length)]
    if (first >= last) return []
    return [{ start: first, length: last - first, bytes: bytes.subarray(first - from, last - from), at }]
  })
  return { pieces: cut }
}
