/** What is built late is what would have been traced live: both are compared with a gateway that traces all along. */

import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createGateway } from '../gateway/connection.ts'
import type { GatewayOptions, Input } from '../gateway/types.ts'
import {
  answering,
  called,
  chunk,
  closed,
  died,
  echo,
  hello,
  raised,
  returned,
  startResponse,
} from '../testing/apps.ts'
import { type TestApp, testOptions } from '../testing/conversation.ts'
import { testScheduler } from '../testing/scheduler.ts'
import { Coherence } from '../trace/coherence.ts'
import type { TraceEvent } from '../trace/events.ts'
import { weigh } from '../trace/weight.ts'
import { DEFAULT_LOG_LIMITS, EventLog, type LogLimits } from './eventLog.ts'

type Step = string | { ms: number } | 'eof' | 'gone' | 'idle' | 'stop'

const HELLO = 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n'
const UPLOAD = 'POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED = 'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const WRONG = 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'

const APPS: Record<string, TestApp> = {
  hello,
  echo,
  stream: answering('200 OK', [], ['a', '', 'bc'], null),
  raises: () => [called, raised, closed],
  torn: () => [called, startResponse('200 OK', [['Content-Length', '9']]), returned(1), chunk('x'), raised, closed],
  dies: () => [called, died(500)],
}

/** Connections over one log, each as the edge has them: a gateway that serves, and whoever listens. */
class Edge {
  now = 0
  readonly log: EventLog
  /** What gateways that trace would have said. */
  readonly #traced = new EventLog(testScheduler(() => this.now))
  #connections = 0

  constructor(limits: Partial<LogLimits> = {}) {
    this.log = new EventLog(
      testScheduler(() => this.now),
      { ...DEFAULT_LOG_LIMITS, ...limits },
    )
  }

  connect(app: TestApp): (step: Step) => void {
    const options: GatewayOptions = { ...testOptions, trace: this.log.wantsAll }
    const gateway = createGateway(options)
    const tracing = createGateway({ ...options, trace: true })
    const recorder = this.log.recorder(gateway, (resume) =>
      createGateway({ ...options, trace: true, ...(resume === null ? {} : { resume }) }),
    )
    const numbers: number[] = []
    const traced = this.#traced.connection()
    this.#connections++
    const feed = (input: Input): void => {
      const inbox = [input]
      for (const next of inbox) {
        const outputs = gateway.receive(next)
        recorder.hear(next, outputs)
        while (numbers.length < gateway.account.begun) numbers.push(this.#traced.count('requests'))
        for (const output of tracing.receive(next)) {
          if (output.kind !== 'trace') continue
          const { at, exchange, body } = output.draft
          traced.append({ at, exchange: exchange === null ? null : (numbers[exchange] ?? null), body })
        }
        for (const output of outputs) {
          if (output.kind !== 'callApp') continue
          for (const event of app({ environ: output.environ, body: '' })) {
            inbox.push({ kind: 'app', now: ++this.now, exchange: output.exchange, event })
          }
        }
      }
    }
    feed({ kind: 'opened', now: ++this.now })
    return (step) => {
      const now = ++this.now
      if (typeof step === 'object') this.now += step.ms * 1000
      else if (step === 'eof') feed({ kind: 'eof', now })
      else if (step === 'gone') feed({ kind: 'clientGone', why: 'gone', now })
      else if (step === 'stop') feed({ kind: 'shutdown', now })
      else if (step === 'idle') {
        this.now += 20_000_000
        feed({ kind: 'deadline', of: 'idle', now: this.now })
      } else feed({ kind: 'bytes', data: new Uint8Array(Buffer.from(step, 'latin1')), now })
    }
  }

  get expectedEvents(): TraceEvent[] {
    return this.#traced.snapshot()
  }

  told = (conn: number): object[] => ofConnection(this.log.snapshot(), conn)
  expected = (conn: number): object[] => ofConnection(this.#traced.snapshot(), conn)

  expectAll(): void {
    for (let conn = 1; conn <= this.#connections; conn++) expect(this.told(conn)).toEqual(this.expected(conn))
  }
}

/** Without numbers, which depend on when the other connections were told. */
function ofConnection(events: readonly TraceEvent[], conn: number): object[] {
  const kindOf = (seq: number | null) => events.find((event) => event.seq === seq)?.kind
  return events
    .filter((event) => event.conn === conn)
    .map(({ seq: _, ...event }) => ('about' in event ? { ...event, about: kindOf(event.about) } : event))
}

const app = fc.constantFrom(...Object.values(APPS))
const request = fc.constantFrom(HELLO, UPLOAD, CHUNKED, HELLO + UPLOAD, LAST, WRONG, '\r\n')
const step: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 6, arbitrary: request.map((text) => [text]) },
  {
    weight: 4,
    arbitrary: fc.tuple(request, fc.nat()).map(([text, at]) => {
      const cut = at % text.length
      return cut === 0 ? [text] : [text.slice(0, cut), text.slice(cut)]
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step[]>(['eof'], ['gone'], ['idle'], ['stop'], [{ ms: 500 }]) },
)
const connection = fc.tuple(
  app,
  fc.array(step, { maxLength: 8 }).map((steps) => steps.flat()),
)

/** Plays them in turns, a step of each, and calls `between` after each turn. */
function play(edge: Edge, connections: readonly [TestApp, Step[]][], between: (turn: number) => void): void {
  const playing = connections.map(([app, steps]) => ({ take: edge.connect(app), steps }))
  const turns = Math.max(...connections.map(([, steps]) => steps.length))
  for (let turn = 0; turn < turns; turn++) {
    for (const { take, steps } of playing) {
      const step = steps[turn]
      if (step !== undefined) take(step)
    }
    between(turn)
  }
}

const connections = fc.array(connection, { minLength: 1, maxLength: 3 })

test('what is built when somebody looks is what would have been traced, however late they look', () => {
  fc.assert(
    fc.property(connections, fc.nat({ max: 16 }), (played, look) => {
      const edge = new Edge()
      play(edge, played, (turn) => {
        if (turn === look) edge.log.subscribe(() => undefined)
      })
      edge.expectAll()
      expect(edge.log.totals.requests).toBe(edge.log.totals.traced)
    }),
    { numRuns: 400 },
  )
})

test('who looks away and back has missed nothing that is still recorded', () => {
  fc.assert(
    fc.property(connections, fc.nat({ max: 4 }), fc.nat({ max: 4 }), (played, away, back) => {
      const edge = new Edge()
      let leave: (() => void) | null = edge.log.subscribe(() => undefined)
      play(edge, played, (turn) => {
        if (turn === away) {
          leave?.()
          leave = null
        }
        if (turn === away + back) edge.log.since(edge.log.next)
      })
      edge.expectAll()
    }),
    { numRuns: 200 },
  )
})

test('of many requests that nobody watched, the last are there, with the opening of their connection', () => {
  const edge = new Edge({ recorded: 3 })
  const send = edge.connect(hello)
  for (let i = 0; i < 10; i++) send(HELLO)
  const lines = edge.log.snapshot().filter(({ kind }) => kind === 'request.line' || kind === 'connection.opened')
  expect(lines.map(({ kind, exchange }) => `${kind} ${exchange}`)).toEqual([
    'connection.opened null',
    'request.line 8',
    'request.line 9',
    'request.line 10',
  ])
  expect(edge.log.totals).toEqual({ requests: 10, answered: 10, traced: 3, letGo: 7 })
  const told = edge.told(1)
  const expected = edge.expected(1)
  expect(told).toEqual([expected[0], ...expected.slice(1 - told.length)])
})

test('what is recorded weighs no more than the limit, also while one request grows', () => {
  const edge = new Edge({ recordedBytes: 100_000 })
  const send = edge.connect(hello)
  send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n`)
  for (let i = 0; i < 100; i++) send('x'.repeat(10_000))
  send(HELLO)
  const events = edge.log.snapshot()
  const lines = events.filter(({ kind }) => kind === 'request.line')
  expect(lines.map(({ exchange }) => exchange)).toEqual([1, 2])
  expect(edge.log.totals).toEqual({ requests: 2, answered: 2, traced: 2, letGo: 0 })
  expect(events.reduce((sum, event) => sum + weigh(event), 0)).toBeLessThan(100_000)
})

test('while somebody watches, so many exchanges a second are traced, all are counted, and those that fail are told', () => {
  const edge = new Edge({ tracedPerSecond: 5 })
  edge.log.subscribe(() => undefined)
  const send = edge.connect(({ environ, body }) => {
    const path = environ.find(({ key }) => key === 'PATH_INFO')?.value
    return (path === '/raise' ? APPS.raises : hello)?.({ environ, body }) ?? []
  })
  for (let i = 0; i < 20; i++) send(HELLO)
  const wrong = edge.connect(hello)
  wrong(WRONG)
  wrong('eof')
  const raising = edge.connect(APPS.raises ?? hello)
  raising(HELLO)
  const ids = edge.log.snapshot().flatMap(({ kind, exchange }) => (kind === 'response.answered' ? [exchange] : []))
  expect(ids).toEqual([1, 2, 3, 4, 5, 21, 22])
  // One of them, the newest that was passed over, may still be told.
  expect(edge.log.totals).toEqual({ requests: 22, answered: 22, traced: 7, letGo: 14 })
  expect(edge.told(2)).toEqual(edge.expected(2))
  expect(edge.told(3)).toEqual(edge.expected(3))
})

test('what a gateway tells by itself, for a sink, is what one that listens in would tell', () => {
  fc.assert(
    fc.property(connections, fc.nat({ max: 8 }), fc.nat({ max: 8 }), (played, away, look) => {
      const edge = new Edge()
      const leave = edge.log.sink(() => undefined)
      play(edge, played, (turn) => {
        if (turn === away) leave()
        if (turn === away + look) edge.log.subscribe(() => undefined)
      })
      edge.expectAll()
    }),
    { numRuns: 200 },
  )
})

test('a sink is given every exchange', () => {
  const edge = new Edge({ tracedPerSecond: 5 })
  const kinds: string[] = []
  edge.log.sink(({ kind }) => kinds.push(kind))
  const send = edge.connect(hello)
  for (let i = 0; i < 20; i++) send(HELLO)
  expect(kinds.filter((kind) => kind === 'response.answered')).toHaveLength(20)
  expect(edge.told(1)).toEqual(edge.expected(1))
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what is told in turns goes on meanwhile, and is told once and in order', async () => {
  const pieces = 30_000
  // What comes last would be too much to be kept, were it not told by then.
  const edge = new Edge({ recordedBytes: 4 * 121 * (pieces - 5) })
  const over = edge.connect(hello)
  for (let i = 0; i < 50; i++) over(HELLO)
  const send = edge.connect(echo)
  send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${pieces}\r\n\r\n`)
  for (let i = 0; i < pieces - 10; i++) send('x')
  const prepared = edge.log.prepare()
  while (edge.log.next < 1500) await turn()
  expect(edge.log.next).toBeLessThan(pieces)
  for (let i = 0; i < 10; i++) send('y')
  over(HELLO)
  await prepared
  edge.expectAll()
  expect(edge.log.index.exchanges).toHaveLength(52)
})

test('where more is recorded than can be told, telling ends, with the newest and all counted', async () => {
  const edge = new Edge({ recorded: 50 })
  const send = edge.connect(hello)
  for (let i = 0; i < 50; i++) send(HELLO)
  let over = false
  const prepared = edge.log.prepare().then(() => {
    over = true
  })
  while (!over) {
    for (let i = 0; i < 200; i++) send(HELLO)
    await turn()
  }
  await prepared
  edge.log.subscribe(() => undefined)
  const { requests, traced, letGo } = edge.log.totals
  expect(edge.log.index.exchanges.at(-1)?.id).toBe(requests)
  expect(traced + letGo).toBe(requests)
  expect(edge.log.index.exchanges).toHaveLength(traced)
})

test('the index holds what is kept, whenever it is asked', () => {
  const edge = new Edge({ exchanges: 5, tracedPerSecond: 1000 })
  const send = edge.connect(hello)
  const ids = () => edge.log.index.exchanges.map(({ id }) => id)
  for (let i = 0; i < 3; i++) send(HELLO)
  expect(ids()).toEqual([1, 2, 3])
  edge.log.subscribe(() => undefined)
  for (let i = 0; i < 20; i++) send(HELLO)
  expect(ids()).toEqual([19, 20, 21, 22, 23])
  expect(edge.log.exchange(23)?.[0]?.kind).toBe('connection.opened')
  expect(edge.log.exchange(18)).toBeNull()
})

const kindsOf = (events: readonly TraceEvent[], exchange: number) =>
  events.flatMap((event) => (event.exchange === exchange ? [event.kind] : []))

test('of a large body that nobody watched the beginning is there, and all that is not its bytes', () => {
  const edge = new Edge({ recordedBytes: 1_000_000 })
  const send = edge.connect(answering('200 OK', [['Content-Type', 'a/b']], ['x'.repeat(5_000_000)], null))
  send(HELLO)
  const events = edge.log.snapshot()
  const [first, ...rest] = events.flatMap((event) => (event.kind === 'socket.sent' ? [event.bytes] : []))
  expect(Buffer.from(first ?? []).toString('latin1')).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n4c4b40\r\nxxxx/)
  expect(first?.length).toBe(65_536)
  expect(rest.filter((bytes) => bytes !== null)).toEqual([])
  expect(kindsOf(events, 1)).toEqual(expect.arrayContaining(['request.line', 'app.closed', 'response.answered']))
  expect(edge.told(1).length).toBe(edge.expected(1).length)
})

test('one answer of many chunks leaves room for what was before it, watched or not, and says what it left out', () => {
  for (const watched of [false, true]) {
    const edge = new Edge({ bytes: 400_000, recordedBytes: 400_000 })
    if (watched) edge.log.subscribe(() => undefined)
    const path = (environ: readonly { key: string; value: string }[]) =>
      environ.find(({ key }) => key === 'PATH_INFO')?.value
    const many = answering(
      '200 OK',
      [['A', 'b']],
      Array.from({ length: 5000 }, () => 'x'),
      null,
    )
    const send = edge.connect((call) => (path(call.environ) === '/hello' ? hello(call) : many(call)))
    for (let i = 0; i < 5; i++) send(HELLO)
    send(UPLOAD)
    send(HELLO)
    const events = edge.log.snapshot()
    const answered = events.flatMap(({ kind, exchange }) => (kind === 'response.answered' ? [exchange] : []))
    expect(answered).toEqual([1, 2, 3, 4, 5, 6, 7])
    const omitted = events.flatMap((event) => (event.kind === 'trace.omitted' ? [event.events] : []))
    const chunks = kindsOf(events, 6).filter((kind) => kind === 'app.yielded').length
    expect(omitted).toEqual([null, expect.any(Number)])
    expect(chunks).toBeGreaterThan(100)
    expect((omitted[1] ?? 0) + kindsOf(events, 6).length - 2).toBe(kindsOf(edge.expectedEvents, 6).length)
  }
})

test('the newest of more requests than are traced is told, in the order of its connection', async () => {
  const edge = new Edge({ tracedPerSecond: 5 })
  edge.log.subscribe(() => undefined)
  const send = edge.connect(hello)
  const answered = () =>
    edge.log.snapshot().flatMap(({ kind, exchange }) => (kind === 'response.answered' ? [exchange] : []))
  for (let i = 0; i < 20; i++) send(HELLO)
  expect(answered()).toEqual([1, 2, 3, 4, 5])
  await vi.waitFor(() => expect(answered()).toEqual([1, 2, 3, 4, 5, 20]))
  for (let i = 0; i < 3; i++) send(HELLO)
  send({ ms: 1000 })
  send(HELLO)
  expect(answered()).toEqual([1, 2, 3, 4, 5, 20, 23, 24])
  const coherence = new Coherence()
  expect(edge.log.snapshot().map((event) => coherence.fault(event))).toEqual(edge.log.snapshot().map(() => null))
  expect(edge.log.totals.letGo).toBe(16)
})

test('the newest that was passed over is told before what came when nobody watched any more', () => {
  const edge = new Edge({ tracedPerSecond: 2 })
  const leave = edge.log.subscribe(() => undefined)
  const send = edge.connect(hello)
  for (let i = 0; i < 4; i++) send(HELLO)
  leave()
  send(HELLO)
  send(HELLO)
  const coherence = new Coherence()
  const events = edge.log.snapshot()
  expect(events.map((event) => coherence.fault(event))).toEqual(events.map(() => null))
  const answered = events.flatMap(({ kind, exchange }) => (kind === 'response.answered' ? [exchange] : []))
  expect(answered).toEqual([1, 2, 4, 5, 6])
})
