import { decode, encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { PageMessage, type ServerMessage } from '../../shared/wire.ts'
import { header } from '../testing/recorder.ts'
import { type Connection, LiveSource, liveUrl } from './live.ts'
import type { SourceListener } from './source.ts'

/** One end of a connection in memory: what the page says on it is read by the schema, as a server does. */
class End implements Connection {
  binaryType = ''
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  readonly heard: PageMessage[] = []

  send(data: Uint8Array<ArrayBuffer>): void {
    this.heard.push(PageMessage.parse(decode(data)))
  }

  close(): void {
    this.readyState = 3
  }

  opens(): void {
    this.readyState = 1
    this.onopen?.()
  }

  breaks(): void {
    this.readyState = 3
    this.onclose?.()
  }

  says(message: ServerMessage): void {
    this.raw(encode(message).slice().buffer)
  }

  raw(data: unknown): void {
    this.onmessage?.({ data })
  }
}

/** A live source, its connections as they are made, and what its listener was told, in short lines. */
function listening() {
  const ends: End[] = []
  const waits: { ms: number; run: () => void }[] = []
  const told: string[] = []
  const seqs = (events: readonly TraceEvent[]): string => events.map((event) => event.seq).join(',')
  const listener: SourceListener = {
    onHello: ({ header: { run }, role, restarted }) =>
      told.push(`hello ${run}${role === 'operator' ? ' may act' : ''}${restarted ? ' restarted' : ''}`),
    onSnapshot: ({ exchanges, events, next, letGo }) =>
      told.push(
        `snapshot ${[...exchanges.map(({ id }) => `#${id}`), seqs(events)].join(' ')} next ${next} let go ${letGo}`,
      ),
    onEvents: (events) => told.push(`events ${seqs(events)}`),
    onCounts: ({ requests }) => told.push(`counts ${requests}`),
    onStatus: (status) => told.push(status),
    onClientOutput: (id, stream, bytes) => told.push(`output ${id} ${stream} ${new TextDecoder().decode(bytes)}`),
    onClientHeard: (id, port) => told.push(`heard ${id} ${port}`),
    onClientDone: (id, code) => told.push(`done ${id} ${code}`),
    onProblem: (message) => told.push(`problem: ${message}`),
  }
  const source = new LiveSource({
    connect: () => {
      const end = new End()
      ends.push(end)
      return end
    },
    later: (ms, run) => {
      const wait = { ms, run }
      waits.push(wait)
      return () => waits.splice(waits.indexOf(wait), 1)
    },
  })
  source.start(listener)
  const latest = (): End => {
    const end = ends.at(-1)
    if (end === undefined) throw new Error('no connection was made')
    return end
  }
  return { source, told, waits, ends, latest }
}

const hello = (run: string): ServerMessage => ({
  type: 'hello',
  version: '0.1.0',
  header: header(run),
  app: { spec: 'hello.py:app', language: 'python', callable: 'app', file: null, line: null, runtime: 'Python 3.11' },
  role: 'operator',
})

const snapshotPart = (part: number, last: boolean, events: TraceEvent[], letGo = 0): ServerMessage => {
  return { type: 'snapshot', part, last, exchanges: [], lines: [], events, letGo, next: (events.at(-1)?.seq ?? -1) + 1 }
}

const logLine = (seq: number): TraceEvent => ({
  seq,
  at: seq,
  conn: null,
  exchange: null,
  kind: 'log.line',
  source: 'server',
  text: 'x',
})

test('the page speaks first, a snapshot may come in parts, and the tail follows', () => {
  const { told, latest } = listening()
  latest().opens()
  expect(latest().heard).toEqual([{ type: 'resume', run: null, next: 0 }])
  latest().says(hello('a'))
  latest().says(snapshotPart(0, false, [logLine(0)], 3))
  latest().says(snapshotPart(1, true, [logLine(1)], 3))
  latest().says({ type: 'events', events: [logLine(2)] })
  latest().says({ type: 'counts', requests: 7, answered: 7, perSecond: 1, tracedPerSecond: 1 })
  expect(told).toEqual([
    'connecting',
    'hello a may act',
    'live',
    'snapshot 0,1 next 2 let go 3',
    'events 2',
    'counts 7',
  ])
})

test('an event that contradicts those before it is left out, and that is said once', () => {
  const { told, latest } = listening()
  const received = (seq: number, start: number): TraceEvent => {
    const bytes = new Uint8Array(4)
    return { seq, at: seq, conn: 1, exchange: null, kind: 'socket.received', start, length: 4, bytes }
  }
  latest().opens()
  latest().says(hello('a'))
  latest().says(snapshotPart(0, true, [received(0, 0)], 0))
  latest().says({ type: 'events', events: [received(1, 2), received(2, 4), received(3, 3), logLine(4)] })
  expect(told.slice(-3)).toEqual([
    'snapshot 0 next 1 let go 0',
    'problem: an event of the server is left out, socket.received (seq 1): it starts at 2, but 4 bytes have come',
    'events 2,4',
  ])
})

test('what points at bytes that came before the page did is taken', () => {
  const { told, latest } = listening()
  const span = { start: 3, end: 9 }
  const finding: TraceEvent = {
    ...{ seq: 8, at: 8, conn: 4, exchange: 2, kind: 'referee.finding', rule: 'x', level: 'note', message: 'm' },
    ...{ section: '', about: null, span },
  }
  latest().opens()
  latest().says(hello('a'))
  latest().says({ type: 'events', events: [finding] })
  expect(told.at(-1)).toBe('events 8')
})

test('after a loss it resumes behind the last event it has', () => {
  const { told, waits, latest } = listening()
  latest().opens()
  latest().says(hello('a'))
  latest().says(snapshotPart(0, true, [logLine(0)], 0))
  latest().says({ type: 'events', events: [logLine(1), logLine(2)] })
  latest().breaks()
  expect(told.at(-1)).toBe('lost')
  waits.shift()?.run()
  latest().opens()
  expect(latest().heard).toEqual([{ type: 'resume', run: 'a', next: 3 }])
  latest().says(hello('a'))
  expect(told.slice(-2)).toEqual(['hello a may act', 'live'])
})

test('another run is a restarted server', () => {
  const { told, waits, latest } = listening()
  latest().opens()
  latest().says(hello('a'))
  latest().breaks()
  waits.shift()?.run()
  latest().opens()
  latest().says(hello('b'))
  expect(told.slice(-2)).toEqual(['hello b may act restarted', 'live'])
})

test("of another run it has nothing: after the next loss it resumes from that one's beginning", () => {
  const { waits, latest } = listening()
  const again = (): void => {
    latest().breaks()
    waits.shift()?.run()
    latest().opens()
  }
  latest().opens()
  latest().says(hello('a'))
  latest().says({ type: 'events', events: [logLine(0), logLine(1)] })
  again()
  expect(latest().heard).toEqual([{ type: 'resume', run: 'a', next: 2 }])
  latest().says(hello('b'))
  again()
  expect(latest().heard).toEqual([{ type: 'resume', run: 'b', next: 0 }])
})

test('each failure waits longer, up to five seconds; an answer starts anew', () => {
  const { waits, latest } = listening()
  const after = (): number | undefined => {
    latest().breaks()
    const wait = waits.shift()
    wait?.run()
    return wait?.ms
  }
  expect([1, 2, 3, 4, 5, 6].map(after)).toEqual([250, 500, 1000, 2000, 5000, 5000])
  latest().opens()
  latest().says(hello('a'))
  expect(after()).toBe(250)
})

test('commands go out, answers come in; without a connection a command is over at once', () => {
  const { source, told, latest } = listening()
  source.commands.run(1, 'curl a')
  expect(told.at(-1)).toBe('done 1 7')
  latest().opens()
  source.commands.run(2, 'curl b')
  source.commands.raw(3, Uint8Array.of(71, 69))
  source.commands.cancel(3)
  expect(latest().heard.slice(1)).toEqual([
    { type: 'client.run', id: 2, line: 'curl b' },
    { type: 'client.raw', id: 3, bytes: Uint8Array.of(71, 69) },
    { type: 'client.cancel', id: 3 },
  ])
  latest().says({ type: 'client.output', id: 2, stream: 'note', bytes: new TextEncoder().encode('> GET') })
  latest().says({ type: 'client.heard', id: 2, port: 5000 })
  latest().says({ type: 'client.done', id: 2, code: 0 })
  expect(told.slice(-3)).toEqual(['output 2 note > GET', 'heard 2 5000', 'done 2 0'])
})

test('bytes are fetched once for all who ask, and nobody waits for them after a loss', async () => {
  const { source, latest } = listening()
  latest().opens()
  const [a, b] = [source.fetchBytes(9), source.fetchBytes(9)]
  expect(latest().heard.slice(1)).toEqual([{ type: 'bytes.get', seq: 9 }])
  latest().says({ type: 'bytes', seq: 9, bytes: Uint8Array.of(1) })
  expect([await a, await b]).toEqual([Uint8Array.of(1), Uint8Array.of(1)])
  const lost = source.fetchBytes(10)
  latest().breaks()
  expect(await lost).toBeNull()
  expect(await source.fetchBytes(11)).toBeNull()
})

test.each([
  ['text', 'hello'],
  ['bytes that are not msgpack', Uint8Array.of(0xc1).buffer],
  ['a message of another kind', encode({ type: 'gossip' }).slice().buffer],
  ['an event of another kind', encode({ type: 'events', events: [{ seq: 0 }] }).slice().buffer],
])('%s from the server is a problem, not a crash', (_name, data) => {
  const { told, latest } = listening()
  latest().opens()
  latest().raw(data)
  expect(told.at(-1)).toMatch(/^problem: /)
})

test('what is stopped says nothing more and does not come back', () => {
  const { source, told, waits, ends, latest } = listening()
  latest().opens()
  latest().says(hello('a'))
  const heard = told.length
  const end = latest()
  source.stop()
  end.says({ type: 'events', events: [logLine(0)] })
  end.breaks()
  expect(told).toHaveLength(heard)
  expect(waits).toEqual([])
  expect(ends).toHaveLength(1)
})

test('/live is on the host the page came from', () => {
  expect(liveUrl({ protocol: 'http:', host: 'localhost:8000' })).toBe('ws://localhost:8000/live')
  expect(liveUrl({ protocol: 'https:', host: 'class.example' })).toBe('wss://class.example/live')
})
