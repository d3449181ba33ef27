/** What every flight is made of: where it starts, what it carries, how it fades. */
import type { StageState } from '../../../shared/trace/fold.ts'
import type { CommonCardId, PerCard } from '../cardId.ts'
import type { Row, Token, Tone } from '../content/content.ts'
import { along, clamp, type Point, phase, type Rect, travel } from '../geometry.ts'
import type { CardLayout } from '../layouts/layout.ts'
import type { Metrics } from '../metrics.ts'
import { byteSize, cellWidth } from '../text.ts'
import type { WirePoints } from '../wires.ts'
import type { StageWords } from '../words.ts'

export interface Flight {
  readonly id: string
  /** Top left, in stage pixels. */
  readonly x: number
  readonly y: number
  readonly text: string
  readonly tone: Tone
  readonly opacity: number
  /** `parcel`: a piece of a byte stream, with its size; `token`: a value; `handle`: something that can be called. */
  readonly shape: 'token' | 'parcel' | 'handle'
  readonly size: string | null
}

export interface FlightInput {
  readonly state: StageState
  /** The state once the flight has landed. */
  readonly after: StageState
  readonly cards: PerCard<{ rect: Rect; rows: readonly Row[]; scroll: number; bodyHeight: number; chip: boolean }>
  readonly points: WirePoints
  readonly metrics: Metrics
  readonly places: CardLayout
  readonly words: StageWords
  /** Of the stage, in pixels. */
  readonly width: number
}

export interface InFlight {
  flights: Flight[]
  tetherEnd: Point | null
}

/** With its margins, and the size beside it. */
export function flightWidth({ text, size, shape }: Flight, { cell }: Metrics): number {
  const own = (cellWidth(text) + 1) * cell
  return own + (size === null ? 0 : (cellWidth(size) + 1.5) * cell) + (shape === 'parcel' ? 2 * cell : 0)
}

/** As much of a text as is worth carrying. */
export const CARRIED = 26
export const shorten = (text: string): string => (text.length > CARRIED ? `${text.slice(0, CARRIED - 1)}…` : text)

/** Text centred on a point of its wire. */
export function centred(input: FlightInput, text: string, at: Point): Point {
  const { cell, line } = input.metrics
  return { x: at.x - (text.length * cell) / 2, y: at.y - line / 2 }
}

export function parcel(
  input: FlightInput,
  wire: 'request' | 'response' | 'chunks',
  text: string,
  size: number,
  tone: Tone,
  until = 1,
): InFlight {
  const t = input.state.flight?.t ?? 0
  const at = along(input.points[wire], travel(t) * until)
  const { x, y } = centred(input, text, at)
  return {
    flights: [{ id: `parcel-${wire}`, x, y, text, tone, opacity: fade(t), shape: 'parcel', size: byteSize(size) }],
    tetherEnd: null,
  }
}

/** Appears at once, and melts into where it lands. */
export const fade = (t: number): number => Math.min(1, phase(t, 0, 0.08), 1 - phase(t, 0.96, 1) * 0.4)

/** Where a token stands in its card, in stage pixels; kept within what is visible of the card. */
export function positionIn(input: FlightInput, id: CommonCardId, find: (token: Token) => boolean): Point | null {
  const card = input.cards[id]
  const { title, line, pad, cell } = input.metrics
  if (card.chip) return { x: card.rect.x + card.rect.w / 2 - 12, y: card.rect.y + card.rect.h / 2 - line / 2 }
  for (const [index, row] of card.rows.entries()) {
    const token = row.tokens.find(find)
    if (token === undefined) continue
    const y = clamp(index * line - card.scroll, 0, Math.max(0, card.bodyHeight - line))
    return { x: card.rect.x + pad + token.col * cell, y: card.rect.y + title + y }
  }
  return null
}
