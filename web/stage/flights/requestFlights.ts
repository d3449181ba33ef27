/** On the way in: the request line to card 2, and everything that becomes the environ. */
import type { EnvironEntry } from '../../../shared/trace/events.ts'
import { toneOf, valueLink, valueText } from '../cards/environEntry.ts'
import { flyingEntries } from '../cards/environLanding.ts'
import { lineParts } from '../cards/requestLine.ts'
import { variableTone } from '../cards/variableTone.ts'
import type { Token, Tone } from '../content/content.ts'
import { along, lerp, type Point, phase, travel } from '../geometry.ts'
import { visibleString } from '../text.ts'
import { type Flight, type FlightInput, positionIn, shorten } from './inFlight.ts'

/** From its first byte on card 1 to where it lands on card 2. */
interface Part {
  readonly id: string
  readonly start: number
  readonly text: string
  readonly tone: Tone
  readonly lands: (token: Token) => boolean
}

/** One a little behind the other. */
function partFlights(input: FlightInput, t: number, parts: readonly Part[]): Flight[] {
  return parts.flatMap(({ id, start, text, tone, lands }, index): Flight[] => {
    const from = positionOf(input, start)
    const to = positionIn(input, 'requestLine', lands)
    if (from === null || to === null) return []
    const u = travel(phase(t, index * 0.06, 0.82 + index * 0.06))
    const [x, y] = [lerp(from.x, to.x, u), lerp(from.y, to.y, u)]
    return [{ id, x, y, text: shorten(visibleString(text)), tone, opacity: 1, shape: 'token', size: null }]
  })
}

export function lineFlights(input: FlightInput, t: number): Flight[] {
  const parts = lineParts(input.after, input.words).map(({ name, text, span }): Part => {
    return {
      id: `line-${name}`,
      start: span.start,
      text,
      tone: name,
      lands: ({ tone, link }) => tone === name && link !== null,
    }
  })
  return partFlights(input, t, parts)
}

/** Of a packet, the variables that are worth seeing; all others stand there when they have landed. */
const PACKET_FLIES: readonly string[] = ['REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING']

export function packetFlights(input: FlightInput, t: number): Flight[] {
  const vars = (input.after.uwsgi?.vars ?? []).filter(({ key, value }) => PACKET_FLIES.includes(key) && value !== '')
  const parts = vars.map(
    ({
      key,
      value,
      spans: {
        value: { start },
      },
    }): Part => {
      return {
        id: `packet-${key}`,
        start,
        text: value,
        tone: variableTone(key),
        lands: ({ link }) => link?.spans[0]?.start === start,
      }
    },
  )
  return partFlights(input, t, parts)
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
function morphedName(name: string, key: string, u: number): string {
  if (u < 0.3) return name
  if (u < 0.5) return name.toUpperCase()
  if (u < 0.68) return name.toUpperCase().replaceAll('-', '_')
  return key
}

/** One after the other, so that each can be read. */
export function environFlights(input: FlightInput, t: number): Flight[] {
  return flyingEntries(input.after.environ ?? []).flatMap(({ entry, from, to }): Flight[] => {
    if (t < from || t >= to) return []
    const u = travel((t - from) / (to - from))
    const target = positionIn(input, 'environ', (token) => token.id === entry.key)
    const way = target === null ? null : wayInto(input, entry, target)
    if (way === null) return []
    const at = along(way, u)
    const text = shorten(`${keyAt(input, entry, u)}: ${valueText(entry)}`)
    // Centred on its wire while it is on the way; flush with its row where it lifts off and lands.
    const { cell, line } = input.metrics
    const away = Math.min(1, 4 * u, 4 * (1 - u))
    return [
      {
        id: `environ-${entry.key}`,
        x: at.x - ((text.length * cell) / 2) * away,
        y: at.y - (line / 2) * away,
        text,
        tone: toneOf(entry, input.after),
        opacity: 1,
        shape: 'token',
        size: null,
      },
    ]
  })
}

function keyAt(input: FlightInput, entry: EnvironEntry, u: number): string {
  const span = entry.keySpans?.[0]
  const header =
    span === undefined ? undefined : [...input.after.headers].find((event) => event.spans.name.start === span.start)
  return header === undefined ? entry.key : morphedName(header.name, entry.key, u)
}

/** Parts of the request line come from card 2, headers over their own wire from card 1. */
function wayInto(input: FlightInput, entry: EnvironEntry, to: Point): Point[] | null {
  const span = valueLink(entry)?.spans[0]
  if (span === undefined) return null
  const line = input.after.requestLine?.spans
  if (input.after.uwsgi !== null || (line !== undefined && span.end <= line.version.end)) {
    const from = positionIn(
      input,
      'requestLine',
      (token) => token.link?.spans.some((s) => s.start <= span.start && span.start < s.end + 1) ?? false,
    )
    return from === null ? null : [from, ...input.points.lineToEnviron, to]
  }
  const from = positionIn(input, 'socket', (token) => token.link?.spans.some((s) => s.start === span.start) ?? false)
  return from === null ? null : [from, ...input.points.headers, to]
}
