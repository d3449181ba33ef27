import { describe, expect, test } from 'vitest'
import {
  answering,
  called,
  chunk,
  closed,
  died,
  exhausted,
  hello,
  raised,
  returned,
  startResponse,
  write,
} from '../testing/apps.ts'
import { checkOrder } from '../testing/checkOrder.ts'
import { Conversation, type TestApp } from '../testing/conversation.ts'
import { recorded } from '../testing/recorded.ts'
import { replaySplit } from '../testing/replaySplit.ts'
import { story } from '../testing/story.ts'
import { INLINE_BYTES, MOST_BYTES } from '../trace/events.ts'
import { CREDIT } from './credit.ts'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const GET_10 = 'GET / HTTP/1.0\r\n\r\n'
const HEAD = 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n'
const DATE = 'Date: Thu, 29 Feb 2024 12:00:00 GMT\r\n'
const SERVER = 'Server: wsgiscope\r\n'
const TEXT: [string, string][] = [['Content-Type', 'text/plain']]

/** Everything from the call of the application on, for a client that asks once. */
const told = (app: TestApp, send = GET) => {
  const lines = story(replaySplit(app, [send]))
  return lines.slice(lines.indexOf('0 environ.built') + 1)
}
const sent = (app: TestApp, send = GET) => replaySplit(app, [send]).answer

describe('the body of a response ends', () => {
  test('with the one chunk, where the application returned a list of one', () => {
    expect(sent(answering('200 OK', [['A', 'b']], ['hello']))).toBe(
      `HTTP/1.1 200 OK\r\nA: b\r\n${DATE}${SERVER}Content-Length: 5\r\n\r\nhello`,
    )
  })

  test('at once, where the application returned an empty list, or nothing but empty chunks', () => {
    const empty = `HTTP/1.1 200 OK\r\n${DATE}${SERVER}Content-Length: 0\r\n\r\n`
    expect(sent(answering('200 OK', [], []))).toBe(empty)
    expect(sent(answering('200 OK', [], [''], null))).toBe(empty)
    expect(sent(answering('200 OK', [], ['', '']))).toBe(empty)
  })

  test('with the last chunk, where nobody knows the length', () => {
    expect(sent(answering('200 OK', [], ['hello', '', ' you, there: 16'], null))).toBe(
      `HTTP/1.1 200 OK\r\n${DATE}${SERVER}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nf\r\n you, there: 16\r\n0\r\n\r\n`,
    )
    expect(sent(answering('200 OK', [], ['a', 'b']))).toContain('\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  })

  test('with the connection, where a client of HTTP/1.0 could not read chunks', () => {
    const conversation = replaySplit(answering('200 OK', [], ['a', 'b'], null), [
      'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    ])
    expect(conversation.answer).toBe(`HTTP/1.1 200 OK\r\n${DATE}${SERVER}Connection: close\r\n\r\nab`)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: true }])
  })

  test('where the application says', () => {
    expect(sent(answering('200 OK', [['content-length', '2']], ['a', 'b'], null))).toBe(
      `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${DATE}${SERVER}\r\nab`,
    )
  })

  test('before its last chunk is used up, where a list of one has more than one', () => {
    expect(sent(answering('200 OK', [], ['a', 'b'], 1))).toContain('Content-Length: 1\r\n\r\na')
  })

  test('is not computed from a chunk that write() came before', () => {
    const app: TestApp = () => [called, startResponse('200 OK'), write('a'), returned(1), chunk('b'), exhausted, closed]
    expect(sent(app)).toContain('Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  })

  test.each([
    ['204 No Content', [['Content-Length', '5']], ''],
    ['304 Not Modified', [['Content-Length', '5']], 'Content-Length: 5\r\n'],
    ['304 Not Modified', [], ''],
    // RFC 9110 15.3.6: no content; RFC 9112 6.3 has no rule for a 205, so its length has to be said.
    ['205 Reset Content', [['Content-Length', '0']], 'Content-Length: 0\r\n'],
  ] as const)('with the head, for %s', (status, headers, kept) => {
    const app = answering(
      status,
      headers.map(([name, value]) => [name, value]),
      ['hello'],
    )
    expect(sent(app)).toBe(`HTTP/1.1 ${status}\r\n${kept}${DATE}${SERVER}\r\n`)
  })

  test.each([
    [['hello'], 1, 'Content-Length: 5\r\n'],
    [['a', 'b'], null, 'Transfer-Encoding: chunked\r\n'],
    // An application that knows HEAD gives nothing, which says nothing of what GET would have given.
    [[], 0, ''],
  ])('with the head, for HEAD, which is that of GET: %j', (chunks, length, framing) => {
    expect(sent(answering('200 OK', [], chunks, length), HEAD)).toBe(
      `HTTP/1.1 200 OK\r\n${DATE}${SERVER}${framing}\r\n`,
    )
  })

  test('with the head, for HEAD, whose Content-Length is the application\u2019s', () => {
    const conversation = replaySplit(answering('200 OK', [['Content-Length', '5']], []), [HEAD])
    expect(conversation.answer).toBe(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n${DATE}${SERVER}\r\n`)
    expect(story(conversation)).toContain('0 response.answered application 200 complete')
    expect(conversation.closed).toBe(false)
  })
})

describe('each piece of a response says who made it', () => {
  test('status, headers and chunks the application, the rest the server', () => {
    const app = answering(
      '200 OK',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
      ['x', '', 'y'],
      null,
    )
    const conversation = replaySplit(app, [GET])
    const texts = conversation.segments.map(({ data, from }) => [from, Buffer.from(data).toString('latin1')])
    expect(texts.filter(([from]) => from !== 'framing')).toEqual([
      ['server:version', 'HTTP/1.1 '],
      ['status', '200 OK'],
      ['header:0', 'A: b'],
      ['header:1', 'C: d'],
      ['server:date', DATE.trimEnd()],
      ['server:server', SERVER.trimEnd()],
      ['server:transfer-encoding', 'Transfer-Encoding: chunked'],
      ['chunk:0', 'x'],
      ['chunk:2', 'y'],
    ])
    expect(new Set(texts.filter(([from]) => from === 'framing').map(([, text]) => text))).toEqual(
      new Set(['\r\n', '1\r\n', '0\r\n\r\n']),
    )
  })

  test('Date and Server are the application\u2019s where it gave them', () => {
    const app = answering(
      '200 OK',
      [
        ['date', 'then'],
        ['SERVER', 'mine'],
      ],
      ['x'],
    )
    expect(sent(app)).toBe('HTTP/1.1 200 OK\r\ndate: then\r\nSERVER: mine\r\nContent-Length: 1\r\n\r\nx')
  })

  test('segments cover the outbound stream without gaps, and socket.sent carries the same bytes', () => {
    const conversation = replaySplit(answering('200 OK', [], ['a', 'b'], null), [`${GET}${GET}`])
    let end = 0
    for (const { body } of conversation.drafts) {
      if (body.kind === 'response.serialized') {
        for (const segment of body.segments) {
          expect(segment.start).toBe(end)
          end = segment.end
        }
      }
      if (body.kind === 'socket.sent') {
        expect(body.start + body.length).toBe(end)
        expect(Buffer.from(body.bytes ?? []).toString('latin1')).toBe(conversation.answer.slice(body.start, end))
      }
    }
    expect(end).toBe(conversation.answer.length)
  })
})

describe('the head waits', () => {
  test('for the first non-empty chunk', () => {
    expect(told(answering('200 OK', TEXT, ['', 'a'], null))).toEqual([
      '0 app.called',
      '0 app.startResponse 200 OK',
      '0 app.returned null',
      '0 app.yielded 0',
      '0 app.yielded 1',
      '0 response.serialized server:version status header:0 server:date server:server server:transfer-encoding chunk:1',
      '0 response.serialized framing',
      '0 response.answered application 200 complete',
      '0 app.closed',
    ])
  })

  test('so that exc_info can still replace it', () => {
    const excInfo = { type: 'ValueError', message: 'no' }
    const app: TestApp = () => [
      called,
      startResponse('200 OK', [['A', 'b']]),
      startResponse('500 Oh', [['C', 'd']], excInfo),
      returned(1),
      chunk('sorry'),
      exhausted,
      closed,
    ]
    expect(sent(app)).toBe(`HTTP/1.1 500 Oh\r\nC: d\r\n${DATE}${SERVER}Content-Length: 5\r\n\r\nsorry`)
  })

  test('not any longer: what comes after it changes nothing', () => {
    const app: TestApp = () => [
      called,
      startResponse('200 OK'),
      write('a'),
      startResponse('500 Oh', [], { type: 'ValueError', message: 'no' }),
      returned(0),
      exhausted,
      closed,
    ]
    expect(sent(app)).toContain('HTTP/1.1 200 OK')
    expect(sent(app)).not.toContain('500')
  })
})

test('what is written is owed like what is yielded, and no more is asked for while the client does not take it', () => {
  const conversation = new Conversation(() => [called, startResponse('200 OK', TEXT)])
  conversation.send(GET).congested()
  conversation.appDoes(0, write('a'.repeat(CREDIT)))
  expect(conversation.of('nextChunk')).toEqual([])
  conversation.drained()
  expect(conversation.of('nextChunk')).toEqual([{ kind: 'nextChunk', exchange: 0, credit: CREDIT }])
})

describe('never more bytes than Content-Length', () => {
  test('what exceeds it is cut off, the application is stopped, and the client has all it was promised', () => {
    const app = answering('200 OK', [['Content-Length', '3'], ...TEXT], ['ab', 'cdef', 'gh'], null)
    expect(told(app)).toEqual([
      '0 app.called',
      '0 app.startResponse 200 OK',
      '0 app.returned null',
      '0 app.yielded 2',
      '0 response.serialized server:version status header:0 header:1 server:date server:server chunk:0',
      '0 app.yielded 4',
      '0 referee.finding error length-exceeded',
      '0 response.serialized chunk:1',
      '0 response.answered application 200 complete',
      '0 app.closed',
    ])
    const conversation = replaySplit(app, [GET])
    expect(conversation.answer.endsWith('\r\n\r\nabc')).toBe(true)
    expect(conversation.of('closeApp')).toEqual([{ kind: 'closeApp', exchange: 0 }])
    expect(conversation.closed).toBe(false)
  })

  test('with fewer, the connection is dropped, so that the client knows', () => {
    const app = answering('200 OK', [['Content-Length', '3']], ['ab'])
    expect(told(app).slice(-4)).toEqual([
      '0 referee.finding error length-short',
      '0 response.answered application 200 cut short',
      '- connection.closed gateway',
      '0 app.closed',
    ])
    expect(replaySplit(app, [GET]).of('close')).toEqual([{ kind: 'close', linger: false }])
  })

  test.each([['abc'], ['-1'], ['1, 1'], ['']])('one that is no number (%j) is not sent', (value) => {
    const app = answering('200 OK', [['Content-Length', value]], ['ab'])
    expect(sent(app)).toBe(`HTTP/1.1 200 OK\r\n${DATE}${SERVER}Content-Length: 2\r\n\r\nab`)
    expect(told(app)).toContain('0 referee.finding error length-invalid')
  })

  test('two of them are none', () => {
    const app = answering(
      '200 OK',
      [
        ['Content-Length', '2'],
        ['content-length', '2'],
      ],
      ['ab'],
    )
    expect(sent(app)).toBe(`HTTP/1.1 200 OK\r\n${DATE}${SERVER}Content-Length: 2\r\n\r\nab`)
  })
})

describe('a body that may not be', () => {
  test('is dropped with a finding, said once', () => {
    const findings = told(answering('204 No Content', [['Content-Length', '2']], ['a', 'b'])).filter((line) =>
      line.includes('finding'),
    )
    expect(findings).toEqual(['0 referee.finding warning length-forbidden', '0 referee.finding warning body-forbidden'])
  })

  test.each([[[]], [[['Content-Length', '5']]]] as [string, string][][][])(
    'is dropped of a 205, whose length is said to be 0: %j',
    (headers) => {
      const app = answering('205 Reset Content', headers, ['hello'])
      expect(sent(app)).toBe(`HTTP/1.1 205 Reset Content\r\n${DATE}${SERVER}Content-Length: 0\r\n\r\n`)
      const findings = told(app).filter((line) => line.includes('finding'))
      expect(findings).toEqual([
        ...headers.map(() => '0 referee.finding warning length-forbidden'),
        '0 referee.finding warning body-forbidden',
      ])
    },
  )

  test('is dropped without a word for HEAD, which an application need not know', () => {
    expect(told(hello, HEAD).filter((line) => line.includes('finding'))).toEqual([])
  })

  test('a status below 200 is sent without one, and the connection closes: it is no final answer', () => {
    const conversation = replaySplit(answering('102 Processing', [], []), [GET])
    expect(conversation.answer).toBe(`HTTP/1.1 102 Processing\r\n${DATE}${SERVER}Connection: close\r\n\r\n`)
  })
})

describe('an application that fails', () => {
  test.each([
    ['raises', [called, raised, closed], 500],
    ['raises after start_response', [called, startResponse('200 OK'), raised, closed], 500],
    [
      'raises while its result is iterated over',
      [called, startResponse('200 OK'), returned(null), raised, closed],
      500,
    ],
    ['returns without having called start_response', [called, returned(0), exhausted, closed], 500],
    ['gives a chunk without having called start_response', [called, returned(1), chunk('a'), exhausted, closed], 500],
    ['ends without being exhausted', [called, startResponse('200 OK'), returned(null), closed], 500],
    ['dies', [called, died(500)], 500],
    ['hangs', [called, died(504)], 504],
    ['is never reached', [died(503)], 503],
  ])('that %s, before the head: the gateway answers, and closes', (_, events, status) => {
    const conversation = replaySplit(() => [...events], [`${GET}${GET}`])
    expect(conversation.answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(conversation.answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(story(conversation)).toContain(`0 response.answered gateway ${status} complete`)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: true }])
  })

  test('that raises: the story ends with close()', () => {
    expect(told(() => [called, startResponse('200 OK', [['A', 'b']]), raised, closed])).toEqual([
      '0 app.called',
      '0 app.startResponse 200 OK',
      '0 app.raised',
      '0 response.serialized server:version server:status server:content-type server:date server:server server:content-length server:connection server:body',
      '0 response.answered gateway 500 complete',
      '- connection.closed gateway',
      '0 app.closed',
    ])
  })

  test.each([
    ['raises', [raised, closed]],
    ['dies', [died(500)]],
    ['hangs', [died(504)]],
    ['ends without being exhausted', [closed]],
  ])('that %s, after the head: the connection is dropped without the last chunk', (_, events) => {
    const app: TestApp = () => [called, startResponse('200 OK'), returned(null), chunk('a'), ...events]
    const conversation = replaySplit(app, [`${GET}${GET}`])
    expect(conversation.answer).toBe(`HTTP/1.1 200 OK\r\n${DATE}${SERVER}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`)
    expect(story(conversation)).toContain('0 response.answered application 200 cut short')
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: false }])
  })

  test('after its last byte was sent has still answered', () => {
    const app: TestApp = () => [called, startResponse('200 OK'), returned(1), chunk('a'), raised, closed]
    expect(told(app)).toContain('0 response.answered application 200 complete')
  })

  test('in close() has answered, and is told as it was', () => {
    const app: TestApp = () => [called, startResponse('200 OK'), returned(1), chunk('a'), exhausted, raised, closed]
    const conversation = replaySplit(app, [`${GET}${GET}`])
    expect(story(conversation).filter((line) => /raised|answered|closed/.test(line))).toEqual([
      '0 response.answered application 200 complete',
      '0 app.raised',
      '0 app.closed',
      '1 response.answered application 200 complete',
      '1 app.raised',
      '1 app.closed',
    ])
  })

  test('without start_response: a finding says so', () => {
    expect(told(() => [called, returned(0), exhausted, closed])).toContain(
      '0 referee.finding error start-response-missing',
    )
  })
})

describe('the connection', () => {
  test.each([
    [GET, null],
    [GET_10, 'close'],
    ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 'keep-alive'],
    ['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'close'],
    ['GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, close\r\n\r\n', 'close'],
    ['GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n', 'close'],
    ['GET / HTTP/1.2\r\nHost: x\r\n\r\n', null],
  ])('after %j is announced as %j', (send, announced) => {
    const conversation = replaySplit(hello, [send])
    expect(/\r\nConnection: (.*)\r\n/.exec(conversation.answer)?.[1] ?? null).toBe(announced)
    expect(conversation.closed).toBe(announced === 'close')
  })

  test('chunks are read by clients of HTTP/1.2 too', () => {
    const app = answering('200 OK', [], ['a', 'b'], null)
    expect(sent(app, 'GET / HTTP/1.2\r\nHost: x\r\n\r\n')).toContain('Transfer-Encoding: chunked')
  })
})

describe('what is sent at once and is long', () => {
  const long = 'x'.repeat(2 * INLINE_BYTES + 5)

  test.each([
    ['of known length', answering('200 OK', [['Content-Length', String(long.length)]], [long])],
    ['in chunks', answering('200 OK', [], [long], null)],
  ])('is told in events of at most INLINE_BYTES, whose segments name the same chunk: %s', (_, app) => {
    const conversation = replaySplit(app, [GET])
    const bodies = conversation.drafts.map(({ body }) => body)
    const parts = bodies.filter((body) => body.kind === 'socket.sent')
    expect(Math.max(...parts.map(({ length }) => length))).toBe(INLINE_BYTES)
    expect(parts.map(({ bytes }) => Buffer.from(bytes ?? []).toString('latin1')).join('')).toBe(conversation.answer)
    const segments = bodies.flatMap((body) => (body.kind === 'response.serialized' ? body.segments : []))
    const ofChunk = segments.filter(({ from }) => from === 'chunk:0')
    expect(ofChunk.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(long.length)
    checkOrder(recorded(conversation))
  })

  test('is told without its bytes by the chunk itself where that is longer than MOST_BYTES', () => {
    const large = 'x'.repeat(MOST_BYTES + 1)
    const { drafts } = new Conversation(answering('200 OK', [], [large])).send(GET)
    const yielded = drafts.map(({ body }) => body).find((body) => body.kind === 'app.yielded')
    expect(yielded).toEqual({ kind: 'app.yielded', length: large.length, bytes: null })
  })
})

describe('an application whose answer has no body', () => {
  const NO_CONTENT = '204 No Content'
  const stopped = (status: string, chunks: string[], send: string): number =>
    new Conversation(answering(status, [], chunks, null)).send(send).of('closeApp').length

  test.each([
    ['HEAD', '200 OK', HEAD],
    ['204', NO_CONTENT, GET],
    ['205', '205 Reset Content', GET],
    ['304', '304 Not Modified', GET],
  ])('%s: may end by itself, but is told to where it goes on and on', (_, status, send) => {
    const chunk = 'x'.repeat(CREDIT / 4)
    expect(stopped(status, [chunk, chunk, chunk, chunk], send)).toBe(0)
    expect(stopped(status, [chunk, chunk, chunk, chunk, 'x', 'x'], send)).toBe(1)
  })

  test('is told to end once the client has closed its side, since nothing is to come', () => {
    const begun: TestApp = () => [called, startResponse('200 OK'), returned(null), chunk('a')]
    const conversation = new Conversation(begun).send(HEAD)
    conversation.appDoes(0, chunk('b'))
    expect(conversation.of('closeApp')).toEqual([])
    conversation.feed({ kind: 'eof' }).appDoes(0, chunk('c'))
    expect(conversation.of('closeApp')).toEqual([{ kind: 'closeApp', exchange: 0 }])
    conversation.appDoes(0, closed)
    expect(conversation.of('close')).toHaveLength(1)
  })

  test('lets the next request have its turn, on the same connection', () => {
    const chunks = Array.from({ length: 6 }, () => 'x'.repeat(CREDIT / 4))
    const conversation = new Conversation(answering(NO_CONTENT, [], chunks, null)).send(GET + GET)
    expect(conversation.answer.match(/HTTP\/1\.1 204/g)).toHaveLength(2)
  })
})
