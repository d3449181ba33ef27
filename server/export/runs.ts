/** Bytes of several events that say something together, though they lie apart: a stream, a body without its framing. */
import { latin1Decode, latin1Encode } from '../../shared/bytes/latin1.ts'
import type { Span } from '../../shared/bytes/span.ts'
import { starred } from '../../shared/secrets/mask.ts'
import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'
import { eventsOfKind } from '../../shared/trace/query.ts'
import { between, type Stream, streamOf } from '../../shared/trace/streams.ts'

export interface Run {
  /** Where its first byte stands in its stream. */
  start: number
  text: string
  /** The same bytes, piece by piece: whoever writes to them changes the events that carry them. */
  pieces: readonly Uint8Array[]
}

/** What is there of some spans of a stream (of all of it where that is null): a new run behind each byte that is missing. */
export function runsOf(stream: Stream, spans: readonly Span[] | null): Run[] {
  const all = spans === null ? stream.pieces : spans.flatMap(({ start, end }) => between(stream, start, end).pieces)
  const runs: { start: number; pieces: Uint8Array[] }[] = []
  let joins = false
  for (const { start, length, bytes } of all) {
    const last = runs.at(-1)
    if (joins && last !== undefined) last.pieces.push(bytes)
    else if (bytes.length > 0) runs.push({ start, pieces: [bytes] })
    joins = bytes.length === length
  }
  return runs.map(({ start, pieces }) => ({ start, pieces, text: latin1Decode(Buffer.concat(pieces)) }))
}

/** What the application gave, as if it were one stream. */
export function givenStream(events: readonly TraceEvent[]): Stream {
  let start = 0
  const chunks = events.filter(
    (event): event is EventOf<'app.yielded'> | EventOf<'app.wrote'> =>
      event.kind === 'app.yielded' || event.kind === 'app.wrote',
  )
  const pieces = chunks.map(({ length, bytes, at }) => {
    start += length
    return { start: start - length, length, bytes: bytes ?? new Uint8Array(0), at }
  })
  return { pieces }
}

/** The bodies of responses in what was sent, without their framing. */
export const chunksSent = (events: readonly TraceEvent[]): Run[] =>
  runsOf(
    streamOf(events, 'socket.sent'),
    eventsOfKind(events, 'response.serialized').flatMap(({ segments }) =>
      segments.filter(({ from }) => from.startsWith('chunk:')),
    ),
  )

/** Writes asterisks over what the spans cover; they count from the beginning of the run. */
export function star({ text, pieces }: Run, spans: readonly Span[]): void {
  if (spans.length === 0) return
  const masked = latin1Encode(starred(text, spans))
  let at = 0
  for (const piece of pieces) {
    piece.set(masked.subarray(at, at + piece.length))
    at += piece.length
  }
}
