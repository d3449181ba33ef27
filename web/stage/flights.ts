/** What is in the air: the real text, on its way along the wires. A function of the event in flight and how far it is. */
import { spanLength } from '../../shared/bytes/span.ts'
import type { EnvironEntry, TraceEvent } from '../../shared/trace/events.ts'
import type { StageState } from '../../shared/trace/fold.ts'
import type { CardId, Row, Token, Tone } from './content/content.ts'
import { grouped, groupOf, toneOf, valueText } from './content/environRows.ts'
import { lineParts } from './content/requestLine.ts'
import { headerPair } from './content/startResponse.ts'
import type { Frames, Metrics } from './frames.ts'
import { along, clamp, lerp, type Point, phase, type Rect, travel } from './geometry.ts'
import { byteSize, pythonRepr, visibleBytes } from './text.ts'
import type { WirePoints } from './wires.ts'
import type { StageWords } from './words.ts'

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
  readonly cards: Readonly<
    Record<CardId, { rect: Rect; rows: readonly Row[]; scroll: number; bodyHeight: number; chip: boolean }>
  >
  readonly points: WirePoints
  readonly metrics: Metrics
  readonly frames: Frames
  readonly words: StageWords
}

interface InTheAir {
  flights: Flight[]
  tetherEnd: Point | null
}

/** As much of a text as is worth carrying through the air. */
const CARRIED = 26
const shorten = (text: string): string => (text.length > CARRIED ? `${text.slice(0, CARRIED - 1)}…` : text)

/** When the nth of `count` things that fly one after the other lands, in parts of the whole flight. */
export const landingTime = (index: number, count: number): number => 0.3 + (0.68 * (index + 1)) / Math.max(1, count)

/** Whether the event's own card shows, while it is in the air, where its parts will land. */
export function landedIn(event: TraceEvent | null, card: CardId): boolean {
  switch (event?.kind) {
    case 'request.line':
      return card === 'line'
    case 'environ.built':
      return card === 'environ'
    case 'app.startResponse':
      return card === 'startResponse'
    case 'response.serialized':
      return card === 'response'
    default:
      return false
  }
}

export function flightsOf(input: FlightInput): InTheAir {
  const flight = input.state.flight
  if (flight === null) return { flights: [], tetherEnd: null }
  const { event, t } = flight
  switch (event.kind) {
    case 'socket.received': {
      const bytes = event.bytes ?? new Uint8Array()
      return parcel(input, 'request', visibleBytes(bytes, CARRIED), event.length, 'plain')
    }
    case 'request.line':
      return { flights: lineFlights(input, t), tetherEnd: null }
    case 'environ.built':
      return { flights: environFlights(input, t), tetherEnd: null }
    case 'app.called':
      return callFlights(input, t)
    case 'input.read':
      return readFlights(input, event, t)
    case 'app.startResponse':
      return { flights: argumentFlights(input, event, t), tetherEnd: null }
    case 'app.yielded':
    case 'app.wrote': {
      const bytes = event.bytes ?? new Uint8Array()
      return parcel(input, 'chunks', visibleBytes(bytes, CARRIED), event.length, 'plain', 0.86)
    }
    case 'response.serialized':
      return { flights: headFlights(input, t), tetherEnd: null }
    case 'socket.sent': {
      const bytes = event.bytes ?? new Uint8Array()
      return parcel(input, 'response', visibleBytes(bytes, CARRIED), event.length, 'plain')
    }
    default:
      return { flights: [], tetherEnd: null }
  }
}

/** Text centred on a point of its wire. */
function centred(input: FlightInput, text: string, at: Point): Point {
  const { cell, line } = input.metrics
  return { x: at.x - (text.length * cell) / 2, y: at.y - line / 2 }
}

function parcel(
  input: FlightInput,
  wire: 'request' | 'response' | 'chunks',
  text: string,
  size: number,
  tone: Tone,
  until = 1,
): InTheAir {
  const t = input.state.flight?.t ?? 0
  const at = along(input.points[wire], travel(t) * until)
  const { x, y } = centred(input, text, at)
  return {
    flights: [{ id: `parcel-${wire}`, x, y, text, tone, opacity: fade(t), shape: 'parcel', size: byteSize(size) }],
    tetherEnd: null,
  }
}

/** Appears at once, and melts into where it lands. */
const fade = (t: number): number => Math.min(1, phase(t, 0, 0.08), 1 - phase(t, 0.96, 1) * 0.4)

/** Where a token stands in its card, in stage pixels; kept within what is visible of the card. */
function positionIn(input: FlightInput, id: CardId, find: (token: Token) => boolean): Point | null {
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

function lineFlights(input: FlightInput, t: number): Flight[] {
  const flights: Flight[] = []
  for (const [index, part] of lineParts(input.after, input.words).entries()) {
    const from = positionOf(input, part.span.start)
    const to = positionIn(input, 'line', (token) => token.tone === part.name && token.link !== null)
    if (from === null || to === null) continue
    const u = travel(phase(t, index * 0.06, 0.82 + index * 0.06))
    flights.push({
      id: `line-${part.name}`,
      x: lerp(from.x, to.x, u),
      y: lerp(from.y, to.y, u),
      text: shorten(part.text),
      tone: part.name,
      opacity: 1,
      shape: 'token',
      size: null,
    })
  }
  return flights
}

/** Where a byte of the head stands on card 1. Before it is parsed, it is somewhere within a plain token. */
function positionOf(input: FlightInput, offset: number): Point | null {
  const startOf = (token: Token): number => (token.id.startsWith('h') ? Number(token.id.slice(1)) : Number.NaN)
  const covers = (token: Token): boolean => offset >= startOf(token) && offset < startOf(token) + token.text.length
  const token = input.cards.socket.rows.flatMap((row) => row.tokens).find(covers)
  const at = positionIn(input, 'socket', covers)
  if (token === undefined || at === null || input.cards.socket.chip) return at
  return { x: at.x + (offset - startOf(token)) * input.metrics.cell, y: at.y }
}

/** `User-Agent` turns upper case, `-` turns `_`, `HTTP_` slides in: the three steps of a header's name. */
export function morphedName(name: string, key: string, u: number): string {
  if (u < 0.3) return name
  if (u < 0.5) return name.toUpperCase()
  if (u < 0.68) return name.toUpperCase().replaceAll('-', '_')
  return key
}

/** The part of the whole that one entry flies: so few are in the air at a time that each can be read. */
const IN_THE_AIR = 0.14

function environFlights(input: FlightInput, t: number): Flight[] {
  const entries = grouped(input.after.environ ?? [])
  const rows = input.cards.environ.rows.filter((row) => !row.id.startsWith('group-'))
  const flights: Flight[] = []
  for (const entry of entries) {
    const group = groupOf(entry)
    if (group === 'server') continue
    const rowIndex = rows.findIndex((row) => row.id === entry.key)
    const landing = landingTime(rowIndex, rows.length)
    const start = Math.max(0, landing - IN_THE_AIR)
    if (t < start || t >= landing) continue
    const u = travel((t - start) / (landing - start))
    const to = positionIn(input, 'environ', (token) => token.id === entry.key)
    const way = to === null ? null : wayInto(input, entry, to)
    if (way === null) continue
    const at = along(way, u)
    const text = shorten(`${keyAt(input, entry, u)}: ${valueText(entry)}`)
    // Centred on its wire while it is on the way; flush with its row where it lifts off and lands.
    const { cell, line } = input.metrics
    const away = Math.min(1, 4 * u, 4 * (1 - u))
    flights.push({
      id: `environ-${entry.key}`,
      x: at.x - ((text.length * cell) / 2) * away,
      y: at.y - (line / 2) * away,
      text,
      tone: toneOf(entry, input.after),
      opacity: 1,
      shape: 'token',
      size: null,
    })
  }
  return flights
}

function keyAt(input: FlightInput, entry: EnvironEntry, u: number): string {
  const span = entry.keySpans?.[0]
  const header =
    span === undefined ? undefined : input.after.headers.find((event) => event.spans.name.start === span.start)
  return header === undefined ? entry.key : morphedName(header.name, entry.key, u)
}

/** Parts of the request line come from card 2, headers over their own wire from card 1, the peer's address from the edge. */
function wayInto(input: FlightInput, entry: EnvironEntry, to: Point): Point[] | null {
  if (entry.from === 'socket') {
    const y = input.frames.cards.environ.y - 13
    return [{ x: input.frames.frame.x, y }, { x: input.frames.cards.environ.x - 20, y }, to]
  }
  if (typeof entry.from === 'string') return null
  const span = entry.from.spans[0]
  if (span === undefined) return null
  const line = input.after.requestLine?.spans
  if (line !== undefined && span.end <= line.version.end) {
    const from = positionIn(
      input,
      'line',
      (token) => token.link?.spans.some((s) => s.start <= span.start && span.start < s.end + 1) ?? false,
    )
    return from === null ? null : [from, to]
  }
  const from = positionIn(input, 'socket', (token) => token.link?.spans.some((s) => s.start === span.start) ?? false)
  return from === null ? null : [from, ...input.points.headers, to]
}

function callFlights(input: FlightInput, t: number): InTheAir {
  const [from, to] = [input.points.call[0], input.points.call[1]]
  if (from === undefined || to === undefined) return { flights: [], tetherEnd: null }
  const keys = input.after.environ?.length ?? 0
  const environ = { text: `environ {${keys}}`, u: travel(phase(t, 0, 0.85)) }
  const handle = { text: 'start_response', u: travel(phase(t, 0.12, 1)) }
  const start = { x: input.cards.environ.rect.x + input.cards.environ.rect.w - 24, y: from.y }
  const end = { x: to.x + 20, y: to.y }
  const a = along([start, from, end], environ.u)
  const b = along([start, from, end], handle.u)
  const { line, cell } = input.metrics
  const origin = input.points.tether.at(-1) ?? b
  const handleAt = { x: b.x + (handle.text.length * cell) / 2, y: b.y + line * 1.9 }
  return {
    flights: [
      {
        id: 'environ',
        x: a.x,
        y: a.y - line * 0.7,
        text: environ.text,
        tone: 'plain',
        opacity: 1,
        shape: 'token',
        size: null,
      },
      {
        id: 'handle',
        x: b.x,
        y: b.y + line * 0.9,
        text: handle.text,
        tone: 'plain',
        opacity: 1,
        shape: 'handle',
        size: null,
      },
    ],
    tetherEnd:
      t > 0
        ? { x: lerp(origin.x, handleAt.x, Math.min(1, t * 4)), y: lerp(origin.y, handleAt.y, Math.min(1, t * 4)) }
        : null,
  }
}

/** First the question goes to the tray, then the bytes come. */
function readFlights(input: FlightInput, event: Extract<TraceEvent, { kind: 'input.read' }>, t: number): InTheAir {
  const way = input.points.input
  if (t < 0.35) {
    const text = `${event.method}(${event.asked ?? ''})`
    const { x, y } = centred(input, text, along([...way].reverse(), phase(t, 0, 0.35)))
    return {
      flights: [{ id: 'ask', x, y, text, tone: 'plain', opacity: 1, shape: 'handle', size: null }],
      tetherEnd: null,
    }
  }
  const span = input.state.body?.spans[0]
  const start = (span?.start ?? 0) + event.offset
  const shown = span === undefined ? 0 : Math.min(event.returned, spanLength(span) - event.offset, 64)
  const bytes = shown > 0 ? input.state.inbound.slice({ start, end: start + shown }) : null
  const text = event.returned === 0 ? "b''" : visibleBytes(bytes ?? new Uint8Array(), CARRIED)
  const { x, y } = centred(input, text, along(way, travel(phase(t, 0.35, 1))))
  const size = byteSize(event.returned)
  return {
    flights: [{ id: 'read', x, y, text, tone: 'body', opacity: fade(t), shape: 'parcel', size }],
    tetherEnd: null,
  }
}

function argumentFlights(
  input: FlightInput,
  event: Extract<TraceEvent, { kind: 'app.startResponse' }>,
  t: number,
): Flight[] {
  const way = input.points.tether
  const items: { id: string; text: string; tone: Tone }[] = [
    { id: 'status', text: pythonRepr(event.status), tone: 'status' },
    ...event.headers.slice(0, 4).map(([name, value], n) => ({
      id: `header:${n}`,
      text: shorten(headerPair(name, value)),
      tone: 'plain' as const,
    })),
  ]
  return items.flatMap((item, index): Flight[] => {
    const target = positionIn(input, 'startResponse', (token) => token.link?.out === item.id)
    const u = phase(t, index * 0.08, 0.66 + index * 0.08)
    if (u <= 0) return []
    const at = along(target === null ? way : [...way, target], travel(u))
    const y = at.y - (input.metrics.line / 2) * (1 - u)
    return [
      {
        id: `argument-${item.id}`,
        x: at.x,
        y,
        text: item.text,
        tone: item.tone,
        opacity: 1,
        shape: 'token',
        size: null,
      },
    ]
  })
}

/** The gate opens first; then what was kept in card 4 goes out, and what the server adds grows in place. */
function headFlights(input: FlightInput, t: number): Flight[] {
  const flying = input.state.flight?.event
  if (flying?.kind !== 'response.serialized' || input.after.startResponse === null) return []
  const flights: Flight[] = []
  const parts = flying.segments.filter(({ from }) => from === 'status' || from.startsWith('header:')).slice(0, 6)
  for (const [index, part] of parts.entries()) {
    const from = positionIn(input, 'startResponse', (token) => token.link?.out === part.from)
    const to = positionIn(input, 'response', (token) => token.link?.out === part.from)
    const u = phase(t, 0.22 + index * 0.06, 0.6 + index * 0.06)
    if (from === null || to === null || u <= 0 || u >= 1) continue
    const bytes = input.state.outbound.slice(part)
    const gate = input.points.head
    const at = along([from, ...gate, to], travel(u))
    const text = shorten(visibleBytes(bytes ?? new Uint8Array(), CARRIED))
    flights.push({
      id: `out-${part.from}`,
      x: at.x,
      y: at.y,
      text,
      tone: part.from === 'status' ? 'status' : 'plain',
      opacity: 1,
      shape: 'token',
      size: null,
    })
  }
  return flights
}
