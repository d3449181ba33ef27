/** The source of a server that is watched line by line, with the line that runs next. */
import type { StageState } from '../../../shared/trace/fold.ts'
import type { Row } from '../content/content.ts'
import { sourceRows } from '../content/sourceRows.ts'
import type { StageWords } from '../words.ts'
import { type CardDefinition, type CardView, type Note, quiet } from './card.ts'

/** Where the server waits for the next connection. */
const WAITS = 'listener.accept()'

/** The line that runs next stands below the one before it, where there is room for both. */
function firstRow({ rows, visible }: CardView): number {
  const now = rows.findIndex((row) => row.mark === 'now')
  const shown = now >= 0 ? now : rows.findIndex((row: Row) => row.tokens.some(({ text }) => text.includes(WAITS)))
  return Math.max(0, shown) - (visible > 2 ? 1 : 0)
}

/** The line that runs next, and what the line before it has set. */
function notes({ serverLine }: StageState, words: StageWords): Note[] {
  if (serverLine === null) return []
  const line = words.listing.line(serverLine.event.line)
  const set = serverLine.changed
    .filter(([, value]) => !value.startsWith('<'))
    .map(([name, value]) => `${name} = ${value}`)
  return [...set.map((_, n) => [...set.slice(0, set.length - n), line].join('   ')), line].map(quiet)
}

export const listingCard: CardDefinition = {
  id: 'listing',
  number: null,
  title: (words) => words.titles.listing,
  isReached: () => true,
  rows: (state, context) => {
    const source = state.listing === null ? undefined : context.sourceOf(state.listing)
    return source === undefined ? [] : sourceRows(source, state.serverLine?.event.line ?? null, context)
  },
  firstRow,
  notes,
  idle: () => '',
  isAtWork: ({ serverLine }) => serverLine !== null,
}
