/** All cards open: the client at the left, the server's cards in two rows, the application at the right. */
import type { Rect } from '../geometry.ts'
import { metricsOf, type View } from '../metrics.ts'
import {
  belowCards,
  type CardLayout,
  EDGE_ROW,
  type Extent,
  HEADERS_ROW,
  type IsOn,
  part,
  shares,
  takenByListing,
} from './layout.ts'

/** From the stage's edges, in pixels. */
const MARGIN = { side: 18, top: 16, bottom: 14 }
/** From the server's border to its cards. */
const PADDING = 20
/** The terminal's part of the width; it keeps that: one that is resized while it is read is no help. */
const CLIENT_PART = 0.19
/** Between the three columns, for the wires that cross the server's edges. */
const BETWEEN_COLUMNS = 36
/** Between cards, for a wire and its arrow head; between the two of the lower row, for the gate as well. */
const BETWEEN_CARDS = 32
const BETWEEN_LOWER = 56
/** Between the two rows, for the body's lane. */
const BETWEEN_ROWS = 34
/** The chunks' lane, below card 4. */
const LANE = 46

/** Of the server and the application, where the application matters and where it does not. */
const COLUMNS = { on: [2.68, 1.44], off: [2.8, 1.3] } as const
/** What each card takes of its row, where it matters and where it does not. */
const WEIGHTS = {
  socket: { on: 1.5, off: 1.12 },
  requestLine: { on: 1, off: 0.86 },
  environ: { on: 2, off: 1.24 },
  response: { on: 1.55, off: 1 },
  startResponse: { on: 1.4, off: 1.15 },
} as const
/** The two rows, where the beat is about cards of both, and of the lower alone. */
const BOTH_ROWS = [1, 1] as const
const LOWER_ROW = [0.92, 1.12] as const
/**
 * While nothing stands below, the environ has most of the room; what the cards below are for can still be read: of the height,
 * one part in so many. Where a server's source is shown there is little room, but the environ is short, and all of it is seen.
 */
const LOW_PART = { least: 2.9, most: 2.42, besideListing: 3.9 }
/** So many lines of card 4 are seen at the least. */
const LEAST_LINES = 3

/** A lower row in which card 4 has room for its title and a few lines. */
function leastLower(view: View): number {
  const { title, line, pad } = metricsOf(view)
  return title + LEAST_LINES * line + 2 * pad + LANE
}

export function wideLayout(view: View, on: IsOn, lists: boolean): CardLayout {
  const [client, frame, app] = columnsOf(view, on)
  const server: Rect = {
    x: frame.at,
    y: MARGIN.top,
    w: frame.size,
    h: view.height - MARGIN.top - MARGIN.bottom,
  }
  const inner: Rect = {
    x: server.x + PADDING,
    y: server.y + HEADERS_ROW,
    w: server.w - 2 * PADDING,
    h: server.h - HEADERS_ROW - EDGE_ROW - takenByListing(view, lists),
  }
  const weight = (id: keyof typeof WEIGHTS): number => WEIGHTS[id][on(id) ? 'on' : 'off']
  const rows = shares(inner.y, inner.h, BETWEEN_ROWS, rowWeights(view, on, inner.h - BETWEEN_ROWS, lists))
  const [upper, lower] = [part(rows, 0), part(rows, 1)]
  const first = shares(inner.x, inner.w, BETWEEN_CARDS, [weight('socket'), weight('requestLine'), weight('environ')])
  const second = shares(inner.x, inner.w, BETWEEN_LOWER, [weight('response'), weight('startResponse')])
  const card = (column: Extent, row: Extent): Rect => ({ x: column.at, y: row.at, w: column.size, h: row.size })
  const side = (column: Extent): Rect => ({ x: column.at, y: server.y, w: column.size, h: server.h })
  const kept = card(part(second, 1), lower)
  return {
    server,
    cards: {
      ...(lists ? { listing: belowCards(inner, view) } : {}),
      client: side(client),
      application: side(app),
      socket: card(part(first, 0), upper),
      requestLine: card(part(first, 1), upper),
      environ: card(part(first, 2), upper),
      response: card(part(second, 0), lower),
      // The chunks' lane runs below this card, straight from the application to card 5.
      startResponse: { ...kept, h: kept.h - LANE },
    },
  }
}

function columnsOf({ width }: View, on: IsOn): [client: Extent, server: Extent, application: Extent] {
  const client = { at: MARGIN.side, size: width * CLIENT_PART }
  const from = client.at + client.size + BETWEEN_COLUMNS
  const rest = shares(from, width - MARGIN.side - from, BETWEEN_COLUMNS, COLUMNS[on('application') ? 'on' : 'off'])
  return [client, part(rest, 0), part(rest, 1)]
}

function rowWeights(view: View, on: IsOn, free: number, lists: boolean): readonly number[] {
  const lower = on('response') || on('startResponse')
  const upper = on('environ') || on('socket') || on('requestLine')
  if (lower) return upper ? BOTH_ROWS : LOWER_ROW
  const low = lists
    ? free / LOW_PART.besideListing
    : Math.max(free / LOW_PART.least, Math.min(free / LOW_PART.most, leastLower(view)))
  return [free - low, low]
}
