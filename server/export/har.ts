/** HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): an exchange as browsers' developer tools import it. */
import { isIP } from 'node:net'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { type RequestMessage, type ResponseMessage, requestOf, responseOf } from '../../shared/trace/message.ts'
import { firstOfKind, hasKind, isTorn } from '../../shared/trace/query.ts'
import { requestExtent } from '../../shared/trace/requestExtent.ts'
import { type ExchangeTimes, exchangeTimes } from '../../shared/trace/times.ts'
import { type Content, contentTypeOf } from './content.ts'
import type { ExportContext } from './context.ts'
import { cookiesSent, cookiesSet } from './cookies.ts'
import { beginningOnly, readable } from './readable.ts'
import { maskedNames } from './redact.ts'
import { urlOf } from './url.ts'

const HEAD_GIVEN = 'the head was not kept: these are the status and the headers that start_response was given'
const TORN = 'torn: the connection ended before the response did'

export function toHar(events: readonly TraceEvent[], { header, version, bodies, masked }: ExportContext): string {
  const opened = firstOfKind(events, 'connection.opened')
  const answered = firstOfKind(events, 'response.answered')
  const request = requestOf(events)
  const times = exchangeTimes(events)
  const at = (microseconds: number): number => header.startedAt + microseconds / 1000
  const timings = timingsOf(times)
  const names = maskedNames(masked)
  const entry = {
    startedDateTime: new Date(at(times.began)).toISOString(),
    time: timings.send + timings.wait + timings.receive,
    request: requestEntry(request, urlOf(request, opened?.local ?? header.gateway), bodies.request, headSizeOf(events)),
    response: responseEntry(responseOf(events), bodies.response, {
      at: at(times.ended ?? times.began),
      torn: isTorn(events),
    }),
    cache: {},
    timings,
    // A Unix domain socket has no address.
    ...(opened === null || isIP(opened.local.host) === 0
      ? {}
      : { serverIPAddress: opened.local.host, connection: String(opened.peer.port) }),
    ...commentOf([
      answered === null ? undefined : `answered by the ${answered.by}`,
      names.length === 0 ? undefined : `masked, unless asked for with ?secrets=1: ${names.map(readable).join(', ')}`,
    ]),
  }
  const har = { log: { version: '1.2', creator: { name: 'wsgiscope', version }, entries: [entry] } }
  return `${JSON.stringify(har, null, 2)}\n`
}

function requestEntry(request: RequestMessage, url: string, content: Content, headersSize: number) {
  const { method, target, version, headers, body, bodyLength, torn } = request
  const inUrl = target === '' || /^(\/|https?:\/\/)/i.test(target)
  return {
    method,
    url,
    httpVersion: version,
    cookies: cookiesSent(headers),
    headers: pairs(headers),
    queryString: queryOf(url),
    ...(body === null ? {} : { postData: postDataOf(request, body, content) }),
    headersSize,
    bodySize: bodyLength,
    ...commentOf([
      torn === null ? undefined : `torn: the ${torn} did not come to its end`,
      inUrl ? undefined : `the request target was ${readable(target)}`,
    ]),
  }
}

function responseEntry(response: ResponseMessage, content: Content, { at, torn }: { at: number; torn: boolean }) {
  const { head, headLength, headGiven, bodyLength } = response
  const headers = head?.headers ?? []
  return {
    status: head?.status ?? 0,
    statusText: head === null ? '' : readable(head.reason),
    httpVersion: head?.version ?? '',
    cookies: cookiesSet(headers, at),
    headers: pairs(headers),
    content: contentEntry(response, content),
    redirectURL: readable(head?.header('location') ?? ''),
    headersSize: headLength,
    bodySize: head === null ? -1 : bodyLength,
    ...commentOf([headGiven ? HEAD_GIVEN : undefined, torn ? TORN : undefined]),
  }
}

/** "content": `size` is that of the decoded body, `compression` how many bytes the coding saved. */
function contentEntry({ head, body, bodyLength }: ResponseMessage, content: Content) {
  const kept = beginningOnly(body.length, bodyLength)
  // Of what was not kept nobody knows how long it is decoded.
  const size = content.undone.length === 0 ? bodyLength : content.bytes.length
  return {
    size,
    ...(content.undone.length === 0 || kept !== undefined ? {} : { compression: size - bodyLength }),
    mimeType: readable(contentTypeOf(head?.headers ?? [])) || 'x-unknown',
    ...textOf(content),
    ...commentOf([kept, ...content.remarks]),
  }
}

/** "postData" has no place for the encoding of `text`, nor for what is missing of a body, but comments. */
function postDataOf({ headers, bodyLength }: RequestMessage, body: Uint8Array, content: Content) {
  const { text, encoding } = textOf(content)
  const params = content.isForm && encoding === undefined ? paramsOf(text) : []
  const undone = content.undone.length === 0 ? undefined : `sent as ${[...content.undone].reverse().join(', ')}`
  return {
    mimeType: readable(contentTypeOf(headers)),
    params,
    text,
    ...commentOf([encoding, undone, beginningOnly(body.length, bodyLength), ...content.remarks]),
  }
}

const textOf = ({ text, bytes }: Content): { text: string; encoding?: 'base64' } =>
  text === null ? { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' } : { text }

const pairs = (headers: readonly [string, string][]) =>
  headers.map(([name, value]) => ({ name: readable(name), value: readable(value) }))

const paramsOf = (form: string) => [...new URLSearchParams(form)].map(([name, value]) => ({ name, value }))

const queryOf = (url: string) => paramsOf(url.split('?').slice(1).join('?'))

function commentOf(remarks: readonly (string | undefined)[]): { comment?: string } {
  const said = remarks.filter((remark) => remark !== undefined)
  return said.length === 0 ? {} : { comment: said.join('; ') }
}

/** In milliseconds; their sum is the time that the exchange took. An interim response (100) is no answer: waiting goes on. */
function timingsOf({ began, requestRead, answerBegan, ended }: ExchangeTimes) {
  const end = ended ?? answerBegan ?? requestRead
  const answer = answerBegan ?? end
  return { send: (requestRead - began) / 1000, wait: (answer - requestRead) / 1000, receive: (end - answer) / 1000 }
}

/** From the request line to the empty line, or -1 where there is no such thing. */
function headSizeOf(events: readonly TraceEvent[]): number {
  const { start, headEnd } = requestExtent(events)
  // A packet of uwsgi is no head.
  return headEnd === null || hasKind(events, 'uwsgi.packet') ? -1 : headEnd - start
}
