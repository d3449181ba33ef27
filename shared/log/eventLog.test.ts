import { expect, test } from 'vitest'
import { testScheduler } from '../testing/scheduler.ts'
import type { TraceBody, TraceEvent } from '../trace/events.ts'
import { weigh } from '../trace/weight.ts'
import type { ConnectionLog } from './connectionLog.ts'
import { DEFAULT_LOG_LIMITS, EventLog } from './eventLog.ts'

const ADDRESS = { host: '127.0.0.1', port: 1 }

function newLog(limits: Partial<typeof DEFAULT_LOG_LIMITS> = {}) {
  let time = 0
  const log = new EventLog(
    testScheduler(() => time),
    { ...DEFAULT_LOG_LIMITS, ...limits },
  )
  const numbers = new Map<string, number>()
  /** `exchange` as the connection counts it. */
  const say = (connection: ConnectionLog, exchange: number | null, ...bodies: TraceBody[]) => {
    const key = `${connection.number} ${exchange}`
    if (exchange !== null && !numbers.has(key)) numbers.set(key, log.count('requests'))
    for (const body of bodies) {
      if (body.kind === 'response.answered') log.count('answered')
      connection.append({ at: ++time, exchange: numbers.get(key) ?? null, body })
    }
  }
  return { log, say }
}

const opened: TraceBody = { kind: 'connection.opened', peer: ADDRESS, local: ADDRESS, protocol: 'http', via: 'direct' }
const closed: TraceBody = { kind: 'connection.closed', by: 'client', why: 'closed' }
const answered: TraceBody = { kind: 'response.answered', by: 'application', status: 200, complete: true }

const received = (start: number, text: string): TraceBody => {
  const bytes = new Uint8Array(Buffer.from(text))
  return { kind: 'socket.received', start, length: bytes.length, bytes }
}

const requestLine = (start: number): TraceBody => {
  const span = (from: number, to: number) => ({ start: start + from, end: start + to })
  const spans = {
    method: span(0, 3),
    target: span(4, 5),
    authority: null,
    path: span(4, 5),
    query: null,
    version: span(6, 14),
  }
  return { kind: 'request.line', method: 'GET', target: '/', version: 'HTTP/1.1', spans }
}

const summary = (events: readonly TraceEvent[] | null) =>
  events?.map(({ seq, conn, exchange, kind }) => `${seq} ${conn} ${exchange} ${kind}`) ?? null

test('connections and exchanges are counted from 1 in the run, events from 0 without gaps', () => {
  const { log, say } = newLog()
  const a = log.connection()
  const b = log.connection()
  say(a, null, opened, received(0, 'GET'))
  say(b, null, opened)
  say(b, 0, requestLine(0))
  say(a, 0, requestLine(0), answered)
  say(a, 1, requestLine(18))
  expect(summary(log.snapshot())).toEqual([
    '0 1 null connection.opened',
    '1 1 null socket.received',
    '2 2 null connection.opened',
    '3 2 1 request.line',
    '4 1 2 request.line',
    '5 1 2 response.answered',
    '6 1 3 request.line',
  ])
  expect(log.totals).toEqual({ requests: 3, answered: 1, traced: 3, letGo: 0 })
})

test('the oldest exchange is let go with the bytes that carried it; its connection stays while it is open', () => {
  const { log, say } = newLog({ exchanges: 2 })
  const connection = log.connection()
  say(connection, null, opened)
  for (const exchange of [0, 1, 2]) {
    say(connection, null, received(exchange * 18, 'GET / HTTP/1.1\r\n\r\n'))
    say(connection, exchange, requestLine(exchange * 18), answered)
  }
  expect(summary(log.snapshot())).toEqual([
    '0 1 null connection.opened',
    '4 1 null socket.received',
    '5 1 2 request.line',
    '6 1 2 response.answered',
    '7 1 null socket.received',
    '8 1 3 request.line',
    '9 1 3 response.answered',
  ])
  expect(log.totals).toEqual({ requests: 3, answered: 3, traced: 3, letGo: 1 })
  expect(log.exchange(1)).toBeNull()
  expect(log.bytes(1)).toBeNull()
})

test('a segment that carries several requests stays as long as the newest of them', () => {
  const { log, say } = newLog({ exchanges: 1 })
  const connection = log.connection()
  say(connection, null, opened, received(0, 'GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n'))
  say(connection, 0, requestLine(0), answered)
  say(connection, 1, requestLine(18))
  expect(summary(log.exchange(2))).toEqual([
    '0 1 null connection.opened',
    '1 1 null socket.received',
    '4 1 2 request.line',
  ])
})

test('a segment goes with the newest request that it carries, whatever comes behind it on its connection', () => {
  const received3 = received(36, 'GET / HTTP/1.1\r\n\r\n')
  for (const own of [[received3], []]) {
    const { log, say } = newLog({ exchanges: 1 })
    const connection = log.connection()
    say(connection, null, opened, received(0, 'GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n'))
    say(connection, 0, requestLine(0), answered)
    say(connection, 1, requestLine(18), answered)
    expect(log.bytes(1)).toHaveLength(36)
    say(connection, null, ...own)
    say(connection, 2, requestLine(36))
    expect(log.bytes(1)).toBeNull()
    expect(log.snapshot().map(({ kind }) => kind)).toEqual([
      'connection.opened',
      ...own.map(({ kind }) => kind),
      'request.line',
    ])
  }
})

test('a connection goes with its last exchange', () => {
  const { log, say } = newLog({ exchanges: 1 })
  for (let i = 0; i < 2; i++) {
    const connection = log.connection()
    say(connection, null, opened)
    say(connection, 0, requestLine(0), answered)
    say(connection, null, closed)
  }
  expect(summary(log.snapshot())).toEqual([
    '4 2 null connection.opened',
    '5 2 2 request.line',
    '6 2 2 response.answered',
    '7 2 null connection.closed',
  ])
})

test('connections that never make a request do not pile up', () => {
  const { log, say } = newLog({ exchanges: 3 })
  for (let i = 0; i < 10; i++) say(log.connection(), null, opened, received(0, 'GE'), closed)
  expect(log.snapshot()).toHaveLength(9)
  expect(log.totals).toEqual({ requests: 0, answered: 0, traced: 0, letGo: 0 })
})

test('what is kept weighs no more than the limit, also while one exchange grows', () => {
  const { log, say } = newLog({ bytes: 10_000 })
  const connection = log.connection()
  say(connection, 0, requestLine(0))
  for (let i = 0; i < 100; i++) say(connection, 0, received(i * 1000, 'x'.repeat(1000)))
  const events = log.snapshot()
  expect(events.reduce((sum, event) => sum + weigh(event), 0)).toBeLessThan(10_000)
  expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['request.line', 'trace.omitted']))
  expect(log.totals.letGo).toBe(0)
})

test('one can resume from a seq as long as nothing behind it was let go', () => {
  const { log, say } = newLog({ exchanges: 2 })
  const connection = log.connection()
  for (const exchange of [0, 1, 2]) say(connection, exchange, requestLine(exchange * 18), answered)
  expect(log.since(1)).toBeNull()
  expect(summary(log.since(3))).toEqual(['3 1 2 response.answered', '4 1 3 request.line', '5 1 3 response.answered'])
  expect(log.since(6)).toEqual([])
  expect(log.since(7)).toBeNull()
})

test('late events of an exchange that was let go are not kept, but they are handed on', () => {
  const { log, say } = newLog({ exchanges: 1 })
  const seen: TraceEvent[] = []
  log.sink((event) => seen.push(event))
  const a = log.connection()
  say(a, 0, requestLine(0))
  say(log.connection(), 0, requestLine(0))
  say(a, 0, answered)
  expect(summary(log.snapshot())).toEqual(['1 2 2 request.line'])
  expect(summary(seen)).toEqual(['0 1 1 request.line', '1 2 2 request.line', '2 1 1 response.answered'])
  expect(log.since(2)).toBeNull()
})

test('sources are never let go; of the lines of the log, the newest are kept', () => {
  const { log } = newLog({ exchanges: 1, lines: 2 })
  log.note({ kind: 'app.source', file: '/app.py', language: 'python', text: 'app = 1' })
  for (const text of ['a', 'b', 'c']) log.note({ kind: 'log.line', source: 'server', text })
  expect(summary(log.snapshot())).toEqual(['0 null null app.source', '2 null null log.line', '3 null null log.line'])
})

test('subscribers get what happens from then on, in order, several events at a time', async () => {
  const { log, say } = newLog()
  const connection = log.connection()
  say(connection, null, opened)
  const batches: number[][] = []
  const complete = new Promise<void>((resolve) => {
    log.subscribe((events) => {
      batches.push(events.map(({ seq }) => seq))
      if (batches.flat().length === 3) resolve()
    })
  })
  say(connection, 0, requestLine(0), answered)
  say(connection, null, closed)
  await complete
  expect(batches).toEqual([[1, 2, 3]])
})

test('the bytes of an event are found by its seq', () => {
  const { log, say } = newLog()
  const connection = log.connection()
  say(connection, null, opened, received(0, 'GET '), received(4, '/'))
  expect(Buffer.from(log.bytes(2) ?? []).toString()).toBe('/')
  expect(log.bytes(0)).toBeNull()
  expect(log.bytes(99)).toBeNull()
})

test('of the texts of a file, the newest and those that are not long replaced are kept; what was loaded last is known', () => {
  const { log } = newLog({ lines: 1 })
  const text = 'x'.repeat(3 * 1024 * 1024)
  const source = { kind: 'app.source', language: 'python', file: '/app.py', text } as const
  log.note(source)
  log.note({ ...source, version: 2 })
  const served = { callable: 'app', file: '/app.py', line: 1, runtime: 'Python' }
  log.note({ kind: 'app.reloaded', changed: ['/app.py'], version: 2, failure: null, ...served })
  for (const line of ['one', 'two']) log.note({ kind: 'log.line', source: 'server', text: line })
  log.note({ ...source, version: 3 })
  expect(summary(log.snapshot())).toEqual([
    '1 null null app.source',
    '2 null null app.reloaded',
    '4 null null log.line',
    '5 null null app.source',
  ])
  // Whoever had no more than the line that is gone, or less, is sent all that is kept.
  expect(log.since(3)).toBeNull()
  expect(summary(log.since(4))).toHaveLength(2)
})

test('of a single event the bytes are kept without the larger piece of memory that they are a view of', () => {
  const { log, say } = newLog()
  const connection = log.connection()
  const large = new Uint8Array(16 * 1024 * 1024)
  const sent = { kind: 'socket.sent', start: 0, length: 65_536, bytes: large.subarray(0, 65_536) } as const
  say(connection, null, opened)
  say(connection, 0, sent, answered)
  expect(log.bytes(1)?.buffer.byteLength).toBe(65_536)
})

test('for a sink alone no more exchanges are kept than are recorded untraced; once a page looks, as many as may be', () => {
  const { log, say } = newLog({ exchanges: 10, recorded: 3 })
  log.sink(() => undefined)
  const connection = log.connection()
  const keptOf = (first: number) => {
    for (let i = first; i < first + 10; i++) say(connection, i, requestLine(i), answered)
    return log.snapshot().filter(({ kind }) => kind === 'request.line').length
  }
  expect(keptOf(0)).toBe(3)
  log.subscribe(() => undefined)
  expect(keptOf(10)).toBe(10)
})

test('where nobody can ever look back nothing is kept, and a sink is given the same', () => {
  const seen: [TraceEvent[], TraceEvent[]] = [[], []]
  const logs = [false, true].map((forSinksOnly, n) => {
    const log = new EventLog(
      testScheduler(() => 0),
      DEFAULT_LOG_LIMITS,
      forSinksOnly,
    )
    log.sink((event) => seen[n]?.push(event))
    const connection = log.connection()
    const exchange = log.count('requests')
    for (const body of [opened, received(0, 'GET')]) connection.append({ at: 1, exchange: null, body })
    for (const body of [requestLine(0), answered]) connection.append({ at: 2, exchange, body })
    return log
  })
  expect(seen[1]).toEqual(seen[0])
  expect(logs.map((log) => log.snapshot().length)).toEqual([4, 0])
})
