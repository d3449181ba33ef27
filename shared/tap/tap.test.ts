import { describe, expect, test } from 'vitest'
import { type Line, Tapped, tapped } from '../testing/tapped.ts'
import type { TraceBody } from '../trace/events.ts'

const GET = '> GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n'
const OK = '< HTTP/1.1 200 OK\r\nServer: s\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello'

/** One line for each event that is no byte. */
function story(tapped: Tapped): string[] {
  return tapped.story.map(({ exchange, body }) => `${exchange ?? '-'} ${tell(body)}`)
}

function tell(body: TraceBody): string {
  switch (body.kind) {
    case 'request.line':
      return `line ${body.method} ${body.target}`
    case 'request.header':
      return `field ${body.name}`
    case 'request.body':
      return `body ${body.framing} ${body.length}`
    case 'app.startResponse':
      return `start_response ${body.status}, ${body.inferred ? 'inferred' : 'seen'}`
    case 'response.answered':
      return `answered by ${body.by}, ${body.status}${body.complete ? '' : ', torn'}`
    case 'tap.bytesOnly':
      return `bytes only, ${body.from}: ${body.code}`
    case 'connection.closed':
      return `closed by ${body.by}`
    default:
      return body.kind
  }
}

const sent = (lines: readonly Line[], side: '>' | '<'): string =>
  lines
    .filter((line) => line.startsWith(`${side} `))
    .map((line) => line.slice(2))
    .join('')

function heard(lines: readonly Line[]): Tapped {
  const result = tapped(lines)
  expect(result.stream('socket.received')).toBe(sent(lines, '>'))
  expect(result.stream('socket.sent')).toBe(sent(lines, '<'))
  return result
}

describe('a tap', () => {
  test('tells a request and its answer, and says that start_response was inferred', () => {
    const result = heard([GET, OK, '>|', '<|'])
    expect(story(result)).toEqual([
      '- connection.opened',
      '0 line GET /a?b',
      '0 field Host',
      '0 start_response 200 OK, inferred',
      '0 answered by server, 200',
      '- closed by client',
    ])
    expect(result.origins).toEqual([
      ['server:version', 'HTTP/1.1 '],
      ['status', '200 OK'],
      ['framing', '\r\n'],
      ['header:0', 'Server: s'],
      ['framing', '\r\n'],
      ['server:connection', 'Connection: keep-alive'],
      ['framing', '\r\n'],
      ['header:1', 'Content-Length: 5'],
      ['framing', '\r\n\r\n'],
      ['chunk:0', 'hello'],
    ])
  })

  test('tells pipelined requests one after the other, each with its answer', () => {
    const second = '> HEAD /c HTTP/1.1\r\nHost: x\r\n\r\n'
    const result = heard([GET, second, OK, '< HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', '<|', '>|'])
    expect(story(result).filter((line) => /line|answered/.test(line))).toEqual([
      '0 line GET /a?b',
      '0 answered by server, 200',
      '1 line HEAD /c',
      '1 answered by server, 200',
    ])
    expect(result.tap.account).toEqual({ begun: 2, answered: 2, failed: 0 })
  })

  test('reads chunks both ways', () => {
    const result = heard([
      '> POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
      '< HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: v\r\n\r\n',
    ])
    expect(story(result)).toContain('0 body chunked 3')
    expect(result.origins.filter(([from]) => from.startsWith('chunk'))).toEqual([
      ['chunk:0', 'ab'],
      ['chunk:1', 'c'],
    ])
    expect(result.tap.idle).toBe(true)
  })

  test('takes an answer without a length to end with the connection', () => {
    const lines: Line[] = [GET, '< HTTP/1.0 200 OK\r\n\r\nab', '< c', '<|', '>|']
    expect(story(heard(lines)).slice(-2)).toEqual(['0 answered by server, 200', '- closed by server'])
  })

  test.each(['204 No Content', '304 Not Modified'])('knows that %s has no body', (status) => {
    const result = heard([GET, `< HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`])
    expect(result.tap.idle).toBe(true)
  })

  test('tells 100 Continue apart from the answer', () => {
    const result = heard([
      '> POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      '< HTTP/1.1 100 Continue\r\n\r\n',
      '> hi',
      OK,
    ])
    expect(result.origins[0]).toEqual(['server:continue', 'HTTP/1.1 100 Continue\r\n\r\n'])
    expect(story(result)).toContain('0 start_response 200 OK, inferred')
  })

  test('an answer that comes early leaves its exchange open until the request is complete', () => {
    const request = '> POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab'
    expect(story(heard([request, OK, '> cd'])).slice(-3)).toEqual([
      '0 start_response 200 OK, inferred',
      '0 body length 4',
      '0 answered by server, 200',
    ])
    expect(story(heard([request, OK, '<|', '>|'])).slice(-2)).toEqual([
      '0 answered by server, 200',
      '- closed by server',
    ])
  })

  test('after 101 there are only bytes, in both directions', () => {
    const result = heard([
      '> GET / HTTP/1.1\r\nHost: x\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n',
      '< HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\n\r\n',
      '> \x81\x05',
      '< GET / HTTP/1.1\r\n\r\n',
      '>|',
      '<|',
    ])
    expect(story(result).slice(-3)).toEqual([
      '0 bytes only, server: switched',
      '0 answered by server, 101',
      '- closed by client',
    ])
    expect(story(result)).not.toContain('start_response')
    expect(result.tap.account.failed).toBe(0)
  })

  test('what cannot be read as a request is bytes from there on; the answer to it is still looked at', () => {
    const result = heard([
      '> GET  /\r\n\r\n',
      '< HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno',
      '> more',
      '<|',
      '>|',
    ])
    expect(story(result)).toEqual([
      '- connection.opened',
      '0 bytes only, client: request-line',
      '0 answered by server, 400',
      '- closed by server',
    ])
    expect(result.origins.map(([from]) => from)).toContain('status')
  })

  test.each([
    ['an answer that is none', [GET, '< SSH-2.0-x\r\n', '<|', '>|'], '0 bytes only, server: weird'],
    [
      'a chunk without a size',
      [GET, '< HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n', '<|', '>|'],
      '0 bytes only, server: framing',
    ],
    ['a server that speaks first', ['< 220 hello\r\n', '> EHLO x\r\n', '<|', '>|'], '0 bytes only, server: unasked'],
  ] satisfies [string, Line[], string][])('%s is bytes', (_, lines, line) => {
    const result = heard(lines)
    expect(story(result)).toContain(line)
    expect(result.origins.at(-1)?.[0]).toBe('server:bytes')
  })

  test.each([
    ['in its head', '< HTTP/1.1 200 O', undefined],
    ['in its body', '< HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel', '0 answered by server, 200, torn'],
  ] satisfies [string, Line, string | undefined][])(
    'an answer cut short %s is shown as far as it came',
    (_, answer, line) => {
      for (const end of [['<|', '>|'], ['<!']] satisfies Line[][]) {
        const result = heard([GET, answer, ...end])
        expect(story(result).find((each) => each.includes('answered'))).toBe(line)
        expect(result.tap.account.failed).toBe(1)
      }
    },
  )

  test('goes on from where another one was at rest', () => {
    const first = new Tapped([GET, OK])
    const second = new Tapped([GET, OK], undefined, { resume: first.tap.position })
    expect(second.bodies[0]).toMatchObject({ kind: 'socket.received', start: GET.length - 2 })
    expect(second.bodies.find(({ kind }) => kind === 'socket.sent')).toMatchObject({ start: OK.length - 2 })
    expect(second.drafts.at(-1)?.exchange).toBe(1)
  })
})
