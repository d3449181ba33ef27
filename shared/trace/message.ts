/** What an exchange's request and response were, read from its events. */
import { concat } from '../bytes/concat.ts'
import { ResponseHead } from '../http1/responseHead.ts'
import { ResponseError, ResponseReader } from '../http1/responseReader.ts'
import type { TraceEvent } from './events.ts'
import { packetMessage } from './packetMessage.ts'
import { eventsOfKind, firstOfKind, hasKind } from './query.ts'
import { requestExtent } from './requestExtent.ts'
import { requestFields } from './requestFields.ts'
import { sliceOf, streamOf } from './streams.ts'

/** Of a request that came as a packet of uwsgi, what its client wrote in HTTP, as far as the packet says. */
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

/** Of the request, without trailers. */
export function headersOf(events: readonly TraceEvent[]): [name: string, value: string][] {
  const packet = firstOfKind(events, 'uwsgi.packet')
  if (packet !== null && !hasKind(events, 'request.line')) return packetMessage(packet).headers
  return requestFields(events).map(({ name, value }) => [name, value])
}

export function requestOf(events: readonly TraceEvent[]): RequestMessage {
  const line = firstOfKind(events, 'request.line')
  const told = firstOfKind(events, 'request.body')
  const received = streamOf(events, 'socket.received')
  const packet = line === null ? firstOfKind(events, 'uwsgi.packet') : null
  const said = packet === null ? line : packetMessage(packet)
  const headers = headersOf(events)
  const { headEnd, body, end } = requestExtent(events)
  const announced = headers.filter(([name]) => /^(transfer-encoding|content-length)$/i.test(name))
  const isTorn = told === null && end === Infinity && announced.length > 0
  return {
    method: said?.method ?? '',
    target: said?.target ?? '',
    version: said?.version ?? '',
    headers,
    trailers: eventsOfKind(events, 'request.header').filter(({ dropped }) => dropped === 'trailer').length,
    body:
      told === null && body.length === 0 ? null : concat(body.map((span) => sliceOf(received, span.start, span.end))),
    bodyLength: told?.length ?? body.reduce((sum, span) => sum + span.end - span.start, 0),
    chunked: announced.some(([name]) => name.toLowerCase() === 'transfer-encoding'),
    torn: said === null ? null : headEnd === null ? 'head' : isTorn ? 'body' : null,
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
  return { head, body: concat(body) }
}
