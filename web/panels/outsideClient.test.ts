import { describe, expect, test } from 'vitest'
import { chunk, closed, exhausted, returned } from '../../shared/testing/apps.ts'
import { Conversation } from '../../shared/testing/conversation.ts'
import { exchange, GET, POST, reading, recorded } from '../../shared/testing/recorded.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { outsideClient, SHOWN_BYTES, sentFromPage } from './outsideClient.ts'

const traceOf = (...pieces: string[]): TraceEvent[] =>
  recorded(exchange(reading, ...pieces)).filter((event) => event.exchange !== null || event.conn !== null)

const NONE: ReadonlySet<number> = new Set()
const atEnd = (events: readonly TraceEvent[]) => outsideClient(events, events.length, NONE)
const indexOf = (events: readonly TraceEvent[], kind: TraceEvent['kind']): number =>
  events.findIndex((event) => event.kind === kind)
const from = (agent: string): TraceEvent[] => traceOf(GET.replace('curl/8.5.0', agent))

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36'

test("the page's own client says that it is, and is not told of", () => {
  expect(sentFromPage(from('wsgiscope-client/1.0'))).toBe(true)
  expect(atEnd(from('wsgiscope-client/1.0'))).toBeNull()
  expect(sentFromPage(from('curl/8.5.0'))).toBe(false)
  expect(outsideClient([], 0, NONE)).toBeNull()
})

test.each([
  ['a curl is in a terminal', 'curl/8.5.0', { kind: 'terminal', agent: 'curl/8.5.0' }],
  ['of a browser, its name among those that it borrows', BROWSER, { kind: 'browser', agent: 'Chrome/120.0.0.0' }],
  ['Edge calls itself Chrome, too', `${BROWSER} Edg/120.1`, { kind: 'browser', agent: 'Edg/120.1' }],
  [
    'one without a window',
    BROWSER.replace('Chrome', 'HeadlessChrome'),
    { kind: 'browser', agent: 'HeadlessChrome/120.0.0.0' },
  ],
  ['a browser that nobody knows', 'Mozilla/4.0 (compatible)', { kind: 'browser', agent: '' }],
  ['anything else is a program', 'python-requests/2.31.0', { kind: 'program', agent: 'python-requests/2.31.0' }],
  ['a name cannot turn its line around', 'x\xe2\x80\xaey', { kind: 'program', agent: 'x\\u202ey' }],
] as const)('%s', (_name, agent, who) => {
  expect(atEnd(from(agent))?.who).toEqual({ ...who, address: '192.0.2.7:50123' })
})

test('who says nothing is silent', () => {
  const events = traceOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(atEnd(events)?.who).toEqual({ kind: 'silent', agent: '', address: '192.0.2.7:50123' })
})

test('the request is shown once all of it has come, the answer from its first bytes on, and back again', () => {
  const events = traceOf(POST.slice(0, 30), POST.slice(30, -4), POST.slice(-4))
  const received = events.flatMap((event, index) => (event.kind === 'socket.received' ? [index] : []))
  const [read = 0, sent] = [received.at(-1), indexOf(events, 'socket.sent')]
  expect(received).toHaveLength(3)
  for (let at = 0; at <= events.length; at++) {
    const outside = outsideClient(events, at, NONE)
    expect(outside?.who.agent).toBe('curl/8.5.0')
    expect(outside?.sent !== null, `sent at ${at}`).toBe(at > read)
    expect(outside?.got !== null, `got at ${at}`).toBe(at > sent)
  }
})

describe('as a command line', () => {
  const commandOf = (request: string) => atEnd(traceOf(request))?.sent?.text

  test('what curl sends by itself was not typed', () => {
    expect(commandOf(GET)).toBe("curl 'http://localhost:8888/hello?name=Ada'")
  })

  test('of any other client every header is one of its own', () => {
    expect(commandOf(GET.replace('curl/8.5.0', 'me/1'))).toBe(
      "curl -H 'User-Agent: me/1' -H 'Accept: */*' 'http://localhost:8888/hello?name=Ada'",
    )
  })

  test('a Host of another port is a header, and the address is the one that was connected to', () => {
    expect(commandOf('GET / HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n')).toBe(
      "curl -H 'Host: shop.test' http://192.0.2.1:8888/",
    )
  })

  test('of a long body the beginning, and how much there is', () => {
    const body = 'x'.repeat(5000)
    const sent = atEnd(traceOf(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n${body}`))?.sent
    expect(sent?.text).toContain(`-d ${'x'.repeat(SHOWN_BYTES)} `)
    expect(sent?.text).not.toContain('Content-Length')
    expect(sent?.body).toEqual({ shown: SHOWN_BYTES, length: 5000 })
  })

  test('what could not be read as a request is no command: its bytes, and no code in them commands anything', () => {
    const sent = atEnd(traceOf('GET / HTTP/1.1\r\nHost: a\r\nX-Bad : \x1b[2J\r\n\r\n'))?.sent
    expect(sent).toMatchObject({ as: 'bytes', text: 'GET / HTTP/1.1\nHost: a\nX-Bad : ^[[2J\n\n' })
  })
})

describe('as the client got it', () => {
  const answered = (request: string, ...chunks: string[]) => {
    const conversation = new Conversation((call) => [
      ...reading(call).filter(({ kind }) => kind === 'called' || kind === 'startResponse'),
      returned(chunks.length === 1 ? 1 : null),
      ...chunks.map(chunk),
      exhausted,
      closed,
    ])
    return atEnd(recorded(conversation.send(request)))?.got
  }

  test('head and body, without framing', () => {
    const got = answered(GET, 'Hello, ', 'Ada!\n')
    expect(got?.text).toMatch(/^HTTP\/1\.1 200 OK\n.*\nTransfer-Encoding: chunked\n(.+\n)*\nHello, Ada!$/s)
    expect(got?.body).toEqual({ shown: 12, length: 12 })
  })

  test('of a long body the beginning', () => {
    const got = answered(GET, 'a'.repeat(9000))
    expect(got?.text.endsWith(`\n\n${'a'.repeat(SHOWN_BYTES)}`)).toBe(true)
    expect(got?.body).toEqual({ shown: SHOWN_BYTES, length: 9000 })
  })

  test('what is no text is counted; what commands a terminal is shown', () => {
    expect(answered(GET, '\x89PNG\r\n\x00\xff')).toMatchObject({ binary: true, body: { shown: 0, length: 8 } })
    expect(answered(GET, 'a\x1b[2Jb')?.text).toMatch(/a\^\[\[2Jb$/)
  })

  test('an answer to HEAD has no body', () => {
    expect(answered(GET.replace('GET', 'HEAD'), 'Hello')?.body).toBeNull()
  })
})

test('what was typed byte for byte into the page’s own terminal is known by its connection', () => {
  const events = traceOf(GET.replace('User-Agent: curl/8.5.0\r\n', ''))
  const opened = events.find((event) => event.kind === 'connection.opened')
  const port = opened?.kind === 'connection.opened' ? opened.peer.port : 0
  expect(outsideClient(events, events.length, NONE)).not.toBeNull()
  expect(outsideClient(events, events.length, new Set([port]))).toBeNull()
})
