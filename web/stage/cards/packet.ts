/** Card 2 of a request that came by the uwsgi protocol: the four bytes in front, and every variable. */
import type { StageState } from '../../../shared/trace/fold.ts'
import { type Packet, packetStart } from '../../../shared/trace/packetMessage.ts'
import { HEADER_BYTES, headerIn, type PacketHeader } from '../../../shared/uwsgi/packet.ts'
import { readable } from '../../readable.ts'
import { type ContentContext, linkTo, type Row, type Token } from '../content/content.ts'
import { copied } from '../content/copied.ts'
import { type Keyed, keyedRows } from '../content/keyedRows.ts'
import { proseRows } from '../content/prose.ts'
import { visibleBytes, visibleString } from '../text.ts'
import type { StageWords } from '../words.ts'
import { alarm, type CardDefinition, following, type Note, quiet } from './card.ts'
import { requestLineCard } from './requestLine.ts'
import { variableTone } from './variableTone.ts'

/** So many variables are shown; the rest is counted. */
const MOST_VARIABLES = 300

/** The packet's header, or what the first four bytes of what was refused mean as one, whatever they were meant as; and where it is. */
function headerOf({ uwsgi, refused, inbound, inboundStart: start, inboundEnd }: StageState): Header | null {
  if (uwsgi !== null) return { ...uwsgi, start: packetStart(uwsgi) }
  if (refused === null || inboundEnd - start < HEADER_BYTES) return null
  const bytes = inbound.slice({ start, end: start + HEADER_BYTES })
  return bytes === null ? null : { ...headerIn(bytes), start }
}

interface Header extends PacketHeader {
  readonly start: number
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase()

function headerRows({ start, modifier1, datasize, modifier2 }: Header): Row[] {
  const row = (name: keyof PacketHeader, value: number, bytes: readonly number[], from: number): Row[] => {
    const link = linkTo({ start: start + from, end: start + from + bytes.length })
    const tokens: Token[] = [
      { id: `${name}-bytes`, col: 0, text: bytes.map(hex).join(' '), tone: 'status', link },
      { id: `label-${name}`, col: 6, text: name, tone: 'label', link: null },
      { id: `${name}-value`, col: 17, text: String(value), tone: 'plain', link },
    ]
    return copied([{ id: `packet-${name}`, tokens }], `${name}: ${value}`)
  }
  return [
    ...row('modifier1', modifier1, [modifier1], 0),
    ...row('datasize', datasize, [datasize & 0xff, datasize >> 8], 1),
    ...row('modifier2', modifier2, [modifier2], 3),
  ]
}

function variableRows({ vars }: Packet, { cols, words }: ContentContext): Row[] {
  const shown = vars.slice(0, MOST_VARIABLES)
  const rows = shown.flatMap(({ key, value, spans, dropped }, n): Row[] => {
    const isEmpty = value === ''
    const keyed: Keyed = {
      id: `var${n}`,
      key,
      keyLink: linkTo(spans.key),
      text: isEmpty ? words.requestLine.empty : visibleString(value),
      tone: isEmpty || dropped !== undefined ? 'soft' : variableTone(key),
      link: isEmpty ? null : linkTo(spans.value),
    }
    const why = dropped === undefined ? [] : proseRows(`why${n}-`, words.packet.dropped[dropped], cols, 'soft')
    return [...copied(keyedRows(keyed, cols), `${key}: ${readable(value)}`), ...why]
  })
  if (vars.length > shown.length) rows.push(...proseRows('more-vars', words.more(vars.length - shown.length), cols))
  return rows
}

function packetRows(state: StageState, context: ContentContext): Row[] {
  const header = headerOf(state)
  if (header === null) return []
  const below = state.uwsgi === null ? meantRows(state, header, context) : variableRows(state.uwsgi, context)
  const [first, ...rest] = below
  return first === undefined ? headerRows(header) : [...headerRows(header), { ...first, mark: 'rule' }, ...rest]
}

/** The same four bytes as who sent them meant them, where that was HTTP. */
function meantRows({ refused, inbound }: StageState, { start }: Header, { cols, words }: ContentContext): Row[] {
  if (refused?.code !== 'uwsgi-http') return []
  const span = { start, end: start + HEADER_BYTES }
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
