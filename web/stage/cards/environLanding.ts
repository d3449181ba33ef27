/** How the environ comes: three entries fly, one of each kind of way; the others appear by who made them. */
import type { EnvironEntry } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import type { EnvironGroup } from '../cardId.ts'
import type { Row } from '../content/content.ts'
import { phase } from '../geometry.ts'
import type { Fading } from './card.ts'
import { valueLink } from './environEntry.ts'

/** Of a request that becomes the environ, the entries whose way is worth seeing: when each flies, in parts of the whole. */
const FLIES = [
  { from: 0.02, to: 0.22 },
  { from: 0.22, to: 0.42 },
  { from: 0.42, to: 0.72 },
] as const

/** The others appear by who made them. */
const APPEARS: Readonly<Record<EnvironGroup, { from: number; to: number }>> = {
  request: { from: 0.72, to: 0.8 },
  socket: { from: 0.8, to: 0.9 },
  server: { from: 0.9, to: 1 },
}

export interface FlyingEntry {
  readonly entry: EnvironEntry
  readonly from: number
  readonly to: number
}

/** The method, the query (or the path) and one header: of each kind of way, one. */
export function flyingEntries(entries: readonly EnvironEntry[]): FlyingEntry[] {
  const made = entries.filter((entry) => valueLink(entry) !== null)
  const named = (...keys: string[]): EnvironEntry | undefined =>
    keys.map((key) => made.find((entry) => entry.key === key)).find((entry) => entry !== undefined)
  const header = named('HTTP_USER_AGENT') ?? made.find(({ keySpans }) => keySpans !== undefined)
  return [named('REQUEST_METHOD'), named('QUERY_STRING', 'PATH_INFO'), header].flatMap((entry, index) => {
    const times = FLIES[index]
    return entry === undefined || times === undefined ? [] : [{ entry, ...times }]
  })
}

const groupShown = (row: Row): EnvironGroup | null =>
  (['request', 'socket', 'server'] as const).find((group) => row.id.startsWith(`group-${group}`)) ?? null

const isOf = ({ id }: Row, key: string): boolean => id === key || id.startsWith(`${key}=`) || id.startsWith(`${key}~`)

/** For each row, from when on it is there, and from when on wholly. */
function appearing(rows: readonly Row[], state: StageState): { row: Row; from: number; to: number }[] {
  const event = state.flight?.event
  const flying = event?.kind === 'environ.built' ? flyingEntries(event.entries) : []
  let group: EnvironGroup = 'request'
  return rows.map((row) => {
    const heading = groupShown(row)
    group = heading ?? group
    // What the request gave is headed before the first of it comes.
    if (heading === 'request') return { row, from: 0, to: 0 }
    const own = flying.find(({ entry }) => isOf(row, entry.key))
    return own === undefined ? { row, ...APPEARS[group] } : { row, from: own.to, to: own.to }
  })
}

const tokensOf = (rows: readonly { row: Row }[]): Set<string> =>
  new Set(rows.flatMap(({ row }) => row.tokens.map(({ id }) => id)))

export const hiddenEntries = (rows: readonly Row[], state: StageState, t: number): ReadonlySet<string> =>
  tokensOf(appearing(rows, state).filter(({ from }) => t < from))

export function fadingEntries(rows: readonly Row[], state: StageState, t: number): Fading | null {
  const fading = appearing(rows, state).filter(({ from, to }) => t >= from && t < to)
  const [first] = fading
  return first === undefined ? null : { tokens: tokensOf(fading), opacity: phase(t, first.from, first.to) }
}
