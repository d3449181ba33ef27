import { describe, expect, test } from 'vitest'
import { exchange, POST, reading, recorded } from '../testing/recorded.ts'
import { Coherence } from './coherence.ts'
import type { EventOf, TraceEvent, TraceKind } from './events.ts'

const events = recorded(exchange(reading, POST.slice(0, 60), POST.slice(60)), exchange(reading, POST))

/** The faults of a trace. */
function faults(trace: readonly TraceEvent[], coherence = new Coherence()): string[] {
  return trace.flatMap((event) => {
    const fault = coherence.fault(event)
    return fault === null ? [] : [`${event.kind}: ${fault}`]
  })
}

const isOf = <K extends TraceKind>(event: TraceEvent, kind: K): event is EventOf<K> => event.kind === kind

/** The trace with its first event of a kind changed. */
function withFirst<K extends TraceKind>(kind: K, change: (event: EventOf<K>) => TraceEvent[]): TraceEvent[] {
  const at = events.findIndex((event) => event.kind === kind)
  return events.flatMap((event, index) => (index === at && isOf(event, kind) ? change(event) : [event]))
}

test('a trace as it was recorded has none', () => {
  expect(faults(events)).toEqual([])
})

describe('the first fault', () => {
  test.each<[string, TraceEvent[]]>([
    ['length is 61, but 60 bytes are there', withFirst('socket.received', (event) => [{ ...event, length: 61 }])],
    ['it starts at 59, but 60 bytes have come', withSecondReceived(59)],
    [
      'the span 9-4 ends before it starts',
      withFirst('request.header', (event) => [{ ...event, spans: { ...event.spans, value: { start: 9, end: 4 } } }]),
    ],
    [
      'the span 5-4000 is not received: 60 bytes have come',
      withFirst('request.line', (event) => [{ ...event, spans: { ...event.spans, target: { start: 5, end: 4000 } } }]),
    ],
    [
      "the span 0-4 is not within the target's, 5-20",
      withFirst('request.line', (event) => [{ ...event, spans: { ...event.spans, path: { start: 0, end: 4 } } }]),
    ],
    [
      'the key "REQUEST_METHOD" is there twice',
      withFirst('environ.built', (event) => [{ ...event, entries: event.entries.flatMap((entry) => [entry, entry]) }]),
    ],
    ['exchange 1 has had one already', withFirst('environ.built', (event) => [event, event])],
    ['exchange 1 has had one already', withFirst('response.answered', (event) => [event, event])],
    ['connection 1 is opened already', withFirst('connection.opened', (event) => [event, event])],
    ['connection 1 is closed already', withFirst('connection.closed', (event) => [event, event])],
    [
      'exchange 1 is of connection 1',
      withFirst('connection.closed', (event) => [event, { ...event, conn: 7, exchange: 1 }]),
    ],
    ['exchange 1 has no connection', withFirst('app.called', (event) => [{ ...event, conn: null }])],
    [
      'a segment starts at 1, and the one before it ended at 9',
      withFirst('response.serialized', ({ segments: [first, ...others], ...event }) => [
        { ...event, segments: [first, ...others.map((segment) => ({ ...segment, start: 1 }))].flatMap((s) => s ?? []) },
      ]),
    ],
    ['1-133 is not within what was serialized, 0-132', withFirst('socket.sent', (event) => [{ ...event, start: 1 }])],
  ])('%s', (fault, trace) => {
    expect(faults(trace)[0]?.replace(/^[\w.]+: /, '')).toBe(fault)
  })
})

function withSecondReceived(start: number): TraceEvent[] {
  let received = 0
  return events.map((event) => (event.kind === 'socket.received' && ++received === 2 ? { ...event, start } : event))
}

test('a trace may begin in the middle of a connection, where that is said', () => {
  const from = events.findIndex(({ kind }) => kind === 'environ.built')
  expect(faults(events.slice(from))[0]).toContain('is not received: 0 bytes have come')
  expect(faults(events.slice(from), new Coherence('anywhere'))).toEqual([])
})

test('of any number of connections those that are over are forgotten, and late events of them are taken', () => {
  const coherence = new Coherence()
  const one = recorded(exchange(reading, POST))
  const finding = one.find(({ kind }) => kind === 'environ.built')
  for (let n = 1; n <= 5000; n++) {
    const own = one.map((event) => ({ ...event, conn: n, exchange: event.exchange === null ? null : n }))
    expect(faults(own, coherence)).toEqual([])
  }
  if (finding === undefined) throw new Error('there is an environ')
  expect(coherence.fault({ ...finding, conn: 1, exchange: 1 })).toBeNull()
})
