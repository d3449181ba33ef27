/** Card 3: the environ, grouped by where each entry comes from. */
import type { BeatKind } from '../../../shared/trace/beats.ts'
import type { EnvironEntry } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { readable } from '../../readable.ts'
import type { EnvironGroup } from '../cardId.ts'
import { type ContentContext, linkTo, type Row, type Token, type Tone } from '../content/content.ts'
import { copied } from '../content/copied.ts'
import { missingKeys } from '../content/findings.ts'
import { keyedRows } from '../content/keyedRows.ts'
import { remembered } from '../content/remembered.ts'
import { cut, wrapProse } from '../text.ts'
import type { StageWords } from '../words.ts'
import { alarm, type CardDefinition, type CardView, following, type Note, quiet } from './card.ts'
import { groupOf, toneOf, valueLink, valueText } from './environEntry.ts'
import { fadingEntries, hiddenEntries } from './environLanding.ts'

/** Entries in the order in which they are drawn, and in which they land. */
export function grouped(entries: readonly EnvironEntry[]): EnvironEntry[] {
  const groups: Record<EnvironGroup, EnvironEntry[]> = { request: [], socket: [], server: [] }
  for (const entry of entries) groups[groupOf(entry)].push(entry)
  // What is read later, and is no text, stands behind what is read off at once.
  groups.request.sort((a, b) => Number(a.type === 'file') - Number(b.type === 'file'))
  return [...groups.request, ...groups.socket, ...groups.server]
}

export function environRows(state: StageState, { cols, words }: ContentContext): Row[] {
  if (state.environ === null) return []
  const rows: Row[] = []
  const label = (id: string, text: string, mark?: 'rule'): void => {
    for (const [index, line] of wrapProse(text, cols).entries()) {
      const token: Token = { id: `${id}${index}`, col: 0, text: line, tone: 'label', link: null }
      rows.push({ id: `${id}${index}`, tokens: [token], mark: index === 0 ? mark : undefined })
    }
  }
  let group: EnvironGroup | null = null
  const changed = changedKeys(state)
  const entries = grouped(state.environ)
  for (const entry of entries.slice(0, MOST_ENTRIES)) {
    if (groupOf(entry) !== group) {
      group = groupOf(entry)
      label(`group-${group}`, words.environ.groups[group])
    }
    const isChanged = changed.has(entry.key)
    const own = entryRows(entry, toneOf(entry, state), cols, isChanged ? NOT_ANY_MORE.length + 1 : 0)
    const drawn = isChanged ? marked(own, entry.key, cols) : own
    for (const row of copied(drawn, `${entry.key}: ${readable(entry.value)}`)) rows.push(row)
  }
  if (entries.length > MOST_ENTRIES) label('more-entries', words.more(entries.length - MOST_ENTRIES))
  const missing = missingKeys(state)
  if (missing.length > 0) label('missing', words.environ.missing, 'rule')
  for (const key of missing) rows.push({ id: key, tokens: [{ id: key, col: 0, text: key, tone: 'error', link: null }] })
  if (state.environChanges.length > 0) {
    label(CHANGES, words.environ.changed, 'rule')
    const changes = changesByKey(state, words)
    for (const change of changes.slice(0, MOST_CHANGES)) rows.push(...changeRows(change, cols))
    if (changes.length > MOST_CHANGES) label('more-changes', words.more(changes.length - MOST_CHANGES))
  }
  return rows
}

/** So many entries, and changes, are shown; the rest is counted. */
const MOST_ENTRIES = 500
const MOST_CHANGES = 200

/** So many values of one key that changes again and again. */
const MOST_VALUES = 50

/** What the rows below the rule begin with: that of their heading, too. */
export const CHANGES = 'changes'

/** The keys that the application was given and has put something else under. */
export function changedKeys({ environ, environChanges }: StageState): ReadonlySet<string> {
  const touched = touchedKeys(environChanges)
  return new Set(environ?.flatMap(({ key }) => (touched.has(key) ? [key] : [])))
}

const touchedKeys = remembered(
  (changes: StageState['environChanges']): ReadonlySet<string> => new Set([...changes].map(({ key }) => key)),
)

interface KeyChange {
  readonly key: string
  /** Its values, one after the other. */
  readonly values: readonly string[]
}

/** What the application was given comes first, then what it has added. */
function changesByKey(state: StageState, words: StageWords): KeyChange[] {
  const { absent, removed } = words.environ
  const values = new Map<string, string[]>()
  for (const { key, before, after } of state.environChanges) {
    const known = values.get(key) ?? [before ?? absent]
    known.push(after ?? removed)
    values.set(key, known)
  }
  const changes = [...values].map(([key, each]) => ({ key, values: each }))
  const given = changedKeys(state)
  return [...changes.filter(({ key }) => given.has(key)), ...changes.filter(({ key }) => !given.has(key))]
}

function changeRows({ key, values }: KeyChange, cols: number): Row[] {
  const row = (id: string, col: number, text: string, tone: Tone): Row => ({
    id,
    tokens: [{ id, col, text, tone, link: null }],
  })
  const first = values.slice(0, MOST_VALUES)
  const whole = [...first, ...(values.length > MOST_VALUES ? ['…', values.at(-1)] : [])].join(' → ')
  const parts =
    whole.length <= cols - 2
      ? [whole]
      : first.flatMap((value, index) => cut(index === 0 ? value : `→ ${value}`, cols - 2))
  const rows = [
    ...cut(key, cols).map((part, piece) => row(`change:${key}~${piece}`, 0, part, 'plain')),
    ...parts.map((part, piece) => row(`change:${key}=${piece}`, 2, part, 'soft')),
  ]
  return copied(rows, `${key}: ${whole}`)
}

/** Said where the entry stands: this is not its value any more. */
const NOT_ANY_MORE = '→ …'

function marked(rows: readonly Row[], key: string, cols: number): Row[] {
  const last = rows.at(-1)
  const token = last?.tokens.at(-1)
  const sign: Token = { id: `${key}→`, col: 2, text: NOT_ANY_MORE, tone: 'soft', link: null }
  const end = token === undefined ? cols : token.col + token.text.length + 1
  if (last === undefined || end + NOT_ANY_MORE.length > cols) return [...rows, { id: sign.id, tokens: [sign] }]
  return [...rows.slice(0, -1), { ...last, tokens: [...last.tokens, { ...sign, col: end }] }]
}

/** `more`: cells that are wanted behind it. */
function entryRows(entry: EnvironEntry, tone: Tone, cols: number, more: number): Row[] {
  const link = valueLink(entry)
  const keyLink = entry.keySpans === undefined ? link : linkTo(...entry.keySpans)
  return keyedRows({ id: entry.key, key: entry.key, keyLink, text: valueText(entry), tone, link }, cols, more)
}

/** The beats in which what an application changes in its environ is shown. */
const WHILE_IT_RUNS: ReadonlySet<BeatKind> = new Set(['called', 'reads', 'answers'])

const INPUT = 'wsgi.input'

/** It is read from its top; what the application changes begins at the top as well, as soon as it does. */
function firstRow({ rows, state, beat, visible }: CardView): number {
  if (beat !== undefined && WHILE_IT_RUNS.has(beat.kind) && changedKeys(state).size > 0) {
    return rows.findIndex((row) => row.id === `${CHANGES}0`)
  }
  // What the application reads from is in sight while it reads.
  if (beat?.kind === 'reads')
    return following(
      rows.findIndex((row) => row.id === INPUT),
      visible,
    )
  return following(0, visible)
}

function notes(state: StageState, { environ }: StageWords): Note[] {
  if (state.environ === null) return []
  const keys = state.environ.length
  const missing = missingKeys(state).length
  const changed = changedKeys(state).size
  const summary = quiet(environ.summary(keys))
  if (missing > 0) return [alarm(environ.summaryMissing(keys, missing)), summary]
  return changed === 0 ? [summary] : [quiet(environ.summaryChanged(keys, changed)), summary]
}

export const environCard: CardDefinition = {
  id: 'environ',
  number: '3',
  title: (words) => words.titles.environ,
  shortTitle: (words) => words.shortTitles.environ,
  isReached: ({ environ, flight }) => environ !== null || flight?.event.kind === 'environ.built',
  rows: environRows,
  landing: new Set(['environ.built']),
  hidden: hiddenEntries,
  fading: fadingEntries,
  firstRow,
  notes,
  idle: (_, words) => words.environ.idle,
}
