/** Card 5: the serialized response, each piece marked by who made it. */
import type { ResponseSegment, TraceEvent } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { byteRows, type Paint } from '../content/byteRows.ts'
import { type ContentContext, linkOut, type Row, type Tone } from '../content/content.ts'
import { proseRows } from '../content/prose.ts'
import { phase } from '../geometry.ts'
import { isOwnAnswer } from '../ownAnswer.ts'
import type { StageWords } from '../words.ts'
import { type CardDefinition, following, type Legend, type Note, quiet } from './card.ts'

const SHOWN = 4096

export function segmentTone(from: string): Tone {
  if (from === 'status') return 'status'
  if (from === 'framing') return 'framing'
  return from.startsWith('server:') ? 'server' : 'plain'
}

/** Of the segments whose bytes are drawn: there may be any number of others. */
function paintsOf(segments: Iterable<ResponseSegment>, limit: number): Paint[] {
  const paints: Paint[] = []
  for (const { start, end, from } of segments) {
    if (start >= limit) break
    const link = from === 'framing' || from.startsWith('server:') ? null : linkOut(from)
    paints.push({ span: { start, end }, tone: segmentTone(from), link })
  }
  return paints
}

export function responseRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const prose = (id: string, text: string): Row[] => proseRows(id, text, cols)
  const start = state.outboundStart
  const end = state.segments.at(-1)?.end
  if (start === null || end === undefined)
    return prose('shut', isOwnAnswer(state) ? words.response.own : words.response.shut)
  const bytes = state.outbound.slice({ start, end: Math.min(end, start + SHOWN) })
  if (bytes === null) return prose('gone', words.response.notHere(end - start))
  const rows = byteRows(bytes, {
    start,
    cols,
    paints: paintsOf(state.segments, start + SHOWN),
    fault: null,
    boundaries: [],
    idPrefix: 'o',
  })
  if (end - start > SHOWN) rows.push(...prose('more', words.response.more(end - start - SHOWN)))
  if (state.answered !== null && !state.answered.complete) rows.push(...prose('torn', words.response.torn))
  const waiting = waitingText(state, words)
  if (waiting !== null) rows.push(...prose('waiting', waiting))
  return rows
}

/** What its client has not taken of it, and what became of that; null where nothing waits. */
function waitingText({ waiting, closed }: StageState, { response }: ContentContext['words']): string | null {
  if (waiting === null) return null
  const { memory, disk, held } = waiting
  if (memory + disk === 0) return null
  if (closed === null) return response.waiting(memory, disk, held)
  return closed.by === 'gateway' ? response.givenUp(memory + disk) : response.leftBehind(memory + disk)
}

/** The part of the flight after which the first byte is there; the last one is at its end. */
const FIRST_BYTE = 0.35

/** Of a response that is being serialized, the bytes that are not there yet. */
function hiddenBytes(rows: readonly Row[], { flight }: StageState, t: number): ReadonlySet<string> {
  const hidden = new Set<string>()
  const event = flight?.event
  if (event?.kind !== 'response.serialized') return hidden
  const first = event.segments[0]?.start ?? 0
  const last = event.segments.at(-1)?.end ?? first
  const reached = first + (last - first) * phase(t, FIRST_BYTE, 1)
  for (const row of rows) {
    for (const { id } of row.tokens) {
      const offset = Number(id.slice(1))
      if (id.startsWith('o') && offset >= first && offset > reached) hidden.add(id)
    }
  }
  return hidden
}

function notes({ outboundStart, segments }: StageState, { response }: StageWords): Note[] {
  const last = segments.at(-1)
  return outboundStart === null || last === undefined ? [] : [quiet(response.summary(last.end - outboundStart))]
}

/** Who wrote how many of the bytes; of a server that is seen from outside, that it was that one. */
function legend(state: StageState, { response }: StageWords): Legend[] {
  const { outboundStart, segments, serverBytes, answered, startResponse } = state
  const last = segments.at(-1)
  if (outboundStart === null || last === undefined) return []
  if (answered?.by === 'server' || answered?.by === 'nginx') return [{ tone: 'plain', text: response.by[answered.by] }]
  if (startResponse?.inferred === true) return []
  return [
    { tone: 'plain', text: response.byApplication(last.end - outboundStart - serverBytes) },
    { tone: 'server', text: response.byServer(serverBytes) },
  ]
}

const REACHED_BY: ReadonlySet<TraceEvent['kind']> = new Set([
  'app.startResponse',
  'app.yielded',
  'app.wrote',
  'gateway.refused',
  'response.serialized',
])

export const responseCard: CardDefinition = {
  id: 'response',
  number: '5',
  title: (words) => words.titles.response,
  shortTitle: (words) => words.shortTitles.response,
  // From when it is known what it waits for: the first chunk, or an answer of the server's own.
  isReached: ({ startResponse, refused, chunks, segments, flight }) =>
    startResponse !== null ||
    refused !== null ||
    chunks.length > 0 ||
    segments.length > 0 ||
    (flight !== null && REACHED_BY.has(flight.event.kind)),
  rows: responseRows,
  landing: new Set(['response.serialized']),
  hidden: hiddenBytes,
  // A stream is followed to its end; an answer in one piece is read from its first line.
  firstRow: ({ rows, state, visible }) =>
    following(state.chunks.length > 1 && state.answered === null ? rows.length - 1 : 0, visible),
  notes,
  legend,
  // What something was worked out from has come, though its bytes are not shown yet.
  idle: ({ startResponse }, { response }) => (startResponse?.inferred === true ? response.hasCome : response.idle),
}
