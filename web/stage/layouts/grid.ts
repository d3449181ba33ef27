/**
 * Four columns: the client, the server's bytes (cards 1, 2 and 5), what it makes of them in Python (3 and 4), the
 * application. So bytes cross the server's left edge and a call its right one, in every beat, and no column changes its
 * width from one beat to the next where there is room for all four. Where there is not (a projector, half a screen) those
 * that the beat is not about are narrow.
 */
import type { CardId } from '../cardId.ts'
import type { Rect } from '../geometry.ts'
import { metricsOf, modeOf, type View } from '../metrics.ts'
import {
  type Arrangement,
  belowCards,
  type CardLayout,
  EDGE_ROW,
  type Extent,
  NAME_ROW,
  part,
  takenByListing,
} from './layout.ts'

/** From the stage's edges, in pixels. */
const MARGIN = { side: 18, top: 16, bottom: 12 }
const NARROW_MARGIN = { side: 10, top: 14, bottom: 8 }
/** From the server's border to its cards. */
const PADDING = 16
/** Between the server and its neighbours, for the wires that cross its edges, in cells. */
const OUTSIDE_CELLS = 4.4
/** Between its two columns, in cells: the headers' wire and the gate have their names there. */
const INSIDE_CELLS = 8
/** Between two cards of a column, in lines. */
const BETWEEN_LINES = 1.5
/** The chunks' lane below card 4, in lines. */
const LANE_LINES = 2.2
/** Of a column that is narrow: as wide as a number and its margins, in cells. */
const NARROW_CELLS = 4.6

/** What each column takes of the width where all are open. */
const WIDE = { client: 0.178, left: 0.2, right: 0.272, application: 0.256 } as const
/** Of the room that is left to the open ones of a narrow window. */
const NARROW = { client: 1, left: 1.15, right: 1.6, application: 1.5 } as const

/** Four parts of a request line, one row each, and room for a path that takes a second one. */
const REQUEST_LINE_ROWS = 5
/** The request line leaves at least this part of the column to the bytes. */
const MOST_REQUEST_LINE = 0.45

/** A packet has many rows, and its bytes say less to the eye. */
const PACKET = 2.2

/** Within a column, from above: what is left is shared by weight; `title`: no more than the name; null: not there yet. */
type Part = number | 'title' | 'requestLine' | null

type Column = 'client' | 'left' | 'right' | 'application'

const COLUMN_OF: Readonly<Record<CardId, Column | null>> = {
  client: 'client',
  socket: 'left',
  requestLine: 'left',
  response: 'left',
  environ: 'right',
  startResponse: 'right',
  application: 'application',
  listing: null,
}

export interface GridInput {
  readonly view: View
  readonly arrangement: Arrangement
  /** The cards that matter: where there is no room for all, they are those that are open. */
  readonly focus: readonly CardId[]
  /** What card 2 holds. */
  readonly second: 'line' | 'packet'
  /** Whether the server's source stands below its cards. */
  readonly lists: boolean
  /** Columns that somebody has folded away. */
  readonly folded: ReadonlySet<CardId>
}

export function gridLayout(input: GridInput): CardLayout {
  const { view, lists } = input
  const margin = modeOf(view) === 'wide' ? MARGIN : NARROW_MARGIN
  const columns = columnsOf(input, margin.side)
  const { client, left, right, application } = columns
  const server: Rect = {
    x: left.at - PADDING,
    y: margin.top,
    w: right.at + right.size + PADDING - (left.at - PADDING),
    h: view.height - margin.top - margin.bottom,
  }
  const inner: Rect = {
    x: left.at,
    y: server.y + NAME_ROW,
    w: right.at + right.size - left.at,
    h: server.h - NAME_ROW - EDGE_ROW - takenByListing(view, lists),
  }
  const bytes = stacked(inner, leftParts(input), view)
  // The chunks' lane runs below card 4, straight from the application to card 5; before the call there is none.
  const lane = input.arrangement === 'in' ? 0 : metricsOf(view).line * LANE_LINES
  const python = stacked({ ...inner, h: inner.h - lane }, rightParts(input), view)
  const card = (column: Extent, rows: readonly Extent[], index: number): Rect => {
    const row = part(rows, index)
    return { x: column.at, y: row.at, w: column.size, h: row.size }
  }
  const side = (column: Extent): Rect => ({ x: column.at, y: server.y, w: column.size, h: server.h })
  return {
    server,
    cards: {
      ...(lists ? { listing: belowCards(inner, view) } : {}),
      client: side(client),
      socket: card(left, bytes, 0),
      requestLine: card(left, bytes, 1),
      response: card(left, bytes, 2),
      environ: card(right, python, 0),
      startResponse: card(right, python, 1),
      application: side(application),
    },
  }
}

function leftParts({ arrangement, view, focus, second }: GridInput): Part[] {
  if (arrangement !== 'out') return [1, second === 'packet' ? PACKET : 'requestLine', null]
  if (focus.includes('requestLine')) return [0.5, second === 'packet' ? 1 : 'requestLine', 1]
  // Where the column is narrow, names run downwards.
  if (modeOf(view) !== 'wide' && !focus.some((card) => COLUMN_OF[card] === 'left')) return [1, 1, 1]
  // A low window shows what is sent, and what came only where the beat is about it.
  if (modeOf(view) !== 'wide' && !focus.includes('socket')) return ['title', 'title', 1]
  return [0.5, 'title', 1]
}

function rightParts({ arrangement, view, focus }: GridInput): Part[] {
  if (arrangement === 'in') return [1, null]
  if (modeOf(view) === 'wide') return [1, 0.8]
  if (focus.includes('startResponse')) return [0.5, 1]
  // Where the column is narrow, both names run downwards, and the longer one is that of card 4.
  return focus.includes('environ') ? [1, 0.7] : [0.8, 1]
}

function stacked({ y, h }: Rect, parts: readonly Part[], view: View): Extent[] {
  const { title, line, pad } = metricsOf(view)
  const gap = line * BETWEEN_LINES
  const there = parts.filter((each) => each !== null)
  const free = h - gap * (there.length - 1)
  const fixed = (each: Part): number =>
    each === 'title'
      ? title
      : each === 'requestLine'
        ? Math.min(title + REQUEST_LINE_ROWS * line + 2 * pad, free * MOST_REQUEST_LINE)
        : 0
  const left = free - there.reduce((sum: number, each) => sum + fixed(each), 0)
  const weights = there.reduce((sum: number, each) => sum + (typeof each === 'number' ? each : 0), 0)
  let at = y
  return parts.map((each) => {
    // What is not there yet stands at the foot of its column, without a height; it rises from there.
    if (each === null) return { at: y + h, size: 0 }
    const size = typeof each === 'number' ? (left * each) / weights : fixed(each)
    const extent = { at, size }
    at += size + gap
    return extent
  })
}

type Columns = Readonly<Record<Column, Extent>>

function columnsOf({ view, focus, folded }: GridInput, margin: number): Columns {
  const { cell } = metricsOf(view)
  const outside = cell * OUTSIDE_CELLS
  const gaps = [outside + PADDING, cell * INSIDE_CELLS, outside + PADDING]
  const narrow = cell * NARROW_CELLS
  const free = view.width - 2 * margin - gaps.reduce((a, b) => a + b, 0)
  const columns: readonly Column[] = ['client', 'left', 'right', 'application']
  const wide = modeOf(view) === 'wide'
  const open = new Set(wide ? columns : openColumns(focus))
  for (const card of folded) {
    const column = COLUMN_OF[card]
    if (column !== null && wide) open.delete(column)
  }
  const weight = (column: Column): number => (open.has(column) ? (wide ? WIDE : NARROW)[column] : 0)
  const sum = columns.reduce((total, column) => total + weight(column), 0)
  const room = free - narrow * columns.filter((column) => !open.has(column)).length
  const size = (column: Column): number => (open.has(column) ? (room * weight(column)) / sum : narrow)
  let at = margin
  const extents = columns.map((column, index): Extent => {
    const extent = { at, size: size(column) }
    at += extent.size + (gaps[index] ?? 0)
    return extent
  })
  return { client: part(extents, 0), left: part(extents, 1), right: part(extents, 2), application: part(extents, 3) }
}

/** Those of the cards that matter; of one alone, the client's beside it, whose bytes they are. */
function openColumns(focus: readonly CardId[]): Column[] {
  const columns = [...new Set(focus.flatMap((card) => COLUMN_OF[card] ?? []))]
  return columns.length > 1 ? columns : [...columns, columns[0] === 'client' ? 'left' : 'client']
}
