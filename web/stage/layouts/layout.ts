/** What the layouts of all screens have in common. */
import type { CardId, PerCard } from '../cardId.ts'
import type { Rect } from '../geometry.ts'
import { metricsOf, modeOf, type View } from '../metrics.ts'

export interface CardLayout {
  /** What the cards within the server stand in. */
  readonly server: Rect
  /** Of those that the deployment has; the listing stands within the server, below its other cards. */
  readonly cards: PerCard<Rect>
}

/** A column or a row: where it begins, and how wide or high it is. */
export interface Extent {
  readonly at: number
  readonly size: number
}

/**
 * Which cards stand where. `in`: what comes, on its way to the environ. `call`: the application runs, and card 4 keeps what
 * it says. `out`: what is sent has the room.
 */
export type Arrangement = 'in' | 'call' | 'out'

export const part = (parts: readonly Extent[], index: number): Extent => parts[index] ?? { at: 0, size: 0 }

/** Room below the cards for the names of the frame's edges, and above them for its own name. */
export const EDGE_ROW = 30
export const NAME_ROW = 20

/** How many lines of the server's source are shown at a time. */
const listingLines = (view: View): number => (modeOf(view) !== 'compact' && view.height >= 560 ? 4 : 2)

/** From the cards to the server's source below them. */
export const ABOVE_LISTING = 12

export function listingHeight(view: View): number {
  const { title, line, pad } = metricsOf(view)
  return title + listingLines(view) * line + pad
}

/** What the server's source takes of the room for its cards. */
export const takenByListing = (view: View, lists: boolean): number => (lists ? listingHeight(view) + ABOVE_LISTING : 0)

/** Where it stands: below the cards. */
export const belowCards = ({ x, y, w, h }: Rect, view: View): Rect => ({
  x,
  y: y + h + ABOVE_LISTING,
  w,
  h: listingHeight(view),
})

/** @param lists whether the server's source is among them. */
export const eachCard = (lists: boolean, rect: (id: CardId) => Rect): PerCard<Rect> => ({
  client: rect('client'),
  socket: rect('socket'),
  requestLine: rect('requestLine'),
  environ: rect('environ'),
  application: rect('application'),
  startResponse: rect('startResponse'),
  response: rect('response'),
  ...(lists ? { listing: rect('listing') } : {}),
})
