/** Card 2 of a request that came by the uwsgi protocol: the four bytes in front, and every variable. */
import type { Span } from '../../../shared/bytes/span.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { type Packet, packetStart } from '../../../shared/trace/packetMessage.ts'
import { readable } from '../../readable.ts'
import { type ContentContext, linkTo, type Row, type Token, type Tone } from '../content/content.ts'
import { copied } from '../content/copied.ts'
import { proseRows } from '../content/prose.ts'
import { cellWidth, cut, visibleBytes, visibleString, wrapValue } from '../text.ts'
import type { StageWords } from '../words.ts'
import { alarm, type CardDefinition, following, type Note, quiet } from './card.ts'
import { requestLineCard } from './requestLine.ts'
import { variableTone } from './variableTone.ts'

/** So many variables are shown; the rest is counted. */
const MOST_VARIABLES = 300

/** A part of the header: its bytes, what it is called, and what they mean. */
interface HeaderPart {
  readonly name: 'modifier1' | 'datasize' | 'modifier2'
  readonly bytes: readonly number[]
  readonly value: number
  readonly span: Span
}

interface Header {
  readonly start: number
  readonly modifier1: number
  readonly datasize: number
  readonly modifier2: number
}

/** Of a packet; or of the first four bytes of what was refused, which mean that here, whatever they were meant as. */
function headerOf({ uwsgi, refused, inbound, inboundStart: start, inboundEnd }: StageState): Header | null {
  if (uwsgi !== null) return { ...uwsgi, start: packetStart(uwsgi) }
  if (refused === null || inboundEnd - start < HEADER) return null
  const bytes = inbound.slice({ start, end: start + HEADER })
  if (bytes === null) return null
  const [modifier1 = 0, low = 0, high = 0, modifier2 = 0] = bytes
  return { start, modifier1, datasize: low + 256 * high, modifier2 }
}

/** Bytes of it. */
const HEADER = 4

function headerParts({ start, modifier1, datasize, modifier2 }: Header): HeaderPart[] {
  const part = (name: HeaderPart['name'], value: number, bytes: readonly number[], from: number): HeaderPart => ({
    name,
    value,
    bytes,
    span: { start: start + from, end: start + from + bytes.length },
  })
  return [
    part('modifier1', modifier1, [modifier1], 0),
    part('datasize', datasize, [datasize & 0xff, datasize >> 8], 1),
    part('modifier2', modifier2, [modifier2], 3),
  ]
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase()

function headerRows(header: Header): Row[] {
  return headerParts(header).flatMap(({ name, bytes, value, span }) => {
    const link = linkTo(span)
    const token = (id: string, col: number, text: string, tone: Tone): Token => ({ id, col, text, tone, link })
    const tokens = [
      token(`${name}-bytes`, 0, bytes.map(hex).join(' '), 'status'),
      { ...token(`label-${name}`, 6, name, 'label'), link: null },
      token(`${name}-value`, 17, String(value), 'plain'),
    ]
    return copied([{ id: `packet-${name}`, tokens }], `${name}: ${value}`)
  })
}

/** The name, then its value on the same row where both fit, else below it. */
function variableRows({ vars }: Packet, { cols, words }: ContentContext): Row[] {
  const shown = vars.slice(0, MOST_VARIABLES)
  const rows = shown.flatMap(({ key, value, spans, dropped }, n): Row[] => {
    const tone: Tone = dropped === undefined ? variableTone(key) : 'soft'
    const text = value === '' ? words.requestLine.empty : visibleString(value)
    const name: Token = { id: `var${n}`, col: 0, text: key, tone: 'plain', link: linkTo(spans.key) }
    const link = value === '' ? null : linkTo(spans.value)
    const token = (index: number, col: number, piece: string): Token => ({
      id: `var${n}=${index}`,
      col,
      text: piece,
      tone: value === '' ? 'soft' : tone,
      link,
    })
    const col = Math.max(VALUE_COL, key.length + 1)
    const own: Row[] =
      col + cellWidth(text) <= cols
        ? [{ id: name.id, tokens: [name, token(0, col, text)] }]
        : [
            ...cut(key, cols).map((piece, index): Row => {
              const id = index === 0 ? name.id : `${name.id}~${index}`
              return { id, tokens: [{ ...name, id, text: piece }] }
            }),
            ...wrapValue(text, cols - 2, 0).map(
              (piece, index): Row => ({ id: `var${n}=${index}`, tokens: [token(index, 2, piece.text)] }),
            ),
          ]
    const why = dropped === undefined ? [] : proseRows(`why${n}-`, words.packet.dropped[dropped], cols, 'soft')
    return [...copied(own, `${key}: ${readable(value)}`), ...why]
  })
  if (vars.length > shown.length) rows.push(...proseRows('more-vars', words.more(vars.length - shown.length), cols))
  return rows
}

/** One more than the longest of the names that every server in front sends. */
const VALUE_COL = 16

export function packetRows(state: StageState, context: ContentContext): Row[] {
  const header = headerOf(state)
  if (header === null) return []
  const below = state.uwsgi === null ? meantRows(state, header, context) : variableRows(state.uwsgi, context)
  const [first, ...rest] = below
  return first === undefined ? headerRows(header) : [...headerRows(header), { ...first, mark: 'rule' }, ...rest]
}

/** The same four bytes as who sent them meant them, where that was HTTP. */
function meantRows({ refused, inbound }: StageState, { start }: Header, { cols, words }: ContentContext): Row[] {
  if (refused?.code !== 'uwsgi-http') return []
  const span = { start, end: start + HEADER }
  const text = visibleBytes(inbound.slice(span) ?? new Uint8Array())
  return [
    ...proseRows('meant-label', words.packet.meant, cols, 'label'),
    { id: 'meant', tokens: [{ id: 'meant', col: 0, text, tone: 'method', link: linkTo(span) }] },
  ]
}

function notes({ uwsgi, refused }: StageState, { packet }: StageWords): Note[] {
  if (uwsgi === null) return []
  const summary = quiet(packet.summary(uwsgi.vars.length, uwsgi.datasize))
  const dropped = uwsgi.vars.filter((variable) => variable.dropped === 'code' || variable.dropped === 'server-key')
  if (dropped.length > 0 && refused === null) return [alarm(packet.ignored(dropped.length)), summary]
  return [summary, quiet(packet.summaryShort(uwsgi.datasize))]
}

export const packetCard: CardDefinition = {
  ...requestLineCard,
  isReached: (state) => state.uwsgi !== null || state.flight?.event.kind === 'uwsgi.packet' || headerOf(state) !== null,
  rows: packetRows,
  landing: new Set(['uwsgi.packet']),
  firstRow: ({ visible }) => following(0, visible),
  notes,
}
