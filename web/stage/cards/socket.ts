/** Card 1: the bytes of the request as they came, painted by what the parser found in them. */
import type { Span } from '../../../shared/bytes/span.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { packetEnd, variableOf } from '../../../shared/trace/packetMessage.ts'
import { HEADER_BYTES, headerIn } from '../../../shared/uwsgi/packet.ts'
import { byteRows, type Paint } from '../content/byteRows.ts'
import { type ContentContext, linkTo, type Row, type Tone } from '../content/content.ts'
import { proseRows } from '../content/prose.ts'
import { boundariesBefore } from '../content/segments.ts'
import type { StageWords } from '../words.ts'
import { alarm, type CardDefinition, type CardView, following, type Note, quiet } from './card.ts'
import { variableTone } from './variableTone.ts'

/** More of a body than this is counted, not drawn; its bytes are in the exchange's file. */
const BODY_SHOWN = 1024
const HEAD_SHOWN = 8192

/** What every parsed byte is. Header names and values are one thing each: hovering one should not light the other. */
export function requestPaints(state: StageState): Paint[] {
  const paints: Paint[] = []
  const paint = (span: Span | null, tone: Tone): void => {
    if (span !== null && span.end > span.start) paints.push({ span, tone, link: linkTo(span) })
  }
  const line = state.requestLine
  if (line !== null) {
    const { method, authority, path, query, version, target } = line.spans
    paint(method, 'method')
    paint(authority, 'header')
    paint(path ?? (authority === null ? target : null), 'path')
    paint(query, 'query')
    paint(version, 'version')
  }
  for (const header of state.headers) {
    paint(header.spans.name, 'header')
    paint(header.spans.value, 'header')
  }
  for (const { key, spans } of state.uwsgi?.vars ?? []) {
    paint(spans.key, 'plain')
    paint(spans.value, variableTone(key))
  }
  for (const span of state.body?.spans ?? []) paint(span, 'body')
  return paints
}

/** One past the blank line that ends the head, or null while it has not come. */
export function headEnd(bytes: Uint8Array): number | null {
  for (let i = 3; i < bytes.length; i++) {
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10 && bytes[i - 3] === 13) return i + 1
  }
  return null
}

/** One past what the protocol reads before a body; null while it has not come. */
function readFirst({ opened, uwsgi, inboundStart }: StageState, bytes: Uint8Array): number | null {
  if (opened?.protocol !== 'uwsgi') return headEnd(bytes)
  if (uwsgi !== null) return packetEnd(uwsgi) - inboundStart
  if (bytes.length < HEADER_BYTES) return null
  const end = HEADER_BYTES + headerIn(bytes).datasize
  return bytes.length >= end ? end : null
}

/** Bytes of body that are announced. */
function announced({ uwsgi, headers }: StageState): number {
  if (uwsgi !== null) return Number(variableOf(uwsgi, 'CONTENT_LENGTH') || '0')
  return Number([...headers].find((event) => event.name.toLowerCase() === 'content-length')?.value ?? '0')
}

/** What has not come yet, as far as the bytes and headers so far tell; null where nothing is missing. */
export function whatIsAwaited(state: StageState, bytes: Uint8Array): 'head' | 'body' | null {
  if (state.refused !== null || state.bytesOnly !== null || state.environ !== null || state.received.length === 0)
    return null
  const split = readFirst(state, bytes)
  if (split === null) return 'head'
  const isCoded = [...state.headers].some((event) => event.name.toLowerCase() === 'transfer-encoding')
  const total = state.inboundEnd - state.inboundStart
  if (isCoded) return state.body === null && !endsChunked(bytes) ? 'body' : null
  return state.body === null && total - split < announced(state) ? 'body' : null
}

/** Whether the last chunk has come (RFC 9112 section 7.1), trailers apart. */
function endsChunked(bytes: Uint8Array): boolean {
  const end = [0x30, 13, 10, 13, 10]
  return end.every((byte, index) => bytes[bytes.length - end.length + index] === byte)
}

export function socketRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const { inboundStart: start, inboundEnd: end } = state
  const prose = (id: string, text: string): Row[] => proseRows(id, text, cols)
  if (state.received.length === 0) return state.opened === null ? [] : prose('idle', words.socket.connected)
  const bytes = state.inbound.slice({ start, end: Math.min(end, start + HEAD_SHOWN + BODY_SHOWN) })
  if (bytes === null) return prose('gone', words.socket.notHere(end - start))
  const split = readFirst(state, bytes) ?? bytes.length
  const shared = {
    cols,
    paints: requestPaints(state),
    fault: state.refused?.span ?? (state.bytesOnly?.from === 'client' ? state.bytesOnly.span : null),
    boundaries: boundariesBefore(state, start + HEAD_SHOWN + BODY_SHOWN),
  }
  const rows = byteRows(bytes.subarray(0, Math.min(split, HEAD_SHOWN)), { ...shared, start, idPrefix: 'h' })
  if (split > HEAD_SHOWN) rows.push(...prose('more-head', words.socket.more(split - HEAD_SHOWN)))
  const body = bytes.subarray(split, split + BODY_SHOWN)
  const bodyTotal = end - start - split
  if (bodyTotal > 0) {
    rows.push(...trayLabel(state, bodyTotal, { cols, words }))
    rows.push(...byteRows(body, { ...shared, start: start + split, idPrefix: 'b' }))
    if (bodyTotal > body.length) rows.push(...prose('more-body', words.socket.more(bodyTotal - body.length)))
  }
  const awaited = whatIsAwaited(state, bytes)
  if (awaited === 'head') rows.push(...caret(words.socket.waitingForHead, cols))
  else if (awaited === 'body') rows.push(...caret(words.socket.waitingForBody, cols))
  if (state.bytesBehind > 0) rows.push(...prose('behind', words.socket.behind(state.bytesBehind)))
  return rows
}

function trayLabel(state: StageState, bodyTotal: number, { cols, words }: ContentContext): Row[] {
  const length = state.body?.length ?? bodyTotal
  const text = words.socket.tray(length, readingUnknown(state) ? null : Math.min(state.bodyRead, length))
  return proseRows('tray', text, cols, 'label', true)
}

/**
 * While nobody watches, hosts report neither what the application reads nor who called start_response; so a call that has
 * come without its stack says that the body may have been read as well.
 */
function readingUnknown({ bodyRead, startResponse, raised }: StageState): boolean {
  if (bodyRead > 0) return false
  return startResponse === null ? raised !== null : startResponse.stack.length === 0
}

function caret(text: string, cols: number): Row[] {
  return proseRows('caret', `▏${text}`, cols, 'error')
}

/** The bytes at fault; what is unread, of a server that reads too little; the body while it is read; else how far it came. */
function firstRow({ rows, state, beat, visible }: CardView): number {
  const at = (row: number): number => following(row, visible)
  const fault = rows.findIndex((row) => row.tokens.some((token) => token.fault === true))
  if (fault >= 0) return at(fault)
  const unread = rows.findIndex((row) => row.id === 'unread0')
  if (unread >= 0 && state.requestLine === null) return at(unread + 2)
  if (state.flight?.event.kind === 'input.read' || beat?.kind === 'reads') {
    return at(rows.findIndex((row) => row.id === 'tray0') + 2)
  }
  // What is still coming is followed; what has come is read from its first line.
  return at(rows.some(({ id }) => id.startsWith('caret')) ? rows.length - 1 : 0)
}

function notes(state: StageState, words: StageWords): Note[] {
  if (state.refused !== null) {
    const { status } = state.refused
    return [alarm(words.refused(status)), alarm(String(status))]
  }
  if (state.bytesOnly !== null) return [alarm(words.bytesOnly)]
  if (state.received.length === 0) return []
  const size = state.inboundEnd - state.inboundStart
  return [quiet(words.socket.summary(state.received.length, size)), quiet(words.response.summary(size))]
}

export const socketCard: CardDefinition = {
  id: 'socket',
  number: '1',
  title: (words) => words.titles.socket,
  shortTitle: (words) => words.shortTitles.socket,
  isReached: ({ opened, received, flight }) =>
    opened !== null ||
    received.length > 0 ||
    flight?.event.kind === 'connection.opened' ||
    flight?.event.kind === 'socket.received',
  rows: socketRows,
  firstRow,
  notes,
  idle: (_, words) => words.socket.connected,
}
