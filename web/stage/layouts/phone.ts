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

/** Before the first request: room for how to send one, above the terminal. */
const PHONE_WELCOME = 400

/**
 * @param cards in the order of the column.
 * @param closed whether nothing has come yet: then the invitation is first, and what comes later has no place yet.
 */
export function phoneLayout(view: View, cards: readonly CardId[], closed: boolean): CardLayout {
  const { width } = view
  const rects = new Map<CardId, Rect>()
  let y = PHONE_MARGIN
  if (closed) y += PHONE_WELCOME + PHONE_GAP
  for (const id of cards) {
    const h = id === 'listing' ? listingHeight(view) : PHONE_HEIGHTS[id]
    rects.set(id, { x: PHONE_MARGIN, y, w: width - 2 * PHONE_MARGIN, h })
    y += h + PHONE_GAP
  }
  const at = (id: CardId): Rect => rects.get(id) ?? { x: 0, y: 0, w: 0, h: 0 }
  const x = PHONE_MARGIN - PHONE_BORDER.left
  const top = closed ? PHONE_MARGIN + PHONE_BORDER.above : at('socket').y
  const h = closed ? PHONE_WELCOME : y - top
  return {
    server: { x, y: top - PHONE_BORDER.above, w: width - 2 * x, h: h + PHONE_BORDER.below },
    cards: eachCard(rects.has('listing'), at),
  }
}
