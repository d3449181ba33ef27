/** One column in order of travel; the stage grows as long as it must and the page scrolls. */
import type { CardId, CommonCardId } from '../cardId.ts'
import type { Rect } from '../geometry.ts'
import type { View } from '../metrics.ts'
import { type CardLayout, eachCard, listingHeight } from './layout.ts'

/** Of a phone's column, in pixels: each card's height. */
const PHONE_HEIGHTS: Readonly<Record<CommonCardId, number>> = {
  client: 240,
  socket: 250,
  requestLine: 230,
  environ: 320,
  application: 300,
  startResponse: 200,
  response: 240,
}

export const PHONE_MARGIN = 12
const PHONE_GAP = 26
/** How far the server's border is from the cards in it. */
const PHONE_BORDER = { left: 8, above: 14, below: 2 }

/** @param cards in the order of the column. */
export function phoneLayout(view: View, cards: readonly CardId[]): CardLayout {
  const { width } = view
  const rects = new Map<CardId, Rect>()
  let y = PHONE_MARGIN
  for (const id of cards) {
    const h = id === 'listing' ? listingHeight(view) : PHONE_HEIGHTS[id]
    rects.set(id, { x: PHONE_MARGIN, y, w: width - 2 * PHONE_MARGIN, h })
    y += h + PHONE_GAP
  }
  const at = (id: CardId): Rect => rects.get(id) ?? { x: 0, y: 0, w: 0, h: 0 }
  const top = at('socket').y
  const x = PHONE_MARGIN - PHONE_BORDER.left
  return {
    server: { x, y: top - PHONE_BORDER.above, w: width - 2 * x, h: y - top + PHONE_BORDER.below },
    cards: eachCard(rects.has('listing'), at),
  }
}
