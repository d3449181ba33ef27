/**
 * Where the cards stand. For each focus (the two cards that matter in a beat) a set of rectangles; between two beats the
 * rectangles are blended, so that they too are a function of the playhead.
 */
import type { Beat } from '../../shared/trace/beats.ts'
import type { CardId, Focus } from './cardId.ts'
import type { Deployment } from './deployments/deployment.ts'
import { lerpRect, type Rect } from './geometry.ts'
import { compactLayout } from './layouts/compact.ts'
import { type CardLayout, eachCard } from './layouts/layout.ts'
import { PHONE_MARGIN, phoneLayout } from './layouts/phone.ts'
import { wideLayout } from './layouts/wide.ts'
import { modeOf, type View } from './metrics.ts'

/** What nothing has happened to yet: the terminal and where its bytes will come in. */
const IDLE_FOCUS: Focus = ['client', 'socket']

export const focusOf = (beat: Beat | undefined, { focus }: Deployment): Focus =>
  beat === undefined ? IDLE_FOCUS : focus[beat.kind]

const idsOf = ({ cards }: Deployment): CardId[] => cards.map(({ id }) => id)

export function cardLayout(view: View, focus: Focus, deployment: Deployment): CardLayout {
  const ids = idsOf(deployment)
  const lists = ids.includes('listing')
  switch (modeOf(view)) {
    case 'phone':
      return phoneLayout(view, ids)
    case 'compact':
      return compactLayout(view, focus, lists)
    case 'wide':
      return wideLayout(view, (card) => focus.includes(card), lists)
  }
}

/** The height a phone's column needs; elsewhere the stage takes the height it is given. */
export function neededHeight(view: View, deployment: Deployment): number | null {
  if (modeOf(view) !== 'phone') return null
  const { server } = phoneLayout(view, idsOf(deployment))
  return server.y + server.h + PHONE_MARGIN
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
