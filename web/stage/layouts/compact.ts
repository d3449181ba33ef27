/** Two cards open, the others one-line chips: for a projector, or half a screen. */
import type { CardId, Focus } from '../cardId.ts'
import type { Rect } from '../geometry.ts'
import { metricsOf, type View } from '../metrics.ts'
import {
  belowCards,
  type CardLayout,
  EDGE_ROW,
  type Extent,
  HEADERS_ROW,
  part,
  shares,
  takenByListing,
} from './layout.ts'

/** From the stage's edges, in pixels. */
const MARGIN = { side: 10, top: 14, bottom: 8 }
/** From the server's border to its cards. */
const PADDING = 14
/** Between the columns, and the rows, for a wire. */
const GAP = 26
/** Between cards of the upper row; of the lower, for the gate as well. */
const BETWEEN_CARDS = 22
const BETWEEN_LOWER = 46
/** The chunks' lane, below card 4. */
const LANE = 34
/** A chip is as wide as its name, in cells. */
const CHIP_CELLS = { client: 9.5, application: 12.5 }
/** What is left is shared by the cards that matter; the server's part by how many of them stand in it. */
const CLIENT_WEIGHT = 1.25
const APPLICATION_WEIGHT = 1.45
const SERVER_WEIGHTS = [1.1, 1.92, 2.9]
/** Of a row: an open card, the request line (its parts are short), and a chip. */
const OPEN_WEIGHT = 2.6
const OPEN_LINE_WEIGHT = 1.7
const CHIP_WEIGHT = 0.74
/** Beside a card that is open, so many title bars high, a chip has room for its name below its number. */
const TALL_ROW = 3
const TALL_CHIP = 1.6

export function compactLayout(view: View, focus: Focus, lists: boolean): CardLayout {
  const { title } = metricsOf(view)
  const on = (card: CardId): boolean => focus.includes(card)
  const [client, frame, app] = columnsOf(view, focus)
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
  const upper = on('socket') || on('requestLine') || on('environ')
  const lower = on('response') || on('startResponse')
  const upperH = !lower ? inner.h - title - GAP - LANE : upper ? (inner.h - GAP - LANE) / 2 : title
  const lowerH = inner.h - upperH - GAP
  const lowerY = inner.y + upperH + GAP
  const weights = (cards: readonly CardId[]): number[] =>
    cards.map((card) => (!on(card) ? CHIP_WEIGHT : card === 'requestLine' ? OPEN_LINE_WEIGHT : OPEN_WEIGHT))
  const first = shares(inner.x, inner.w, BETWEEN_CARDS, weights(['socket', 'requestLine', 'environ']))
  const second = shares(inner.x, inner.w, BETWEEN_LOWER, weights(['response', 'startResponse']))
  const place = (column: Extent, y: number, h: number, card: CardId): Rect => ({
    x: column.at,
    y,
    w: column.size,
    h: on(card) ? h : Math.min(h, h > TALL_ROW * title ? title * TALL_CHIP : title),
  })
  const side = (column: Extent, card: CardId): Rect => ({
    x: column.at,
    y: server.y,
    w: column.size,
    h: on(card) ? server.h : title,
  })
  return {
    server,
    cards: {
      ...(lists ? { listing: belowCards(inner, view) } : {}),
      client: side(client, 'client'),
      application: side(app, 'application'),
      socket: place(part(first, 0), inner.y, upperH, 'socket'),
      requestLine: place(part(first, 1), inner.y, upperH, 'requestLine'),
      environ: place(part(first, 2), inner.y, upperH, 'environ'),
      response: place(part(second, 0), lowerY, lowerH, 'response'),
      startResponse: place(part(second, 1), lowerY, lowerH - LANE, 'startResponse'),
    },
  }
}

function columnsOf(view: View, focus: Focus): [client: Extent, server: Extent, application: Extent] {
  const { cell } = metricsOf(view)
  const clientOn = focus.includes('client')
  const appOn = focus.includes('application')
  const inServer = focus.filter((card) => card !== 'client' && card !== 'application').length
  const clientChip = cell * CHIP_CELLS.client
  const appChip = cell * CHIP_CELLS.application
  const left = view.width - 2 * MARGIN.side - 2 * GAP - (clientOn ? 0 : clientChip) - (appOn ? 0 : appChip)
  const serverWeight = SERVER_WEIGHTS[inServer] ?? 1
  const unit = left / ((clientOn ? CLIENT_WEIGHT : 0) + serverWeight + (appOn ? APPLICATION_WEIGHT : 0))
  const client = { at: MARGIN.side, size: clientOn ? CLIENT_WEIGHT * unit : clientChip }
  const server = { at: client.at + client.size + GAP, size: serverWeight * unit }
  const application = { at: server.at + server.size + GAP, size: appOn ? APPLICATION_WEIGHT * unit : appChip }
  return [client, server, application]
}
