/** What an exchange is called in the strip: what was asked, and what came of it. */
import { answerSentAt } from '../../shared/trace/answerSent.ts'
import { type Beat, type BeatKind, beatAt } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { type ExchangeState, type ExchangeSummary, isOver } from '../../shared/trace/summary.ts'
import type { Dictionary } from '../i18n/dictionary.ts'
import { readable } from '../readable.ts'
import { cellWidth } from '../stage/text.ts'

export interface ExchangeLabel {
  /** `GET /hello`; empty where no request line could be read. */
  request: string
  /** `200`, `404 by app`, `400 by the server`, `running`. */
  outcome: string
}

export function exchangeLabel(exchange: ExchangeSummary, words: Dictionary['shell']['exchanges']): ExchangeLabel {
  const { method, target, status, state, by } = exchange
  const request = method === null ? '' : `${method} ${readable(target ?? '')}`
  if (!isOver(state) || status === null) return { request, outcome: words.state[state] }
  const author = state === 'refused' ? 'gateway' : by
  // Who answered needs saying when it is not what one expects.
  const expected = author === 'application' || author === 'server'
  const says = author !== null && (status >= 400 || !expected) ? ` ${words.by[author]}` : ''
  const torn = state === 'incomplete' ? `, ${words.state.incomplete}` : ''
  return { request, outcome: `${status}${says}${torn}` }
}

/** What the picture of a beat shows of an exchange; null where the beat is about what became of it. */
const STATE_IN: Readonly<Record<BeatKind, ExchangeState | null>> = {
  arrives: 'reading',
  read: 'reading',
  parsed: 'reading',
  environ: 'reading',
  waits: 'waiting',
  called: 'running',
  reads: 'running',
  answers: 'running',
  chunks: 'answering',
  ends: 'answering',
  refused: null,
  raised: 'failed',
  dead: null,
}

/** The beat in which the picture is of an exchange, as long as it has not sent the answer; then null. */
export function beatBeforeAnswer(
  events: readonly TraceEvent[],
  beats: readonly Beat[],
  playhead: number,
): BeatKind | null {
  if (playhead >= answerSentAt(events)) return null
  return beats[beatAt(beats, playhead)]?.kind ?? null
}

/**
 * What came of the exchange that is shown is not said before the picture has sent it: until then, where the picture is. It
 * stands in the place of the label, and takes no more.
 */
export function outcomeBefore(
  beat: BeatKind,
  { state }: ExchangeSummary,
  { outcome }: ExchangeLabel,
  words: Dictionary['shell']['exchanges'],
): { outcome: string; name: string } {
  const name = words.state[STATE_IN[beat] ?? state]
  return { name, outcome: cellWidth(name) <= cellWidth(outcome) ? name : '…' }
}
