/** Across the right edge and back: the call, what it reads, the arguments of start_response, and the head they become. */
import { spanLength } from '../../../shared/bytes/span.ts'
import type { EventOf } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { headerPair } from '../cards/startResponse.ts'
import type { Tone } from '../content/content.ts'
import { along, lerp, type Point, phase, travel } from '../geometry.ts'
import { byteSize, cellWidth, pythonRepr, visibleBytes } from '../text.ts'
import {
  CARRIED,
  centred,
  type Flight,
  type FlightInput,
  fade,
  type InFlight,
  positionIn,
  shorten,
} from './inFlight.ts'

const environText = (state: StageState): string => `environ {${state.environ?.length ?? 0}}`

/** No worker is free: the call stands before the right edge, below the card that it comes from, and says so. */
export function waitingFlights(input: FlightInput): Flight[] {
  const { state, metrics, places, cards, words } = input
  const flying = state.flight?.event
  const queued = flying?.kind === 'app.queued' ? flying : state.queued
  if (queued === null || state.call !== null || state.raised !== null || flying?.kind === 'app.called') return []
  const text = environText(state)
  const why = words.application.queued(queued.ahead)
  // With a body, the wire that it will be read through is there, and has a name.
  const fits = state.body === null && widthOf(input, `${text}  ${why}`) < places.server.w
  const size = fits ? why : null
  const to = waitingPlace(input, size === null ? text : `${text}  ${size}`)
  const from = { x: cards.environ.rect.x + cards.environ.rect.w - 24, y: cards.environ.rect.y + cards.environ.rect.h }
  const at = flying?.kind === 'app.queued' ? along([from, to], travel(state.flight?.t ?? 1)) : to
  const y = at.y - metrics.line / 2
  return [{ id: 'waiting', x: at.x, y, text, tone: 'plain', opacity: 1, shape: 'parcel', size }]
}

/** With its border, and some room to what is beside it. */
const widthOf = ({ metrics }: FlightInput, text: string): number => (cellWidth(text) + 3) * metrics.cell

/** Where a text stands that has the right edge before it: between the rows of cards. */
function waitingPlace(input: FlightInput, text: string): Point {
  const { cards, places, metrics } = input
  const { rect } = cards.environ
  const bottom = rect.y + rect.h
  const below = Object.values(cards).map((card) => card.rect.y)
  const next = Math.min(...below.filter((top) => top >= bottom), bottom + 2 * metrics.line)
  const { server } = places
  // Where the rows are close, it takes from the margin of the card that it comes from, not from the next one's title.
  const y = Math.min((bottom + next) / 2, next - metrics.line * 0.7)
  return { x: server.x + server.w - widthOf(input, text), y }
}

export function callFlights(input: FlightInput, t: number): InFlight {
  const [from, to] = [input.points.call[0], input.points.call[1]]
  if (from === undefined || to === undefined) return { flights: [], tetherEnd: null }
  const environ = { text: environText(input.after), u: travel(phase(t, 0, 0.85)) }
  const handle = { text: 'start_response', u: travel(phase(t, 0.12, 1)) }
  const waited = input.state.queued === null ? null : waitingPlace(input, environ.text)
  const start = waited ?? { x: input.cards.environ.rect.x + input.cards.environ.rect.w - 24, y: from.y }
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
export function readFlights(input: FlightInput, event: EventOf<'input.read'>, t: number): InFlight {
  const way = input.points.input
  if (t < 0.35) {
    const text = `${event.method}(${event.asked ?? ''})`
    const { x, y } = centred(input, text, along([...way].reverse(), phase(t, 0, 0.35)))
    return {
      flights: [{ id: 'ask', x, y, text, tone: 'plain', opacity: 1, shape: 'handle', size: null }],
      tetherEnd: null,
    }
  }
  const received = input.state.serverReceived
  // The sixty-line server's wsgi.input holds whatever its recv() returned.
  const span = received === null ? input.state.body?.spans[0] : { start: received.start, end: received.length }
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

export function argumentFlights(input: FlightInput, event: EventOf<'app.startResponse'>, t: number): Flight[] {
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
export function headFlights(input: FlightInput, t: number): Flight[] {
  const flying = input.state.flight?.event
  if (flying?.kind !== 'response.serialized' || input.after.startResponse === null) return []
  if (input.after.startResponse.inferred) return []
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
