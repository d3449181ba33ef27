import { describe, expect, test } from 'vitest'
import { checkOrder } from '../testing/checkOrder.ts'
import { twoHops } from '../testing/twoHops.ts'
import type { TraceEvent } from './events.ts'
import { hopOf, onHop } from './hops.ts'
import { KeptEvents } from './keptEvents.ts'
import { eventsOfKind } from './query.ts'
import { isOver } from './summary.ts'
import { exchangeTimes } from './times.ts'
import { TraceIndex } from './traceIndex.ts'

const trace = twoHops()

function indexed(events: readonly TraceEvent[]): TraceIndex {
  const index = new TraceIndex()
  index.append(events)
  return index
}

/** As it would be with events left out or changed, numbered anew. */
const renumbered = (events: readonly TraceEvent[]): TraceEvent[] => events.map((event, seq) => ({ ...event, seq }))

const connections = (events: readonly TraceEvent[]): number[] =>
  [...new Set(events.flatMap(({ conn }) => conn ?? []))].sort()

describe('an exchange of two hops', () => {
  test('a trace of two that interleave is in order', () => {
    checkOrder(trace)
  })

  test('has the events of both of its connections, and those of no other', () => {
    const index = indexed(trace)
    expect([1, 2].map((id) => connections(index.eventsOf(id)))).toEqual([
      [1, 3],
      [2, 3],
    ])
    for (const id of [1, 2]) {
      const seqs = index.eventsOf(id).map(({ seq }) => seq)
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
      expect(index.eventsOf(id).filter(({ exchange }) => exchange !== null && exchange !== id)).toEqual([])
    }
  })

  test('has of a connection that others use too only the segments that carry its own request', () => {
    const index = indexed(trace)
    const received = (id: number) =>
      eventsOfKind(index.eventsOf(id), 'socket.received').map(({ conn, start, length }) => [conn, start, length])
    const [get, post] = [received(1), received(2)]
    expect(get[1]).toEqual([3, post[1]?.[2], get[0]?.[2]])
    expect(post[1]).toEqual([3, 0, post[0]?.[2]])
    expect([get.length, post.length]).toEqual([2, 2])
  })

  test('is what its client sees of it: answered and ended on hop 0', () => {
    for (let at = 0; at < trace.length; at++) {
      const index = indexed(trace.slice(0, at))
      const answered = eventsOfKind(trace.slice(0, at), 'response.answered').filter(({ conn }) => conn !== 3)
      for (const { id, state, endedAt } of index.exchanges) {
        const isAnswered = answered.some(({ exchange }) => exchange === id)
        expect([id, isOver(state), endedAt !== null]).toEqual([id, isAnswered, isAnswered])
      }
    }
    const over = indexed(trace).exchanges.map(({ id, conn, method, status, by }) => [id, conn, method, status, by])
    expect(over).toEqual([
      [1, 1, 'GET', 200, 'server'],
      [2, 2, 'POST', 200, 'server'],
    ])
  })

  test('is not ended by a connection of a further hop', () => {
    const at = trace.findIndex(({ kind, conn }) => kind === 'connection.closed' && conn === 3)
    const before = indexed(trace.slice(0, at)).exchanges
    expect(indexed(trace.slice(0, at + 1)).exchanges).toEqual(before)
  })

  test('is the same however its events come: one by one, or completed later', () => {
    const whole = indexed(trace)
    const pieces = new TraceIndex()
    for (const event of trace) {
      pieces.append([event])
      for (const { id } of pieces.exchanges) pieces.eventsOf(id)
    }
    const late = new TraceIndex()
    late.restore({ exchanges: whole.exchanges, lines: [], events: [], next: trace.length })
    for (const id of [1, 2]) late.complete(id, whole.eventsOf(id))
    for (const index of [pieces, late]) {
      expect(index.exchanges).toEqual(whole.exchanges)
      for (const id of [1, 2]) expect(index.eventsOf(id)).toEqual(whole.eventsOf(id))
    }
  })

  test('leaves what the other needs when it is let go', () => {
    const [whole, index] = [indexed(trace), indexed(trace)]
    index.letGo(2)
    expect(index.eventsOf(1)).toEqual(whole.eventsOf(1))
    expect(index.openingOf(2)).toBeNull()
  })

  test('is kept whole when older exchanges go, and takes as long as its client waited', () => {
    const kept = new KeptEvents({ exchanges: 1, bytes: 1024 * 1024, bytesOfOne: 1024 * 1024 })
    for (const event of trace) kept.add(event)
    kept.shrink()
    const whole = indexed(trace).eventsOf(2)
    // It is the last on the server's connection now, which ends with it.
    const isEnd = ({ kind, conn }: TraceEvent) => kind === 'connection.closed' && conn === 3
    expect(
      indexed(kept.events)
        .eventsOf(2)
        .filter((event) => !isEnd(event)),
    ).toEqual(whole)
    expect(exchangeTimes(whole)).toEqual(exchangeTimes(whole.filter(({ conn }) => conn === 2)))
  })

  test('begins on hop 0, and reaches each hop after the one before', () => {
    const further = trace.filter(({ conn }) => conn === 3)
    expect(() => checkOrder(renumbered(further))).toThrow('it has not begun on hop 0')
  })

  test('has one connection on hop 0', () => {
    const twice = trace.map((event) => (event.kind === 'connection.opened' ? { ...event, hop: 0 } : event))
    expect(() => checkOrder(twice)).toThrow('exchange 2 is of connection 2')
  })

  test('counts upwards on hop 0 alone: a kept connection carries exchanges in another order', () => {
    const further = trace.filter(({ conn }) => conn === 3)
    const alone = further.map((event) => (event.kind === 'connection.opened' ? { ...event, hop: 0 } : event))
    expect(() => checkOrder(renumbered(alone))).toThrow('it counts backwards from 2')
  })
})

describe('the hop of an event', () => {
  const events = indexed(trace).eventsOf(1)

  test('is that of its connection: the first is the client’s own, whose opening need not be there', () => {
    for (const list of [events, events.filter(({ kind }) => kind !== 'connection.opened')]) {
      for (const event of list) expect(hopOf(list, event)).toBe(event.conn === 3 ? 1 : 0)
    }
  })

  test('is null where the event belongs to no connection', () => {
    const line: TraceEvent = {
      ...{ seq: 999, at: 0, conn: null, exchange: 1, kind: 'log.line', source: 'stdout', text: 'later' },
    }
    expect(hopOf([...events, line], line)).toBeNull()
    for (const hop of [0, 1]) expect(onHop([...events, line], hop)).toContain(line)
  })

  test('parts the events of an exchange, and leaves the list of one that was not passed on as it is', () => {
    const [own, further] = [onHop(events, 0), onHop(events, 1)]
    expect(own.length + further.length).toBe(events.length)
    expect([connections(own), connections(further)]).toEqual([[1], [3]])
    expect(onHop(own, 0)).toBe(own)
  })
})
