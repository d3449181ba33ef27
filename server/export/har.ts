/** HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): an exchange as browsers' developer tools import it. */
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { ExportContext } from './exportExchange.ts'
import { contentTypeOf, readable, requestOf, responseOf, urlOf, utf8Of } from './message.ts'
import { firstOfKind, streamOf } from './streams.ts'

export function toHar(events: readonly TraceEvent[], { header, version }: ExportContext): string {
  const opened = firstOfKind(events, 'connection.opened')
  const request = requestOf(events)
  const { head, body } = responseOf(events)
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
      ...(request.body === null ? {} : { postData: postDataOf(request.body, contentTypeOf(request.headers)) }),
      headersSize: requestHead,
      bodySize: request.body?.length ?? 0,
    },
    response: {
      status: head?.status ?? 0,
      statusText: head?.reason ?? '',
      httpVersion: head?.version ?? '',
      cookies: (head?.headers ?? [])
        .filter(([name]) => name.toLowerCase() === 'set-cookie')
        .map(([, value]) => cookieOf(value.split(';', 1)[0] ?? '')),
      headers: pairs(head?.headers ?? []),
      content: contentOf(body, contentTypeOf(head?.headers ?? [])),
      redirectURL: head?.header('location') ?? '',
      headersSize: head?.raw.length ?? -1,
      bodySize: head === null ? -1 : body.length,
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

function postDataOf(body: Uint8Array, mimeType: string) {
  const text = utf8Of(body)
  if (text === null) return { mimeType, params: [], text: Buffer.from(body).toString('base64'), comment: 'base64' }
  const isForm = mimeType.startsWith('application/x-www-form-urlencoded')
  const params = isForm ? [...new URLSearchParams(text)].map(([name, value]) => ({ name, value })) : []
  return { mimeType, params, text }
}

function contentOf(body: Uint8Array, mimeType: string) {
  const text = utf8Of(body)
  const content = { size: body.length, mimeType: mimeType || 'x-unknown' }
  if (text !== null) return { ...content, text }
  return { ...content, text: Buffer.from(body).toString('base64'), encoding: 'base64' }
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
