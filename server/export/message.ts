/** What an exchange's request and response were, read from its events: what the exports have in common. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { ResponseHead } from '../../shared/http1/responseHead.ts'
import { ResponseError, ResponseReader } from '../../shared/http1/responseReader.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { requestExtent } from './requestExtent.ts'
import { requestFields } from './requestFields.ts'
import { eventsOfKind, firstOfKind, sliceOf, streamOf } from './streams.ts'

export interface RequestMessage {
  /** Empty where not even the first line could be read. */
  method: string
  target: string
  version: string
  headers: [name: string, value: string][]
  /** How many fields came behind a chunked body. */
  trailers: number
  /** Without framing; null for no body. Of a large one the beginning, as far as it was kept. */
  body: Uint8Array | null
  /** Bytes of the whole body that came, also of what was not kept. */
  bodyLength: number
  chunked: boolean
  /** Which part did not come to its end: the connection ended first, or the server did not want to read it. */
  torn: 'head' | 'body' | null
}

export interface ResponseMessage {
  /** Null where none went out. */
  head: ResponseHead | null
  /** Bytes of the head; -1 where there is none. */
  headLength: number
  /** The head went out with a body too large to be kept: `head` is what start_response was given. */
  headGiven: boolean
  /** Without framing. Of a large one the beginning, as far as it was kept. */
  body: Uint8Array
  /** Bytes of the whole body, also of what was not kept. */
  bodyLength: number
}

export function requestOf(events: readonly TraceEvent[]): RequestMessage {
  const line = firstOfKind(events, 'request.line')
  const told = firstOfKind(events, 'request.body')
  const received = streamOf(events, 'socket.received')
  const headers = requestFields(events).map(({ name, value }): [string, string] => [name, value])
  const { headEnd, body, end } = requestExtent(events)
  const announced = headers.filter(([name]) => /^(transfer-encoding|content-length)$/i.test(name))
  const isTorn = told === null && end === Infinity && announced.length > 0
  return {
    method: line?.method ?? '',
    target: line?.target ?? '',
    version: line?.version ?? '',
    headers,
    trailers: eventsOfKind(events, 'request.header').filter(({ dropped }) => dropped === 'trailer').length,
    body:
      told === null && body.length === 0
        ? null
        : Buffer.concat(body.map((span) => sliceOf(received, span.start, span.end))),
    bodyLength: told?.length ?? body.reduce((sum, span) => sum + span.end - span.start, 0),
    chunked: announced.some(([name]) => name.toLowerCase() === 'transfer-encoding'),
    torn: line === null ? null : headEnd === null ? 'head' : isTorn ? 'body' : null,
  }
}

export function responseOf(events: readonly TraceEvent[]): ResponseMessage {
  const sent = sentOf(events)
  const segments = eventsOfKind(events, 'response.serialized').flatMap((event) => event.segments)
  const lengthOf = (some: typeof segments) => some.reduce((sum, { start, end }) => sum + end - start, 0)
  const firstChunk = segments.findIndex(({ from }) => from.startsWith('chunk:'))
  const head = sent.head ?? headGiven(events)
  return {
    head,
    headLength: sent.head?.raw.length ?? (head === null ? -1 : lengthOf(segments.slice(0, firstChunk))),
    headGiven: sent.head === null && head !== null,
    body: sent.body,
    bodyLength: Math.max(sent.body.length, lengthOf(segments.filter(({ from }) => from.startsWith('chunk:')))),
  }
}

/** What start_response was given, where bytes went out that were not kept. */
function headGiven(events: readonly TraceEvent[]): ResponseHead | null {
  const given = eventsOfKind(events, 'app.startResponse').at(-1)
  if (given === undefined || eventsOfKind(events, 'socket.sent')[0]?.bytes !== null) return null
  return ResponseHead.parse(
    [`HTTP/1.1 ${given.status}`, ...given.headers.map(([name, value]) => `${name}: ${value}`)].join('\r\n'),
  )
}

/** As a client reads it off what was kept of the bytes. */
function sentOf(events: readonly TraceEvent[]): Pick<ResponseMessage, 'head' | 'body'> {
  const { method } = requestOf(events)
  const reader = new ResponseReader(() => method)
  let head: ResponseHead | null = null
  const body: Uint8Array[] = []
  try {
    for (const { bytes } of eventsOfKind(events, 'socket.sent')) {
      // Behind bytes that were not kept, nobody knows where one is.
      if (bytes === null) break
      for (const piece of reader.push(bytes)) {
        if (piece.kind === 'head' && !piece.interim) head = piece.head
        if (piece.kind === 'body') body.push(piece.data)
      }
    }
  } catch (error) {
    // An application can send what is no response (the sixty-line server passes on anything): then there is none.
    if (!(error instanceof ResponseError)) throw error
  }
  return { head, body: Buffer.concat(body) }
}

/** What is said of a body of which only the beginning was kept; nothing of one that is complete. */
export const beginningOnly = (kept: number, length: number): string | undefined =>
  kept < length ? `the first ${kept} of ${length} bytes: the rest was not kept` : undefined

/** As it stands in a URL. A wildcard is where nobody can connect to: loopback is among what it stands for. */
export function addressOf({ host, port }: { host: string; port: number }): string {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, '')
  if (plain === '' || plain === '0.0.0.0') return `127.0.0.1:${port}`
  if (plain === '::') return `[::1]:${port}`
  // RFC 6874: the zone of a link-local address.
  return plain.includes(':') ? `[${plain.replace('%', '%25')}]:${port}` : `${plain}:${port}`
}

/** Path and query of a target; of one that has none (`*`, an authority, an absolute form), the root. */
export const pathOf = (target: string): string => (target.startsWith('/') ? target : '/')

/** Of all fields of that name, joined; `name` in lower case. Empty where there is none. */
export const headerOf = (headers: readonly [string, string][], name: string): string =>
  headers
    .filter(([given]) => given.toLowerCase() === name)
    .map(([, value]) => value)
    .join(', ')

export const contentTypeOf = (headers: readonly [string, string][]): string => headerOf(headers, 'content-type')

/** Text where the bytes are UTF-8, null otherwise. */
export function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // The decoder's only complaint: these bytes are not UTF-8.
    return null
  }
}

/** A native string as people read it: UTF-8 where it is that, latin-1 otherwise. */
export function readable(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return utf8Of(bytes) ?? latin1Decode(bytes)
}
