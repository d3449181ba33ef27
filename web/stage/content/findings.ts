/** The strip at the foot of a card: what the referee found of it, or that it found nothing where it looked. */
import type { EventOf } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { type Concern, isRuleId, RULES } from '../../../shared/wsgi/referee.ts'
import { isServerRuleId, SERVER_RULES } from '../../../shared/wsgi/serverRules.ts'
import { wrapProse } from '../text.ts'
import type { StageWords } from '../words.ts'
import { raisedIn } from './application.ts'
import type { CardId, ContentContext } from './content.ts'
import { foldedFrames, frameName } from './startResponse.ts'

export interface FootNote {
  readonly id: string
  /** `raised`: no finding, but where an exception came from. */
  readonly level: EventOf<'referee.finding'>['level'] | 'fine' | 'raised'
  /** The sentence and its section, wrapped: a line each. */
  readonly lines: readonly string[]
}

const CARD: Record<Concern, CardId> = {
  socket: 'socket',
  environ: 'environ',
  startResponse: 'startResponse',
  response: 'response',
  application: 'app',
}

/** A rule that is not known here, of a trace from elsewhere, concerns the application. */
const cardOf = (rule: string): CardId => (isRuleId(rule) ? CARD[RULES[rule].concerns] : 'app')

/** In the page's language. */
function sentence({ rule, message }: EventOf<'referee.finding'>, words: StageWords): string {
  if (isServerRuleId(rule)) return words.findings.server[rule]
  return isRuleId(rule) ? words.findings.rules[rule] : message
}

/** Keys that the server should have given: they stand among those that it gave. */
export function missingKeys({ findings }: StageState): string[] {
  return findings.flatMap(({ rule }) => (isServerRuleId(rule) ? (SERVER_RULES[rule].key ?? []) : []))
}

const standsInEnviron = (rule: string): boolean => isServerRuleId(rule) && SERVER_RULES[rule].key !== null

/** Cells that the sign before a sentence takes. */
const SIGN = 2

/** Nobody checks what a server does that is only watched. */
const checked = ({ startResponse, listing }: StageState): boolean =>
  startResponse !== null && !startResponse.inferred && listing === null

export function footNotes(id: CardId, state: StageState, { cols, words }: ContentContext): FootNote[] {
  const wrap = (text: string): string[] => wrapProse(text, Math.max(8, cols - SIGN))
  const found = state.findings.filter((event) => cardOf(event.rule) === id && !standsInEnviron(event.rule))
  const notes = found.map(
    (event): FootNote => ({
      id: `${event.rule}-${event.seq}`,
      level: event.level,
      lines: wrap(`${sentence(event, words)} (${event.section})`),
    }),
  )
  if (id === 'app') notes.unshift(...raisedNotes(state, cols, words))
  // Only what was checked is said to be fine.
  if (id === 'startResponse' && notes.length === 0 && checked(state)) {
    notes.push({ id: 'fine', level: 'fine', lines: wrap(words.findings.fine) })
  }
  return notes
}

/** Own frames of one exception that are told one by one. */
const MOST_FRAMES = 6

/** Where an exception came from: the application's own frames, innermost first, and how many of others it went through. */
function raisedNotes(state: StageState, cols: number, words: StageWords): FootNote[] {
  const raised = raisedIn({ ...state, flight: null })
  if (raised === null || raised.stack === undefined) return []
  const own = raised.stack.flatMap((frame) => ('file' in frame ? [frameName(frame)] : []))
  const others = raised.stack.flatMap((frame) => ('file' in frame ? [] : [frame]))
  const lines = [...new Set(own)].slice(0, MOST_FRAMES)
  if (others.length > 0) {
    const folded = others.reduce((sum, frame) => sum + frame.folded, 0)
    lines.push(
      foldedFrames({ folded, of: [...new Set(others.flatMap((frame) => frame.of ?? []))] }, words.startResponse),
    )
  }
  if (raised.kind === 'app.caught') lines.push(words.app.caught)
  const wrapped = lines.flatMap((line) => wrapProse(line, Math.max(8, cols - SIGN)))
  return [{ id: `raised-${raised.seq}`, level: 'raised', lines: wrapped }]
}
