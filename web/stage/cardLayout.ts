/**
 * Where the cards stand. For each beat a set of rectangles; between two beats the rectangles are blended, so that they too
 * are a function of the playhead.
 */
import type { Beat, BeatKind } from '../../shared/trace/beats.ts'
import type { CardId, Focus } from './cardId.ts'
import type { Deployment } from './deployments/deployment.ts'
import { lerpRect, type Rect } from './geometry.ts'
import { gridLayout } from './layouts/grid.ts'
import { type Arrangement, type CardLayout, eachCard } from './layouts/layout.ts'
import { PHONE_MARGIN, phoneLayout } from './layouts/phone.ts'
import { modeOf, type View } from './metrics.ts'

/** What nothing has happened to yet: the terminal and where its bytes will come in. */
const IDLE_FOCUS: Focus = ['client', 'socket']

export const focusOf = (beat: Beat | undefined, { focus }: Deployment): Focus =>
  beat === undefined ? IDLE_FOCUS : focus[beat.kind]

/** The cards change places twice: when the application is called, and when it is known what goes out. */
const ARRANGEMENT: Readonly<Record<BeatKind, Arrangement>> = {
  arrives: 'in',
  read: 'in',
  parsed: 'in',
  environ: 'in',
  waits: 'call',
  called: 'call',
  reads: 'call',
  answers: 'out',
  chunks: 'out',
  ends: 'out',
  refused: 'out',
  raised: 'out',
  dead: 'in',
}

const idsOf = ({ cards }: Deployment): CardId[] => cards.map(({ id }) => id)

export interface LayoutInput {
  readonly view: View
  readonly beat: Beat | undefined
  readonly deployment: Deployment
  /** A card that the reader has opened. */
  readonly pinned: CardId | null
  /** Columns that the reader has folded away. */
  readonly folded: ReadonlySet<CardId>
  /** Nothing has come yet. */
  readonly closed: boolean
}

const withPinned = (focus: Focus, pinned: CardId | null): Focus =>
  pinned === null || focus.includes(pinned) ? focus : [pinned, focus[1]]

export function cardLayout({ view, beat, deployment, pinned, folded, closed }: LayoutInput): CardLayout {
  const ids = idsOf(deployment)
  if (modeOf(view) === 'phone') return phoneLayout(view, ids, closed)
  const focus = withPinned(focusOf(beat, deployment), pinned)
  // A card that matters is there, whatever beat it is.
  const arrangement = focus.includes('response') ? 'out' : beat === undefined ? 'in' : ARRANGEMENT[beat.kind]
  return gridLayout({ view, arrangement, focus, second: deployment.second, lists: ids.includes('listing'), folded })
}

/** The height a phone's column needs; elsewhere the stage takes the height it is given. */
export function neededHeight(view: View, deployment: Deployment, closed: boolean): number | null {
  if (modeOf(view) !== 'phone') return null
  const { server, cards } = phoneLayout(view, idsOf(deployment), closed)
  return Math.max(server.y + server.h, cards.client.y + cards.client.h) + PHONE_MARGIN
}

export function blendLayouts(a: CardLayout, b: CardLayout, t: number): CardLayout {
  if (t <= 0) return a
  if (t >= 1) return b
  const blend = (from: Rect | undefined, to: Rect | undefined): Rect =>
    from === undefined || to === undefined ? { x: 0, y: 0, w: 0, h: 0 } : lerpRect(from, to, t)
  return {
    server: lerpRect(a.server, b.server, t),
    cards: eachCard(a.cards.listing !== undefined, (id) => blend(a.cards[id], b.cards[id])),
  }
}

/** Of the whole stage, what an enlarged card leaves. */
const AROUND = 24

export const enlargedRect = ({ width, height }: View): Rect => ({
  x: AROUND,
  y: AROUND,
  w: width - 2 * AROUND,
  h: height - 2 * AROUND,
})
