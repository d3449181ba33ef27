/** Card 5: the serialized response, each piece marked by who made it. */
import type { ResponseSegment } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { byteRows, type Paint } from './byteRows.ts'
import { type ContentContext, linkOut, type Row, type Tone } from './content.ts'
import { proseRows } from './prose.ts'

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
    return prose('shut', state.listing === null ? words.response.shut : words.listing.shut)
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
