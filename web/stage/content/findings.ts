/** The strip at the foot of a card: what the referee found of it, or that it found nothing where it looked. */
import type { EventOf } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { isRuleId, RULES } from '../../../shared/wsgi/referee.ts'
import { isServerRuleId, SERVER_RULES } from '../../../shared/wsgi/serverRules.ts'
import type { CardId } from '../cardId.ts'
import { wrapProse } from '../text.ts'
import type { StageWords } from '../words.ts'
import type { ContentContext } from './content.ts'
import { remembered } from './remembered.ts'
import { raisedIn } from './sourceRows.ts'
import { foldedFrames, frameName } from './stackFrames.ts'

export interface FootNote {
  readonly id: string
  /** `raised`: no finding, but where an exception came from. */
  readonly level: EventOf<'referee.finding'>['level'] | 'fine' | 'raised'
  /** The sentence and its section, wrapped: a line each. */
  readonly lines: readonly string[]
}

/** A rule that is not known here, of a trace from elsewhere, concerns the application. */
const cardOf = (rule: string): CardId => (isRuleId(rule) ? RULES[rule].concerns : 'application')

/** In the page's language. */
function sentence({ rule, message }: EventOf<'referee.finding'>, words: StageWords): string {
  if (isServerRuleId(rule)) return words.findings.server[rule]
  return isRuleId(rule) ? words.findings.rules[rule] : message
}

type Finding = EventOf<'referee.finding'>

/** So many findings of a card are told one by one; an application can make any number. */
const TOLD = 12

interface FindingsOfCard {
  readonly told: Finding[]
  more: number
  /** The gravest level of those that are not told. */
  gravest: Finding['level']
}

interface FindingsSorted {
  readonly cards: ReadonlyMap<CardId, FindingsOfCard>
  readonly missing: readonly string[]
}

const GRAVITY: readonly Finding['level'][] = ['note', 'warning', 'error']

const sorted = remembered((findings: StageState['findings']): FindingsSorted => {
  const cards = new Map<CardId, FindingsOfCard>()
  const missing = new Set<string>()
  for (const finding of findings) {
    const { rule, level } = finding
    const key = isServerRuleId(rule) ? SERVER_RULES[rule].key : null
    if (key !== null) {
      missing.add(key)
      continue
    }
    const id = cardOf(rule)
    const of = cards.get(id) ?? { told: [], more: 0, gravest: 'note' }
    cards.set(id, of)
    if (of.told.length < TOLD) of.told.push(finding)
    else {
      of.more++
      if (GRAVITY.indexOf(level) > GRAVITY.indexOf(of.gravest)) of.gravest = level
    }
  }
  return { cards, missing: [...missing] }
})

/** Keys that the server should have given: they stand among those that it gave. */
export const missingKeys = ({ findings }: StageState): readonly string[] => sorted(findings).missing

/** Cells that the sign before a sentence takes. */
const SIGN = 2

/**
 * @param isChecked whether something was checked in this card: only then is nothing found said to be fine.
 * @param inDetail whether there is room, and somebody who asked, to say by which rules.
 */
export function footNotes(
  id: CardId,
  state: StageState,
  { cols, words }: ContentContext,
  isChecked: boolean,
  inDetail: boolean,
): FootNote[] {
  const wrap = (text: string): string[] => wrapProse(text, Math.max(8, cols - SIGN))
  const found = sorted(state.findings).cards.get(id)
  const notes = (found?.told ?? []).map(
    (event): FootNote => ({
      id: `${event.rule}-${event.seq}`,
      level: event.level,
      lines: wrap(`${sentence(event, words)} (${event.section})`),
    }),
  )
  if (found !== undefined && found.more > 0) {
    notes.push({ id: 'more', level: found.gravest, lines: wrap(words.findings.more(found.more)) })
  }
  if (id === 'application') notes.unshift(...raisedNotes(state, cols, words))
  if (notes.length === 0 && isChecked) {
    notes.push({ id: 'fine', level: 'fine', lines: wrap(inDetail ? words.findings.fineInDetail : words.findings.fine) })
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
  if (raised.kind === 'app.caught') lines.push(words.application.caught)
  const wrapped = lines.flatMap((line) => wrapProse(line, Math.max(8, cols - SIGN)))
  return [{ id: `raised-${raised.seq}`, level: 'raised', lines: wrapped }]
}
