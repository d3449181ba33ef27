import { describe, expect, test } from 'vitest'
import { APPLICATION_REFUSALS } from '../refusals/application.ts'
import { HTTP_REFUSALS } from '../refusals/http.ts'
import { REFUSALS, type RefusalCode } from '../refusals/refusals.ts'
import { called, died, echo, raised } from '../testing/apps.ts'
import { Conversation, type TestApp } from '../testing/conversation.ts'
import { type ClientStep, replaySplit } from '../testing/replaySplit.ts'
import { readResponses } from '../testing/responses.ts'
import { DEFAULT_LIMITS } from './types.ts'

const post = (headers: string, body = '') => `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`
const get = (headers: string) => `GET / HTTP/1.1\r\n${headers}\r\n`
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body)
const EOF: ClientStep = { eof: true }

/** What is sent, and the text that `gateway.refused` points at (null: at nothing). */
interface Refused {
  code: RefusalCode
  send: string
  blames: string | null
  next?: ClientStep
  /** What stands in the message where the table has `%s`; the limit, where there is one. */
  detail?: string
}

const LIMITS: Partial<Record<RefusalCode, number>> = {
  'request-line-too-long': DEFAULT_LIMITS.requestLine,
  'header-too-long': DEFAULT_LIMITS.headerField,
  'headers-too-many': DEFAULT_LIMITS.headerFields,
  'headers-too-large': DEFAULT_LIMITS.headerBytes,
  'body-too-large': DEFAULT_LIMITS.body,
  'chunk-line-too-long': DEFAULT_LIMITS.chunkLine,
}

const messageOf = ({ code, detail }: Refused): string =>
  REFUSALS[code].message.replace('%s', detail ?? String(LIMITS[code] ?? ''))

const table: Refused[] = [
  { code: 'tls-hello', send: '\x16\x03\x01\x02\x00', blames: '\x16' },
  { code: 'tls-hello', send: '\r\n\x16\x03', blames: '\x16' },
  { code: 'uwsgi-packet', send: '\0\x1a\0\0\x0e\0REQUEST_METHOD\x03\0GET', blames: '\0' },
  { code: 'uwsgi-packet', send: '\0', blames: '\0' },
  { code: 'proxy-header', send: '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c', blames: '\0' },
  {
    code: 'proxy-line',
    send: 'PROXY TCP4 192.0.2.1 192.0.2.2 5000 80\r\nGET / HTTP/1.1\r\n',
    blames: 'PROXY TCP4 192.0.2.1 192.0.2.2 5000 80',
  },
  { code: 'proxy-line', send: 'PROXY UNKNOWN\r\n', blames: 'PROXY UNKNOWN' },
  { code: 'http2-preface', send: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', blames: 'PRI * HTTP/2.0' },
  { code: 'not-http-byte', send: '\x10\x0c\0\x04MQTT', blames: '\x10', detail: '10, as in MQTT' },
  { code: 'not-http-byte', send: '\x80\x2e\x01\0\x02', blames: '\x80', detail: '80, as in SSL 2' },
  { code: 'not-http-byte', send: '\x05', blames: '\x05', detail: '05, as in SOCKS 5' },
  { code: 'not-http-byte', send: '\x7f', blames: '\x7f', detail: '7f' },
  {
    code: 'not-http-byte',
    send: '\xef\xbb\xbfGET / HTTP/1.1\r\n',
    blames: '\xef',
    detail: 'ef, as in a byte order mark, which nothing may stand behind here',
  },
  { code: 'not-http', send: 'host.swap 1.46 1616612066\nhost.swap 1.46', blames: 'host.swap 1.46 1616612066' },
  { code: 'not-http', send: 'host.swap 1.46 1616612066\r\n', blames: 'host.swap 1.46 1616612066' },
  { code: 'not-http', send: 'SSH-2.0-OpenSSH_9.2\r\n', blames: 'SSH-2.0-OpenSSH_9.2', detail: ', but of SSH' },
  { code: 'not-http', send: 'EHLO mail.test\r\n', blames: 'EHLO mail.test', detail: ', but of SMTP' },
  { code: 'not-http', send: '*1\r\n$4\r\nPING\r\n', blames: '*1', detail: ', but of Redis' },
  {
    code: 'not-http',
    send: 'DESCRIBE rtsp://h/ RTSP/1.0\r\n',
    blames: 'DESCRIBE rtsp://h/ RTSP/1.0',
    detail: ', but of RTSP',
  },
  { code: 'not-http', send: 'garbage\r\n', blames: 'garbage' },
  { code: 'bare-lf', send: 'GET / HTTP/1.1\nHost: x\r\n\r\n', blames: '\n' },
  { code: 'bare-lf', send: '\nGET / HTTP/1.1\r\n', blames: '\n' },
  { code: 'bare-lf', send: get('Host: x\r\nX(A: 1\n'), blames: '\n' },
  { code: 'bare-lf', send: chunked('3\nabc\r\n0\r\n\r\n'), blames: '\n' },
  { code: 'bare-cr', send: get('Host: x\r\nX-A: a\rb\r\n'), blames: '\r' },
  { code: 'bare-cr', send: 'GET /\r HTTP/1.1\r\n', blames: '\r' },
  { code: 'bare-cr', send: 'GET / HTTP/1.1\r\r\n', blames: '\r' },
  { code: 'incomplete', send: 'GET / HT', blames: null, next: EOF },
  { code: 'incomplete', send: post('Content-Length: 3\r\n', 'ab'), blames: null, next: EOF },
  { code: 'incomplete', send: chunked('0\r\n'), blames: null, next: EOF },

  { code: 'request-line', send: 'GET\r\n', blames: 'GET' },
  { code: 'request-line', send: ' GET / HTTP/1.1\r\n', blames: ' GET / HTTP/1.1' },
  { code: 'request-line', send: 'GET  / HTTP/1.1\r\n', blames: 'GET  / HTTP/1.1' },
  { code: 'request-line', send: 'GET /a b HTTP/1.1\r\n', blames: 'b HTTP/1.1' },
  { code: 'method', send: 'G(T / HTTP/1.1\r\n', blames: '(' },
  { code: 'method', send: 'GET\t/ HTTP/1.1\r\n', blames: '\t' },
  { code: 'target-character', send: 'GET /a\0 HTTP/1.1\r\n', blames: '\0' },
  { code: 'target-character', send: 'GET /a\x7f HTTP/1.1\r\n', blames: '\x7f' },
  { code: 'target-fragment', send: 'GET /a#b HTTP/1.1\r\n', blames: '#' },
  { code: 'target-relative', send: 'GET foo HTTP/1.1\r\n', blames: 'foo' },
  { code: 'target-relative', send: 'GET *x HTTP/1.1\r\n', blames: '*x' },
  { code: 'target-asterisk', send: 'GET * HTTP/1.1\r\n', blames: '*' },
  { code: 'target-authority', send: 'GET a:1 HTTP/1.1\r\n', blames: 'a:1' },
  { code: 'target-absolute', send: 'GET ftp://a/ HTTP/1.1\r\n', blames: 'ftp://a/' },
  { code: 'target-absolute', send: 'GET http:///p HTTP/1.1\r\n', blames: 'http:///p' },
  { code: 'target-absolute', send: 'GET http://u@h/p HTTP/1.1\r\n', blames: 'http://u@h/p' },
  { code: 'target-scheme', send: 'GET https://h/p HTTP/1.1\r\n', blames: 'https://h/p' },
  { code: 'target-scheme', send: 'OPTIONS HTTPS://h HTTP/1.1\r\n', blames: 'HTTPS://h' },
  { code: 'target-absolute', send: 'GET https://u@h/p HTTP/1.1\r\n', blames: 'https://u@h/p' },
  { code: 'version-missing', send: 'GET /\r\n', blames: 'GET /' },
  { code: 'version', send: 'GET / http/1.1\r\n', blames: 'http/1.1' },
  { code: 'version', send: 'GET / HTTP/1.10\r\n', blames: 'HTTP/1.10' },
  { code: 'version', send: 'GET / \r\n', blames: '' },
  { code: 'version-unsupported', send: 'GET / HTTP/2.0\r\n', blames: 'HTTP/2.0' },
  { code: 'version-unsupported', send: 'GET / HTTP/0.9\r\n', blames: 'HTTP/0.9' },
  { code: 'connect', send: 'CONNECT a:1 HTTP/1.1\r\n', blames: 'CONNECT' },
  { code: 'request-line-too-long', send: `GET /${'a'.repeat(8177)} HTTP/1.1\r\n`, blames: '1' },
  { code: 'request-line-too-long', send: `GET /${'a'.repeat(9000)}`, blames: 'a' },

  { code: 'header-fold', send: get('Host: x\r\n folded\r\n'), blames: ' ' },
  { code: 'header-fold', send: get('\tHost: x\r\n'), blames: '\t' },
  { code: 'header-colon', send: get('Host: x\r\nX-A\r\n'), blames: 'X-A' },
  { code: 'header-empty-name', send: get('Host: x\r\n: 1\r\n'), blames: ':' },
  { code: 'header-name', send: get('Host: x\r\nX(A: 1\r\n'), blames: '(' },
  { code: 'header-name', send: get('Host: x\r\nX A: 1\r\n'), blames: ' ' },
  { code: 'header-name', send: get('Host: x\r\nX\xe9: 1\r\n'), blames: '\xe9' },
  { code: 'header-blank', send: get('Host: x\r\nX-A \t: 1\r\n'), blames: ' \t' },
  { code: 'header-value', send: get('Host: x\r\nX-A: a\0b\r\n'), blames: '\0' },
  { code: 'header-value', send: get('Host: x\r\nX-A: a\x7fb\r\n'), blames: '\x7f' },
  { code: 'header-too-long', send: get(`Host: x\r\nX-A: ${'a'.repeat(8185)}Z\r\n`), blames: 'Z' },
  { code: 'headers-too-many', send: get(`Host: x\r\n${'A: 1\r\n'.repeat(99)}Last: 1\r\n`), blames: 'Last: 1' },
  {
    code: 'headers-too-large',
    send: get(`Host: x\r\n${`A: ${'a'.repeat(8000)}\r\n`.repeat(8)}B: ${'b'.repeat(4000)}\r\n`),
    blames: `B: ${'b'.repeat(4000)}`,
  },
  { code: 'host-missing', send: get('A: 1\r\n'), blames: null },
  { code: 'host-missing', send: 'GET http://h/ HTTP/1.1\r\n\r\n', blames: null },
  { code: 'host-repeated', send: get('Host: x\r\nHOST: x\r\n'), blames: 'HOST' },
  { code: 'host-repeated', send: 'GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n', blames: 'Host' },
  { code: 'host-invalid', send: get('Host: a b\r\n'), blames: 'a b' },
  { code: 'content-type-repeated', send: post('Content-Type: a/b\r\ncontent-type: a/b\r\n'), blames: 'content-type' },
  { code: 'expect-unknown', send: get('Host: x\r\nExpect: 200-ok\r\n'), blames: '200-ok' },
  { code: 'expect-unknown', send: get('Host: x\r\nExpect: , x\r\n'), blames: ', x' },
  { code: 'expect-unknown', send: get('Host: x\r\nExpect: 100-continue, x\r\n'), blames: '100-continue, x' },

  ...['+3', '-1', '1_0', '0x3', '3 4', '', 'abc', '3.0', '3, 3', '\xb2'].map(
    (value): Refused => ({ code: 'length-invalid', send: post(`Content-Length: ${value}\r\n`), blames: value }),
  ),
  { code: 'length-repeated', send: post('Content-Length: 3\r\ncontent-length: 3\r\n'), blames: 'content-length' },
  {
    code: 'length-and-coding',
    send: post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'),
    blames: 'Content-Length',
  },
  {
    code: 'length-and-coding',
    send: post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n'),
    blames: 'Content-Length',
  },
  {
    code: 'coding-on-http10',
    send: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
    blames: 'Transfer-Encoding',
  },
  { code: 'coding-repeated', send: post('Transfer-Encoding: chunked, chunked\r\n'), blames: 'chunked, chunked' },
  {
    code: 'coding-repeated',
    send: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: CHUNKED\r\n'),
    blames: 'CHUNKED',
  },
  { code: 'coding-not-last', send: post('Transfer-Encoding: chunked, gzip\r\n'), blames: 'chunked, gzip' },
  { code: 'coding-unknown', send: post('Transfer-Encoding: gzip, chunked\r\n'), blames: 'gzip, chunked' },
  { code: 'coding-unknown', send: post('Transfer-Encoding: identity\r\n'), blames: 'identity' },
  { code: 'coding-invalid', send: post('Transfer-Encoding: \r\n'), blames: '' },
  { code: 'coding-invalid', send: post('Transfer-Encoding: ,chunked\r\n'), blames: ',chunked' },
  { code: 'coding-invalid', send: post('Transfer-Encoding: chunked;a=b\r\n'), blames: 'chunked;a=b' },
  { code: 'body-too-large', send: post('Content-Length: 1073741825\r\n'), blames: '1073741825' },
  { code: 'body-too-large', send: chunked('40000001\r\n'), blames: '40000001' },
  { code: 'body-too-large', send: chunked('fffffffffffffffff\r\n'), blames: 'fffffffffffffffff' },
  { code: 'chunk-size', send: chunked('\r\n'), blames: '\r' },
  { code: 'chunk-size', send: chunked('+3\r\n'), blames: '+3' },
  { code: 'chunk-size', send: chunked('0x3\r\n'), blames: 'x' },
  { code: 'chunk-size', send: chunked('1_0\r\n'), blames: '_' },
  { code: 'chunk-extension', send: chunked('3;a="b\r\n'), blames: '"' },
  { code: 'chunk-line-too-long', send: chunked(`3;${'a'.repeat(254)}Z\r\n`), blames: 'Z' },
  { code: 'chunk-end', send: chunked('3\r\nabcX\r\n'), blames: 'X' },
  { code: 'chunk-end', send: chunked('3\r\nabc\rX'), blames: 'X' },
  { code: 'trailer-forbidden', send: chunked('0\r\nContent-Length: 5\r\n\r\n'), blames: 'Content-Length' },
  { code: 'trailer-forbidden', send: chunked('0\r\nContent-Type: a/b\r\n\r\n'), blames: 'Content-Type' },
  { code: 'header-fold', send: chunked('0\r\nX-T: 1\r\n 2\r\n\r\n'), blames: ' ' },
  { code: 'headers-too-many', send: chunked(`0\r\n${'A: 1\r\n'.repeat(101)}`), blames: 'A: 1' },
]

const refusals = (conversation: Conversation) =>
  conversation.drafts.map(({ body }) => body).filter((body) => body.kind === 'gateway.refused')

describe('a refusal', () => {
  test.each(table)('$code, of $send, blames $blames', (refusal) => {
    const { code, send, blames, next } = refusal
    const conversation = replaySplit(echo, next === undefined ? [send] : [send, next])
    const [refused, ...more] = refusals(conversation)
    expect(more).toEqual([])
    expect(refused).toMatchObject({ code, status: REFUSALS[code].status, message: messageOf(refusal) })
    const span = refused?.span ?? null
    expect(span === null ? null : send.slice(span.start, span.end)).toBe(blames)
    expect(conversation.calls).toEqual([])

    // An ordinary response, that closes.
    const responses = readResponses(conversation.answer, [])
    expect(responses).toHaveLength(1)
    const [response] = responses
    expect(response?.status).toBe(REFUSALS[code].status)
    expect(response?.headers).toMatchObject({ connection: 'close', 'content-type': 'text/plain; charset=us-ascii' })
    expect(response?.body).toContain(messageOf(refusal))
    expect(response?.body).not.toContain('%s')
    expect(response?.body).toContain(REFUSALS[code].advice)
    expect(conversation.segments.every(({ from }) => from === 'framing' || from.startsWith('server:'))).toBe(true)
    // Nothing is lost by closing at once where the client has ended its side.
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: next === undefined }])
  })

  test.each([
    ['request line', `GET /${'a'.repeat(8176)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['header line', get(`Host: x\r\nX-A: ${'a'.repeat(8185)}\r\n`)],
    ['number of headers', get(`Host: x\r\n${'A: 1\r\n'.repeat(99)}`)],
    ['chunk size line', chunked(`3;${'a'.repeat(254)}\r\nabc\r\n0\r\n\r\n`)],
  ])('is not made of a %s at its limit', (_, send) => {
    expect(refusals(replaySplit(echo, [send]))).toEqual([])
  })

  test('of HEAD has no body, but the length of one', () => {
    const conversation = replaySplit(echo, ['HEAD / HTTP/1.1\r\n\r\n'])
    expect(conversation.answer).toMatch(/^HTTP\/1\.1 400 .*\r\nContent-Length: [1-9]\d*\r\n.*\r\n\r\n$/s)
  })

  // RFC 9110 9.3.2: the server must not send content in the response to HEAD.
  test.each([
    ['request-line-too-long', `HEAD /${'a'.repeat(9000)} HTTP/1.1\r\n`],
    ['request-line-too-long', `HEAD /${'a'.repeat(9000)}`],
    ['version-unsupported', 'HEAD / HTTP/3.0\r\n'],
    ['request-line', 'HEAD /a b HTTP/1.1\r\n'],
    ['target-relative', 'HEAD foo HTTP/1.1\r\n'],
    ['bare-lf', 'HEAD / HTTP/1.1\n'],
    ['target-scheme', '\r\nHEAD https://h/ HTTP/1.1\r\n'],
  ] as const)('of HEAD in its request line (%s) has no body either', (code, send) => {
    const conversation = replaySplit(echo, [send])
    expect(refusals(conversation)).toMatchObject([{ code }])
    expect(conversation.answer).toMatch(/^HTTP\/1\.1 \d{3} .*\r\nContent-Length: [1-9]\d*\r\n.*\r\n\r\n$/s)
  })

  test('of a HEAD that is not complete in time, or ever, has no body', () => {
    const late = new Conversation(echo).send('HEAD / HT').deadline('header', DEFAULT_LIMITS.headerMs)
    const ended = replaySplit(echo, ['HEAD /', EOF])
    for (const { answer } of [late, ended]) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d .*\r\n\r\n$/s)
  })

  test('of a line behind a HEAD that was served has a body', () => {
    const conversation = replaySplit(echo, ['HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /a b HTTP/1.1\r\n'])
    expect(conversation.answer).toContain(REFUSALS['request-line'].advice)
  })

  test('of a method that only begins like HEAD has a body', () => {
    expect(replaySplit(echo, ['HEADS /a b HTTP/1.1\r\n']).answer).toContain(REFUSALS['request-line'].advice)
  })

  test('names the limit in force and the option that raises it', () => {
    const limits = { ...DEFAULT_LIMITS, requestLine: 40, headerField: 20, headerFields: 2, headerBytes: 30, body: 5 }
    const answerTo = (send: string) => new Conversation(echo, { limits }).send(send).answer
    expect(answerTo(`GET /${'a'.repeat(60)} HTTP/1.1\r\n`)).toMatch(/ 40 bytes .*--max-line/s)
    expect(answerTo(get(`Host: ${'a'.repeat(30)}\r\n`))).toMatch(/ 20 bytes .*--max-header\./s)
    expect(answerTo(get('Host: x\r\nA: 1\r\nB: 2\r\n'))).toMatch(/ 2 that .*--max-headers/s)
    expect(answerTo(get('Host: xxxxxxxxxxx\r\nA: 1234567890\r\n'))).toMatch(/ 30 bytes .*--max-head\./s)
    expect(answerTo('POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\n')).toMatch(/ 5 bytes .*--max-body/s)
  })

  test('of a later request closes the connection too', () => {
    const conversation = replaySplit(echo, [`${get('Host: x\r\n')}${get('')}${get('Host: x\r\n')}`])
    const statuses = readResponses(conversation.answer, []).map((response) => response.status)
    expect(statuses).toEqual([200, 400])
  })

  test.each([
    ['header-timeout', 'GET / HTTP/1.1\r\n', 'header', DEFAULT_LIMITS.headerMs],
    ['body-timeout', post('Content-Length: 3\r\n', ''), 'body', DEFAULT_LIMITS.bodyGraceMs],
  ] as const)('%s blames no bytes, since they are missing', (code, send, of, ms) => {
    const conversation = new Conversation(echo).send(send).deadline(of, ms)
    expect(refusals(conversation)).toMatchObject([{ code, status: 408, span: null }])
    expect(readResponses(conversation.answer, [])).toMatchObject([{ status: 408 }])
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: true }])
  })

  test('of a request that no worker can take is one more, although the application is asked for first', () => {
    const busy: TestApp = () => [died(503)]
    const conversation = replaySplit(busy, [get('Host: x\r\n')])
    expect(refusals(conversation)).toMatchObject([{ code: 'worker-none', status: 503, span: null }])
    expect(readResponses(conversation.answer, [])).toMatchObject([{ status: 503 }])
  })

  test.each([
    [503, 'worker-unstartable'],
    [503, 'stopping'],
    [500, 'body-unkept'],
  ] as const)('an application that was not called is a %i that says why: %s', (status, cause) => {
    const absent: TestApp = () => [{ ...died(status), cause }]
    const conversation = replaySplit(absent, [get('Host: x\r\n')])
    expect(refusals(conversation)).toMatchObject([{ code: cause, status, span: null }])
    expect(conversation.answer).toContain(REFUSALS[cause].message)
  })

  test('a failure of the application is not a refusal: it was called', () => {
    const failing: TestApp[] = [() => [called, raised], () => [called, died(500)], () => [called, died(504)]]
    for (const app of failing) expect(refusals(replaySplit(app, [get('Host: x\r\n')]))).toEqual([])
  })

  test('every code of the table is reached by a test here or in responses.test.ts', () => {
    const uncalled = ['worker-none', 'worker-unstartable', 'stopping', 'body-unkept']
    const elsewhere = ['application-raised', 'application-silent', 'worker-died', 'worker-hung', ...uncalled]
    const here = [...table.map(({ code }) => code), 'header-timeout', 'body-timeout']
    expect(new Set([...here, ...elsewhere])).toEqual(
      new Set(Object.keys({ ...HTTP_REFUSALS, ...APPLICATION_REFUSALS })),
    )
  })

  test('every sentence is ASCII, and names a status that has a reason', () => {
    for (const { message, advice } of Object.values(REFUSALS)) expect(`${message}${advice}`).toMatch(/^[ -~]+$/)
  })
})
