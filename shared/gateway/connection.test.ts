import { describe, expect, test } from 'vitest'
import { latin1Encode } from '../bytes/latin1.ts'
import { answering, called, chunk, closed, exhausted, hello, returned, startResponse } from '../testing/apps.ts'
import { Conversation, type TestApp } from '../testing/conversation.ts'
import { replaySplit } from '../testing/replaySplit.ts'
import { story } from '../testing/story.ts'
import { CREDIT } from './credit.ts'
import { DEFAULT_LIMITS, type GatewayOptions } from './types.ts'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n'
/** One that is called and does nothing by itself. */
const slow: TestApp = () => [called]
const begun: TestApp = () => [called, startResponse('200 OK'), returned(null)]
const received = (conversation: Conversation) =>
  conversation.drafts.filter(({ body }) => body.kind === 'socket.received').map(({ exchange }) => exchange)

describe('an exchange', () => {
  test('is told from the first byte to close()', () => {
    const send =
      'POST /a?b HTTP/1.1\r\nHost: x\r\nX_A: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n'
    expect(story(replaySplit(hello, [send, { eof: true }]))).toEqual([
      '- connection.opened',
      '0 request.line POST /a?b HTTP/1.1',
      '0 request.header Host: x',
      '0 request.header X_A: 1 (underscore)',
      '0 referee.finding warning header-underscore',
      '0 request.header Transfer-Encoding: chunked (coding-undone)',
      '0 request.header X-T: 1 (trailer)',
      '0 request.body chunked 3',
      '0 environ.built',
      '0 app.called',
      '0 app.startResponse 200 OK',
      '0 app.returned 1',
      '0 app.yielded 5',
      '0 response.serialized server:version status header:0 server:date server:server server:content-length chunk:0',
      '0 response.answered application 200 complete',
      '0 app.closed',
      '- connection.closed client',
    ])
  })

  test('does not begin before the one before it is answered and closed', () => {
    const conversation = new Conversation(slow).send(`${GET}${GET}`)
    conversation.appDoes(0, startResponse('200 OK'), returned(0), exhausted)
    expect(conversation.calls).toHaveLength(1)
    conversation.appDoes(0, closed)
    expect(conversation.calls).toHaveLength(2)
  })

  test('owns the segments that arrive once its line is read, and while it is read', () => {
    const conversation = new Conversation(slow)
    for (const piece of [
      'POST / HT',
      'TP/1.1\r\nHo',
      'st: x\r\nContent-Length: 2\r\n\r\n',
      'a',
      'b',
      GET.slice(0, 9),
    ]) {
      conversation.send(piece)
    }
    expect(received(conversation)).toEqual([null, null, 0, 0, 0, null])
  })

  test('of an absolute target says where its authority is, and drops the Host header', () => {
    const send = 'GET http://o/p HTTP/1.1\r\nHost: x\r\n\r\n'
    const conversation = replaySplit(hello, [send])
    const line = conversation.drafts.map(({ body }) => body).find((body) => body.kind === 'request.line')
    expect(line?.spans).toMatchObject({
      authority: { start: 11, end: 12 },
      path: { start: 12, end: 14 },
      query: null,
    })
    expect(story(conversation)).toContain('0 request.header Host: x (replaced-by-target)')
  })

  test('with bytes above 127 in its target is served, with a note that points at the first', () => {
    const conversation = replaySplit(hello, ['GET /a\xe4\xbd HTTP/1.1\r\nHost: x\r\n\r\n'])
    const finding = conversation.drafts.map(({ body }) => body).find((body) => body.kind === 'referee.finding')
    expect(finding).toMatchObject({ rule: 'target-raw-bytes', level: 'note', span: { start: 6, end: 7 } })
    expect(conversation.answer).toContain('200 OK')
  })

  test('keeps the spans of at most 4,096 pieces of its body', () => {
    const send = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(5000)}0\r\n\r\n`
    const conversation = new Conversation(hello).send(send)
    const body = conversation.drafts.map(({ body }) => body).find((body) => body.kind === 'request.body')
    expect(body).toMatchObject({ length: 5000 })
    expect(body?.spans).toHaveLength(4096)
    expect(body?.spans[4095]).toEqual({ start: send.length - 5 - 904 * 6 - 3, end: send.length - 5 - 904 * 6 - 2 })
  })
})

describe('100 Continue', () => {
  const expecting = (more: string) => `POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n${more}\r\n`

  test('is sent once the head is there and the body is not', () => {
    const conversation = new Conversation(hello).send(expecting('Content-Length: 3\r\n'))
    expect(conversation.answer).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    expect(conversation.segments.map(({ from }) => from)).toEqual(['server:continue'])
    conversation.send('abc')
    expect(conversation.answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
    expect(conversation.calls[0]?.body).toBe('abc')
  })

  test.each([
    ['who has begun to send it', `${expecting('Content-Length: 3\r\n')}a`],
    ['who has none to send', expecting('Content-Length: 0\r\n')],
    ['who has announced none', expecting('')],
    ['of HTTP/1.0', 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'],
    ['whose body is refused', expecting('Content-Length: 9999999999\r\n')],
  ])('is not sent to a client %s', (_, send) => {
    expect(new Conversation(hello).send(send).answer).not.toContain('100 Continue')
  })

  test('makes no difference to the trace but for itself', () => {
    replaySplit(hello, [expecting('Transfer-Encoding: chunked\r\n'), '3\r\nabc\r\n0\r\n\r\n', GET])
  })
})

describe('a client that has sent EOF', () => {
  test.each([
    ['gets the answer to a complete request', [GET], 1],
    ['gets the answers to all that are complete', [`${GET}${GET}${GET}`], 3],
    ['is told what is missing of the last', [`${GET}GET`], 2],
  ])('%s, then the end', (_, sends, answers) => {
    const conversation = replaySplit(hello, [...sends, { eof: true }])
    expect(conversation.answer.match(/HTTP\/1\.1 /g)).toHaveLength(answers)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: false }])
  })

  test('gets its answer when the application is still at it', () => {
    const conversation = new Conversation(begun).send(GET).feed({ kind: 'eof' })
    expect(conversation.closed).toBe(false)
    conversation.appDoes(0, chunk('a'), exhausted, closed)
    expect(conversation.answer).toMatch(/Connection: close\r\n\r\n1\r\na\r\n0\r\n\r\n$/)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: false }])
  })

  test('and has said nothing, or an empty line, is not answered', () => {
    for (const sends of [[], ['\r\n']]) {
      const conversation = replaySplit(hello, [...sends, { eof: true }])
      expect(conversation.answer).toBe('')
      expect(story(conversation).at(-1)).toBe('- connection.closed client')
    }
  })
})

describe('a client that is gone', () => {
  test('while the application is at it: the application is closed, and its end still told', () => {
    const conversation = new Conversation(begun).send(GET).appDoes(0, chunk('a'))
    conversation.feed({ kind: 'clientGone', why: 'ECONNRESET' })
    expect(conversation.of('closeApp')).toEqual([{ kind: 'closeApp', exchange: 0 }])
    conversation.appDoes(0, chunk('b'), closed)
    expect(story(conversation).slice(-3)).toEqual([
      '0 response.answered application 200 cut short',
      '- connection.closed client',
      '0 app.closed',
    ])
    expect(conversation.outputs.filter(({ kind }) => kind === 'close')).toEqual([])
  })

  test('before the head: there was no answer', () => {
    const conversation = new Conversation(slow).send(GET).feed({ kind: 'clientGone', why: 'ECONNRESET' })
    expect(story(conversation).slice(-2)).toEqual(['0 app.called', '- connection.closed client'])
    expect(conversation.of('closeApp')).toHaveLength(1)
  })

  test('while its request is read: nobody needs to be closed', () => {
    const conversation = new Conversation(hello).send(POST).feed({ kind: 'clientGone', why: 'ECONNRESET' })
    expect(conversation.of('closeApp')).toEqual([])
    expect(story(conversation).at(-1)).toBe('- connection.closed client')
  })

  test('is not listened to any more', () => {
    const conversation = new Conversation(hello).feed({ kind: 'clientGone', why: 'ECONNRESET' })
    const before = conversation.outputs.length
    conversation.send(GET).feed({ kind: 'eof' }).feed({ kind: 'shutdown' }).feed({ kind: 'clientGone', why: 'x' })
    expect(conversation.outputs).toHaveLength(before)
  })
})

describe('a client that asks for the connection to be closed', () => {
  const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

  test('is not listened to any more once it has its answer', () => {
    expect(new Conversation(hello).send(LAST).of('close')).toEqual([{ kind: 'close', linger: false }])
    expect(new Conversation(hello).send('GET / HTTP/1.0\r\n\r\n').of('close')).toEqual([
      { kind: 'close', linger: false },
    ])
  })

  test('and has said more all the same is let finish, or it would lose its answer', () => {
    const conversation = new Conversation(hello).send(`${LAST}${GET}`)
    expect(conversation.answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: true }])
  })

  test('and is refused is let finish, or it would lose its refusal', () => {
    const conversation = new Conversation(hello).send(LAST.replace('\r\n\r\n', '\r\nContent-Length: x\r\n\r\n'))
    expect(conversation.answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: true }])
  })
})

describe('a deadline', () => {
  const asked = (conversation: Conversation) => conversation.of('deadline').map(({ of, afterMs }) => `${of} ${afterMs}`)

  test('for the first byte runs from the moment the connection is opened', () => {
    const conversation = new Conversation(hello).feed({ kind: 'opened' })
    expect(asked(conversation)).toEqual(['idle 15000'])
    conversation.deadline('idle', DEFAULT_LIMITS.idleMs)
    expect(conversation.answer).toBe('')
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: true }])
  })

  test('of a head is absolute: more bytes do not move it', () => {
    const conversation = new Conversation(hello).send('GET / HTTP/1.1\r\n')
    for (let i = 0; i < 9; i++) {
      conversation.now += 1_000_000
      conversation.send('A: 1\r\n')
    }
    expect(asked(conversation)).toEqual(['header 10000'])
    conversation.deadline('header', 1000)
    expect(conversation.answer).toContain('HTTP/1.1 408 ')
  })

  test('of a body gives ten seconds, and one more for each KiB', () => {
    const conversation = new Conversation(slow).send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n')
    conversation.send('a'.repeat(2048)).deadline('body', 10_000)
    expect(conversation.answer).toBe('')
    expect(asked(conversation)).toEqual(['body 10000', 'body 2000'])
    conversation.deadline('body', 2000)
    expect(conversation.answer).toContain('HTTP/1.1 408 ')
  })

  test('that fires too early is asked for again, for what is left', () => {
    const conversation = new Conversation(hello).feed({ kind: 'opened' })
    conversation.now += 9_000_000
    conversation.send(GET).deadline('idle', 6000)
    expect(asked(conversation)).toEqual(['idle 15000', 'idle 9000'])
    expect(conversation.closed).toBe(false)
    conversation.deadline('idle', 9000)
    expect(conversation.closed).toBe(true)
  })

  test('does not run while the application is at it', () => {
    const conversation = new Conversation(slow).send(GET)
    for (const of of ['idle', 'header', 'body', 'linger'] as const) conversation.deadline(of, 100_000)
    expect(conversation.closed).toBe(false)
    expect(asked(conversation)).toEqual([])
  })

  test('between requests is not put off by empty lines', () => {
    const conversation = new Conversation(hello).feed({ kind: 'opened' })
    conversation.now += 14_000_000
    conversation.send('\r\n').deadline('idle', 1000)
    expect(conversation.closed).toBe(true)
  })

  test('costs a request in time nothing', () => {
    const conversation = new Conversation(hello).feed({ kind: 'opened' })
    for (let i = 0; i < 50; i++) {
      conversation.now += 100_000
      conversation.send(GET)
    }
    expect(asked(conversation)).toEqual(['idle 15000'])
  })

  test('ends the lingering, and so does the client', () => {
    const bad = 'GET\r\n'
    const waited = new Conversation(hello).send(bad).send('more').deadline('linger', DEFAULT_LIMITS.lingerMs)
    const ended = new Conversation(hello).send(bad).send('more').feed({ kind: 'eof' })
    for (const conversation of [waited, ended]) {
      expect(conversation.of('close').map(({ linger }) => linger)).toEqual([true, false])
      expect(story(conversation).filter((line) => line.includes('connection.closed'))).toHaveLength(1)
    }
  })
})

describe('a server that is stopping', () => {
  test('closes what is idle', () => {
    const conversation = new Conversation(hello).send(GET).feed({ kind: 'shutdown' })
    expect(conversation.closed).toBe(true)
    expect(story(conversation).at(-1)).toBe('- connection.closed gateway')
  })

  test('finishes what is under way, and says that it was the last', () => {
    const conversation = new Conversation(begun).send(`${GET}${GET}`).feed({ kind: 'shutdown' })
    expect(conversation.closed).toBe(false)
    conversation.appDoes(0, chunk('a'), exhausted, closed)
    expect(conversation.answer).toContain('Connection: close\r\n')
    expect(conversation.calls).toHaveLength(1)
    expect(conversation.closed).toBe(true)
  })

  test('closes after an answer that had already promised to stay', () => {
    const conversation = new Conversation(begun).send(GET).appDoes(0, chunk('a')).feed({ kind: 'shutdown' })
    conversation.appDoes(0, exhausted)
    expect(conversation.closed).toBe(true)
  })

  test('still takes a request that has begun', () => {
    const conversation = new Conversation(hello).send('GET / HT').feed({ kind: 'shutdown' })
    conversation.send('TP/1.1\r\nHost: x\r\n\r\n')
    expect(conversation.answer).toMatch(/200 OK.*Connection: close/s)
    expect(conversation.closed).toBe(true)
  })

  test('can ask whether a connection waits for anything', () => {
    const conversation = new Conversation(slow)
    expect(conversation.gateway.idle).toBe(true)
    conversation.send('GET / HT')
    expect(conversation.gateway.idle).toBe(false)
    conversation.send('TP/1.1\r\nHost: x\r\n\r\n')
    expect(conversation.gateway.idle).toBe(false)
    conversation.appDoes(0, startResponse('200 OK'), returned(0), exhausted, closed)
    expect(conversation.gateway.idle).toBe(true)
  })
})

describe('flow', () => {
  const half = 'a'.repeat(CREDIT / 2)

  test('an application is given new credit for what it has used of it, half of it at a time', () => {
    const conversation = new Conversation(begun).send(GET)
    conversation.appDoes(0, chunk('a'.repeat(100)))
    expect(conversation.of('nextChunk')).toEqual([])
    conversation.appDoes(0, chunk(half))
    expect(conversation.of('nextChunk')).toEqual([{ kind: 'nextChunk', exchange: 0, credit: CREDIT / 2 + 100 }])
  })

  test('an empty chunk counts as 64 bytes', () => {
    const conversation = new Conversation(begun).send(GET)
    conversation.appDoes(0, ...Array.from({ length: CREDIT / 2 / 64 }, () => chunk('')))
    expect(conversation.of('nextChunk')).toEqual([{ kind: 'nextChunk', exchange: 0, credit: CREDIT / 2 }])
  })

  test('is stopped by a socket that takes no more, in both directions, until it does', () => {
    const conversation = new Conversation(begun).send(GET).congested()
    conversation.appDoes(0, chunk(half), chunk(half))
    expect(conversation.of('nextChunk')).toEqual([])
    expect(conversation.of('readMore')).toEqual([{ kind: 'readMore', on: false }])
    conversation.drained()
    expect(conversation.of('nextChunk')).toEqual([{ kind: 'nextChunk', exchange: 0, credit: CREDIT }])
    expect(conversation.of('readMore').at(-1)).toEqual({ kind: 'readMore', on: true })
  })

  test('of pipelined requests is stopped while more than 256 KiB of them wait', () => {
    const conversation = new Conversation(slow).send(GET)
    conversation.send('x'.repeat(256 * 1024))
    expect(conversation.of('readMore')).toEqual([])
    conversation.send('x')
    expect(conversation.of('readMore')).toEqual([{ kind: 'readMore', on: false }])
    conversation.appDoes(0, startResponse('200 OK'), returned(0), exhausted, closed)
    expect(conversation.of('readMore').at(-1)).toEqual({ kind: 'readMore', on: true })
  })

  test('of a body is not stopped: it does not wait here', () => {
    const conversation = new Conversation(slow).send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n')
    for (let i = 0; i < 9; i++) conversation.send('b'.repeat(100_000))
    expect(conversation.of('readMore')).toEqual([])
    expect(conversation.of('body').reduce((sum, { data }) => sum + data.length, 0)).toBe(900_000)
    expect(conversation.of('callApp')).toMatchObject([{ bodyLength: 900_000 }])
  })

  test('a client that closes gets no more credit to its application', () => {
    const conversation = new Conversation(begun).send(GET).feed({ kind: 'clientGone', why: 'x' })
    conversation.appDoes(0, chunk(half), chunk(half)).drained()
    expect(conversation.of('nextChunk')).toEqual([])
  })
})

describe('where nobody watches', () => {
  const sends = [`${POST}hello${GET}`, 'GET\r\n']
  const plain = (options: Partial<GatewayOptions>) => {
    const conversation = new Conversation(answering('200 OK', [], ['a', 'b'.repeat(100_000)], null), options)
    for (const send of sends) conversation.send(send)
    return conversation
  }

  test('no trace is made, and the same bytes go out', () => {
    const [watched, unwatched] = [plain({}), plain({ trace: false })]
    expect(unwatched.of('trace')).toEqual([])
    expect(unwatched.answer).toBe(watched.answer)
    const others = (conversation: Conversation) =>
      conversation.outputs.map(({ kind }) => kind).filter((kind) => kind !== 'trace')
    expect(others(unwatched)).toEqual(others(watched))
  })

  test('a small response is one segment', () => {
    const conversation = new Conversation(hello, { trace: false }).send(GET)
    expect(conversation.segments).toHaveLength(1)
  })

  test('bytes come from where the platform says', () => {
    const sizes: number[] = []
    const allocate = (size: number) => {
      sizes.push(size)
      return Buffer.alloc(size)
    }
    const conversation = new Conversation(hello, { trace: false, allocate }).send(GET)
    expect(sizes).toEqual([conversation.answer.length])
  })
})

describe('what the application writes to its log', () => {
  test('is told even after close(), as its own', () => {
    const conversation = new Conversation(hello).send(GET)
    conversation.appDoes(0, { kind: 'logged', source: 'stderr', text: 'late' })
    expect(story(conversation).at(-1)).toBe('0 log.line')
  })
})

test('time never runs backwards within a connection', () => {
  const conversation = new Conversation(slow)
  conversation.now = 50
  conversation.send(GET)
  conversation.now = 20
  conversation.appDoes(0, startResponse('200 OK'))
  const times = conversation.drafts.map(({ at }) => at)
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

test('bytes in shared memory are copied for the trace, since they may change', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(3))
  shared.set(latin1Encode('GET'))
  const conversation = new Conversation(hello).feed({ kind: 'bytes', data: shared })
  shared.fill(0)
  const event = conversation.drafts.map(({ body }) => body).find((body) => body.kind === 'socket.received')
  expect(event?.bytes).toEqual(latin1Encode('GET'))
})
