/**
 * Where the cards stand. For each focus (the two cards that matter in a beat) a set of rectangles; between two beats the
 * rectangles are blended, so that they too are a function of the playhead.
 * Longer than 250 lines: the rectangles of the three kinds of screen.
 */
import type { Beat } from '../../shared/trace/beats.ts'
import type { CardId, CommonCardId, Focus, PerCard } from './cardId.ts'
import type { Deployment } from './deployments/deployment.ts'
import { clamp, lerpRect, type Rect } from './geometry.ts'

export type Mode = 'wide' | 'compact' | 'phone'

export interface View {
  readonly width: number
  readonly height: number
}

/** `wide`: all cards open. `compact`: two cards open, the others one-line chips. `phone`: one column. */
export function modeOf({ width, height }: View): Mode {
  if (width < 720) return 'phone'
  return width >= 1180 && height >= 420 ? 'wide' : 'compact'
}

export interface Metrics {
  /** Font size of the cells, in pixels. */
  readonly font: number
  /** Width of a cell: IBM Plex Mono advances 0.6 em. */
  readonly cell: number
  readonly line: number
  /** Height of a card's title bar. */
  readonly title: number
  readonly pad: number
}

export function metricsOf(view: View): Metrics {
  const mode = modeOf(view)
  const font =
    mode === 'compact' ? clamp(view.width / 57, 14, 18) : mode === 'phone' ? 14 : clamp(view.width / 111, 13, 22)
  const rounded = Math.round(font * 2) / 2
  return {
    font: rounded,
    cell: rounded * 0.6,
    line: Math.round(rounded * 1.55),
    title: Math.round(rounded * 2.6),
    pad: Math.round(rounded * 0.95),
  }
}

export interface CardLayout {
  /** What the cards within the server stand in. */
  readonly server: Rect
  /** Of those that the deployment has; the listing stands within the server, below its other cards. */
  readonly cards: PerCard<Rect>
}

/** What nothing has happened to yet: the terminal and where its bytes will come in. */
const IDLE_FOCUS: Focus = ['client', 'socket']

export const focusOf = (beat: Beat | undefined, { focus }: Deployment): Focus =>
  beat === undefined ? IDLE_FOCUS : focus[beat.kind]

/** Splits `total` by weights, with `gap` between the parts. */
function shares(start: number, total: number, gap: number, weights: readonly number[]): { at: number; size: number }[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  const free = total - gap * (weights.length - 1)
  let at = start
  return weights.map((weight) => {
    const size = (free * weight) / sum
    const part = { at, size }
    at += size + gap
    return part
  })
}

const part = (parts: { at: number; size: number }[], index: number): { at: number; size: number } =>
  parts[index] ?? { at: 0, size: 0 }

/** Between cards, for a wire and its arrow head. */
const GAP = 32
/** Room below the cards for the names of the frame's edges, and above them for the headers' own wire. */
const EDGE_ROW = 30
const HEADERS_ROW = 26

/** How many lines of the server's source are shown at a time. */
const listingLines = (view: View): number => (modeOf(view) !== 'compact' && view.height >= 560 ? 4 : 2)

/** From the cards to the server's source below them. */
const ABOVE_LISTING = 12

function listingHeight(view: View): number {
  const { title, line, pad } = metricsOf(view)
  return title + listingLines(view) * line + pad
}

/** The chunks' lane, below card 4. */
const LANE = 46

/** A lower row in which card 4 has room for its title and three lines. */
function leastLower(view: View): number {
  const { title, line, pad } = metricsOf(view)
  return title + 3 * line + 2 * pad + LANE
}

function wideLayout(view: View, focus: Focus, lists: boolean): CardLayout {
  const { width, height } = view
  const on = (card: CardId): boolean => focus.includes(card)
  const margin = 18
  // The terminal keeps its width: one that is resized while it is read is no help.
  const clientWidth = width * 0.19
  const outer = shares(
    margin + clientWidth + 36,
    width - 2 * margin - clientWidth - 36,
    36,
    on('application') ? [2.68, 1.44] : [2.8, 1.3],
  )
  const columns = [{ at: margin, size: clientWidth }, ...outer]
  const [client, frame, app] = [part(columns, 0), part(columns, 1), part(columns, 2)]
  const top = 16
  const box: Rect = { x: frame.at, y: top, w: frame.size, h: height - top - 14 }
  const taken = lists ? listingHeight(view) + ABOVE_LISTING : 0
  const inner = { x: box.x + 20, y: box.y + HEADERS_ROW, w: box.w - 40, h: box.h - HEADERS_ROW - EDGE_ROW - taken }
  const lower = on('response') || on('startResponse')
  const upper = on('environ') || on('socket') || on('requestLine')
  const between = 34
  const free = inner.h - between
  // While nothing stands below, the environ has most of the room; what the cards below are for can still be read. Where a
  // server's source is shown there is little room, but the environ is short, and the whole of it is seen.
  const low = lists ? free / 3.9 : Math.max(free / 2.9, Math.min(free / 2.42, leastLower(view)))
  const rows = shares(inner.y, inner.h, between, lower && upper ? [1, 1] : lower ? [0.92, 1.12] : [free - low, low])
  const firstRow = shares(inner.x, inner.w, GAP, [
    on('socket') ? 1.5 : 1.12,
    on('requestLine') ? 1 : 0.86,
    on('environ') ? 2 : 1.24,
  ])
  const secondRow = shares(inner.x, inner.w, 56, [on('response') ? 1.55 : 1, on('startResponse') ? 1.4 : 1.15])
  const card = (column: { at: number; size: number }, row: { at: number; size: number }): Rect => ({
    x: column.at,
    y: row.at,
    w: column.size,
    h: row.size,
  })
  const [upperRow, lowerRow] = [part(rows, 0), part(rows, 1)]
  const kept = card(part(secondRow, 1), lowerRow)
  return {
    server: box,
    cards: {
      ...(lists ? { listing: below(inner, listingHeight(view)) } : {}),
      client: { x: client.at, y: top, w: client.size, h: box.h },
      application: { x: app.at, y: top, w: app.size, h: box.h },
      socket: card(part(firstRow, 0), upperRow),
      requestLine: card(part(firstRow, 1), upperRow),
      environ: card(part(firstRow, 2), upperRow),
      response: card(part(secondRow, 0), lowerRow),
      // The chunks' lane runs below this card, straight from the application to card 5.
      startResponse: { ...kept, h: kept.h - LANE },
    },
  }
}

const below = ({ x, y, w, h }: Rect, height: number): Rect => ({ x, y: y + h + ABOVE_LISTING, w, h: height })

function compactLayout(view: View, focus: Focus, lists: boolean): CardLayout {
  const { width, height } = view
  const { title } = metricsOf(view)
  const on = (card: CardId): boolean => focus.includes(card)
  const margin = 10
  const gap = 26
  const inFrame = focus.filter((card) => card !== 'client' && card !== 'application').length
  // A chip is as wide as its name; what is left is shared by the two cards that matter.
  const clientChip = metricsOf(view).cell * 9.5
  const appChip = metricsOf(view).cell * 12.5
  const left = width - 2 * margin - 2 * gap - (on('client') ? 0 : clientChip) - (on('application') ? 0 : appChip)
  const weights = {
    client: on('client') ? 1.25 : 0,
    frame: [1.1, 1.92, 2.9][inFrame] ?? 1,
    app: on('application') ? 1.45 : 0,
  }
  const unit = left / (weights.client + weights.frame + weights.app)
  const sizes = [
    on('client') ? weights.client * unit : clientChip,
    weights.frame * unit,
    on('application') ? weights.app * unit : appChip,
  ]
  let from = margin
  const columns = sizes.map((size) => {
    const column = { at: from, size }
    from += size + gap
    return column
  })
  const [client, frame, app] = [part(columns, 0), part(columns, 1), part(columns, 2)]
  const box: Rect = { x: frame.at, y: 14, w: frame.size, h: height - 22 }
  const taken = lists ? listingHeight(view) + ABOVE_LISTING : 0
  const inner = { x: box.x + 14, y: box.y + HEADERS_ROW, w: box.w - 28, h: box.h - HEADERS_ROW - EDGE_ROW - taken }
  const upper = on('socket') || on('requestLine') || on('environ')
  const lower = on('response') || on('startResponse')
  const small = title
  const lane = 34
  const upperH = !lower ? inner.h - small - gap - lane : upper ? (inner.h - gap - lane) / 2 : small
  const lowerH = inner.h - upperH - gap
  // The parts of a request line are short.
  const widths = (cards: readonly CardId[]): number[] =>
    cards.map((card) => (!on(card) ? 0.74 : card === 'requestLine' ? 1.7 : 2.6))
  const firstRow = shares(inner.x, inner.w, 22, widths(['socket', 'requestLine', 'environ']))
  const secondRow = shares(inner.x, inner.w, 46, widths(['response', 'startResponse']))
  const place = (column: { at: number; size: number }, y: number, h: number, card: CardId): Rect => ({
    x: column.at,
    y,
    w: column.size,
    // Beside a card that is open, a chip has room for its name below its number.
    h: on(card) ? h : Math.min(h, h > 3 * title ? title * 1.6 : small),
  })
  const lowerY = inner.y + upperH + gap
  const side = (column: { at: number; size: number }, card: CardId): Rect => ({
    x: column.at,
    y: box.y,
    w: column.size,
    h: on(card) ? box.h : small,
  })
  return {
    server: box,
    cards: {
      ...(lists ? { listing: below(inner, listingHeight(view)) } : {}),
      client: side(client, 'client'),
      application: side(app, 'application'),
      socket: place(part(firstRow, 0), inner.y, upperH, 'socket'),
      requestLine: place(part(firstRow, 1), inner.y, upperH, 'requestLine'),
      environ: place(part(firstRow, 2), inner.y, upperH, 'environ'),
      response: place(part(secondRow, 0), lowerY, lowerH, 'response'),
      startResponse: place(part(secondRow, 1), lowerY, lowerH - lane, 'startResponse'),
    },
  }
}

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

const PHONE_MARGIN = 12
const PHONE_GAP = 26
/** How far the server's border is from the cards in it. */
const PHONE_BORDER = { left: 8, above: 14, below: 2 }

/** One column in order of travel; the stage grows as long as it must and the page scrolls. */
function phoneLayout(view: View, { cards }: Deployment): CardLayout {
  const { width } = view
  const rects = new Map<CardId, Rect>()
  let y = PHONE_MARGIN
  for (const { id } of cards) {
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

/** The height a phone's column needs; elsewhere the stage takes the height it is given. */
export function neededHeight(view: View, deployment: Deployment): number | null {
  if (modeOf(view) !== 'phone') return null
  const { server } = phoneLayout(view, deployment)
  return server.y + server.h + PHONE_MARGIN
}

export function cardLayout(view: View, focus: Focus, deployment: Deployment): CardLayout {
  const lists = deployment.cards.some(({ id }) => id === 'listing')
  const mode = modeOf(view)
  if (mode === 'phone') return phoneLayout(view, deployment)
  return mode === 'wide' ? wideLayout(view, focus, lists) : compactLayout(view, focus, lists)
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

const eachCard = (lists: boolean, rect: (id: CardId) => Rect): PerCard<Rect> => ({
  client: rect('client'),
  socket: rect('socket'),
  requestLine: rect('requestLine'),
  environ: rect('environ'),
  application: rect('application'),
  startResponse: rect('startResponse'),
  response: rect('response'),
  ...(lists ? { listing: rect('listing') } : {}),
})
