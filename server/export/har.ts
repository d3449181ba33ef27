/** HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): an exchange as browsers' developer tools import it. */
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { ExportContext } from './exportExchange.ts'
import {
  beginningOnly,
  contentTypeOf,
  type RequestMessage,
  type ResponseMessage,
  readable,
  requestOf,
  responseOf,
  urlOf,
  utf8Of,
} from './message.ts'
import { firstOfKind, streamOf } from './streams.ts'

const HEAD_GIVEN = 'the head was not kept: these are the status and the headers that start_response was given'

export function toHar(events: readonly TraceEvent[], { header, version }: ExportContext): string {
  const opened = firstOfKind(events, 'connection.opened')
  const request = requestOf(events)
  const response = responseOf(events)
  const { head } = response
  const url = urlOf(request, opened?.local ?? header.gateway)
  const times = timesOf(events)
  const requestHead = requestHeadSize(events)
  const answered = firstOfKind(events, 'response.answered')
  const entry = {
    startedDateTime: new Date(header.startedAt + times.started / 1000).toISOString(),
    time: times.send + times.wait + times.receive,
    request: {
      method: request.method,
      url,
      httpVersion: request.version,
      cookies: request.headers
        .filter(([name]) => name.toLowerCase() === 'cookie')
        .flatMap(([, value]) => value.split(/; */).map((pair) => cookieOf(pair))),
      headers: pairs(request.headers),
      queryString: queryOf(url),
      ...(request.body === null ? {} : { postData: postDataOf(request, request.body) }),
      headersSize: requestHead,
      bodySize: request.bodyLength,
    },
    response: {
      status: head?.status ?? 0,
      statusText: head?.reason ?? '',
      httpVersion: head?.version ?? '',
      cookies: (head?.headers ?? [])
        .filter(([name]) => name.toLowerCase() === 'set-cookie')
        .map(([, value]) => cookieOf(value.split(';', 1)[0] ?? '')),
      headers: pairs(head?.headers ?? []),
      content: contentOf(response),
      redirectURL: head?.header('location') ?? '',
      headersSize: response.headLength,
      bodySize: head === null ? -1 : response.bodyLength,
      ...(response.headGiven ? { comment: HEAD_GIVEN } : {}),
    },
    cache: {},
    timings: { send: times.send, wait: times.wait, receive: times.receive },
    ...(opened === null ? {} : { serverIPAddress: opened.local.host, connection: String(opened.peer.port) }),
    ...(answered === null ? {} : { comment: `answered by the ${answered.by}` }),
  }
  const har = { log: { version: '1.2', creator: { name: 'wsgiscope', version }, entries: [entry] } }
  return `${JSON.stringify(har, null, 2)}\n`
}

const pairs = (headers: readonly [string, string][]) =>
  headers.map(([name, value]) => ({ name: readable(name), value: readable(value) }))

function cookieOf(pair: string): { name: string; value: string } {
  const [name = '', ...value] = pair.split('=')
  return { name: name.trim(), value: value.join('=').trim() }
}

function queryOf(url: string): { name: string; value: string }[] {
  const query = url.split('?').slice(1).join('?')
  return [...new URLSearchParams(query)].map(([name, value]) => ({ name, value }))
}

/** HAR has no place for the encoding of what was sent, nor for what is missing of a body, but comments. */
function postDataOf({ headers, bodyLength }: RequestMessage, body: Uint8Array) {
  const mimeType = contentTypeOf(headers)
  const { text, encoding } = textOf(body)
  const isForm = encoding === undefined && mimeType.startsWith('application/x-www-form-urlencoded')
  const params = isForm ? [...new URLSearchParams(text)].map(([name, value]) => ({ name, value })) : []
  return { mimeType, params, text, ...commentOf([encoding, beginningOnly(body.length, bodyLength)]) }
}

function contentOf({ head, body, bodyLength }: ResponseMessage) {
  const mimeType = contentTypeOf(head?.headers ?? []) || 'x-unknown'
  return { size: bodyLength, mimeType, ...textOf(body), ...commentOf([beginningOnly(body.length, bodyLength)]) }
}

/** Text where the bytes are UTF-8, base64 otherwise. */
function textOf(body: Uint8Array): { text: string; encoding?: 'base64' } {
  const text = utf8Of(body)
  return text === null ? { text: Buffer.from(body).toString('base64'), encoding: 'base64' } : { text }
}

function commentOf(remarks: readonly (string | undefined)[]): { comment?: string } {
  const said = remarks.filter((remark) => remark !== undefined)
  return said.length === 0 ? {} : { comment: said.join('; ') }
}

/** Milliseconds, but `started`, which is in microseconds since the run began. */
function timesOf(events: readonly TraceEvent[]) {
  const received = streamOf(events, 'socket.received').pieces
  const sent = streamOf(events, 'socket.sent').pieces
  const started = received[0]?.at ?? events[0]?.at ?? 0
  // Bytes of the request may still arrive after an early answer: sending ends where waiting begins.
  const firstSent = sent[0]?.at ?? received.at(-1)?.at ?? started
  const requestIn = received.filter(({ at }) => at <= firstSent).at(-1)?.at ?? started
  const lastSent = sent.at(-1)?.at ?? firstSent
  return {
    started,
    send: (requestIn - started) / 1000,
    wait: (firstSent - requestIn) / 1000,
    receive: (lastSent - firstSent) / 1000,
  }
}

/** From the request line to the empty line, or -1 where there is no such thing. */
function requestHeadSize(events: readonly TraceEvent[]): number {
  const line = firstOfKind(events, 'request.line')
  if (line === null) return -1
  const ends = events.flatMap((event) =>
    event.kind === 'request.header' && event.dropped !== 'trailer' ? [event.spans.value.end] : [],
  )
  return Math.max(line.spans.version.end, ...ends) + 4 - line.spans.method.start
}
