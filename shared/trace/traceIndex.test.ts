import { describe, expect, test } from 'vitest'
import { answering, called, chunk, closed, raised, returned, startResponse } from '../testing/apps.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import type { TraceEvent } from './events.ts'
import { isOver, TARGET_SHOWN } from './summary.ts'
import { TraceIndex } from './traceIndex.ts'

function indexed(...events: Parameters<TraceIndex['append']>): TraceIndex {
  const index = new TraceIndex()
  index.append(...events)
  return index
}

const eachOnce = (events: readonly TraceEvent[]): TraceEvent[] => [...new Set(events)].sort((a, b) => a.seq - b.seq)

const kinds = (index: TraceIndex, id: number): string[] => index.eventsOf(id).map((event) => event.kind)

describe('the index of exchanges', () => {
  test('one request has all that its connection carried', () => {
    const events = recorded(exchange(reading, GET))
    const index = indexed(events)
    expect(index.exchanges.map(({ method, target, status, state, by }) => [method, target, status, state, by])).toEqual(
      [['GET', '/hello?name=Ada', 200, 'done', 'application']],
    )
    expect(index.eventsOf(1)).toEqual(events)
  })

  test('two pipelined requests share the segment that carries both', () => {
    const index = indexed(recorded(exchange(reading, GET + POST)))
    expect(index.exchanges).toHaveLength(2)
    expect(kinds(index, 1).filter((kind) => kind === 'socket.received')).toHaveLength(1)
    expect(kinds(index, 2).filter((kind) => kind === 'socket.received')).toHaveLength(1)
    expect(kinds(index, 1)[0]).toBe('connection.opened')
    expect(kinds(index, 2)[0]).toBe('socket.received')
    expect(kinds(index, 1)).not.toContain('connection.closed')
    expect(kinds(index, 2).at(-1)).toBe('connection.closed')
  })

  test('on a kept-alive connection each request has its own segments', () => {
    const index = indexed(recorded(exchange(reading, GET, POST.slice(0, 20), POST.slice(20))))
    const segments = (id: number): number[] =>
      index.eventsOf(id).flatMap((event) => (event.kind === 'socket.received' ? [event.length] : []))
    expect(segments(1)).toEqual([GET.length])
    expect(segments(2)).toEqual([20, POST.length - 20])
  })

  test('bytes that come after an answer are the next request’s, also while that does not exist yet', () => {
    const events = recorded(exchange(reading, GET, POST.slice(0, 20), POST.slice(20)))
    const [, next = 0] = events.flatMap(({ kind }, at) => (kind === 'socket.received' ? [at] : []))
    const before = indexed(events.slice(0, next)).eventsOf(1)
    const after = indexed(events.slice(0, next + 1))
    expect(after.exchanges).toHaveLength(1)
    expect(after.eventsOf(1)).toEqual(before)
    expect(after.pending().at(-1)).toBe(events[next])
  })

  test('an exchange that is told late stands where it began', () => {
    const [first = [], second = []] = [1, 2].map((conn) =>
      recorded(exchange(reading, GET), exchange(reading, POST)).filter((event) => event.conn === conn),
    )
    const index = indexed([...second, ...first].map((event, seq) => ({ ...event, seq })))
    expect(index.exchanges.map(({ id, method }) => [id, method])).toEqual([
      [1, 'GET'],
      [2, 'POST'],
    ])
  })

  test('late is the same as early: events one by one, in batches or all at once', () => {
    const events = recorded(exchange(reading, GET + CHUNKED, POST), exchange(reading, 'nonsense\r\n\r\n'))
    const whole = indexed(events)
    for (const size of [1, 2, 7]) {
      const pieces = new TraceIndex()
      for (let at = 0; at < events.length; at += size) {
        pieces.append(events.slice(at, at + size))
        for (const { id } of pieces.exchanges) pieces.eventsOf(id)
      }
      expect(pieces.exchanges).toEqual(whole.exchanges)
      for (const { id } of whole.exchanges) expect(pieces.eventsOf(id)).toEqual(whole.eventsOf(id))
    }
  })

  test('events that are known already are passed over', () => {
    const events = recorded(exchange(reading, GET))
    const index = indexed(events)
    index.append(events)
    expect(index.eventsOf(1)).toEqual(events)
    expect(index.nextSeq).toBe(events.length)
  })

  test('the list is the same array until something is added to it', () => {
    const events = recorded(exchange(reading, GET), exchange(reading, POST))
    const index = indexed(events.slice(0, -3))
    const before = index.eventsOf(1)
    index.append(events.slice(-3))
    expect(index.eventsOf(1)).toBe(before)
  })

  test('a summary that has changed is another object, and one that has not is the same', () => {
    const events = recorded(exchange(reading, GET), exchange(reading, POST))
    const index = indexed(events.slice(0, -3))
    const before = index.exchanges
    const [first, second] = before
    const was = { ...second }
    expect(index.exchanges).toBe(before)
    index.append(events.slice(-3))
    expect(index.exchanges).not.toBe(before)
    expect(index.exchanges[0]).toBe(first)
    expect(index.exchanges[1]).not.toBe(second)
    expect(before).toEqual([first, was])
  })

  test('bytes that come later stand where they belong, in a list of their own', () => {
    const events = recorded(exchange(reading, GET))
    const bare = events.map((event) => ('bytes' in event ? { ...event, bytes: null } : event))
    const index = indexed(bare)
    const before = index.eventsOf(1)
    for (const event of events) if ('bytes' in event && event.bytes !== null) index.fill(event.seq, event.bytes)
    expect(index.eventsOf(1)).not.toBe(before)
    expect(index.eventsOf(1)).toEqual(events)
  })

  test('a request that is refused before it has a first line is an exchange too', () => {
    const index = indexed(recorded(exchange(reading, 'nonsense\r\n\r\n')))
    expect(index.exchanges.map(({ method, status, state, by }) => [method, status, state, by])).toEqual([
      [null, 400, 'refused', 'gateway'],
    ])
    expect(kinds(index, 1)).toContain('socket.received')
  })

  test('an application that raises has failed, one that promises more than it gives is incomplete', () => {
    const index = indexed(
      recorded(
        exchange(() => [called, raised, { kind: 'closed' }], GET),
        exchange(answering('200 OK', [['Content-Length', '99']], ['short']), GET),
      ),
    )
    expect(index.exchanges.map(({ status, state }) => [status, state])).toEqual([
      [500, 'failed'],
      [200, 'incomplete'],
    ])
  })

  test('an application that raises after its head leaves an incomplete answer, and its traceback in the log', () => {
    const raisesLate = () => [called, startResponse('200 OK'), returned(null), chunk('half'), raised, closed]
    const index = indexed(recorded(exchange(raisesLate, GET)))
    expect(index.exchanges.map(({ status, state }) => [status, state])).toEqual([[200, 'incomplete']])
    expect(index.facts.logLines.map(({ source, text }) => [source, text])).toEqual([['stderr', 'ValueError: no']])
  })

  test('what was found of an exchange is counted, and the gravest of it told', () => {
    const found = (...headers: [string, string][]) => {
      const [summary] = indexed(recorded(exchange(answering('200 OK', headers, ['x']), GET))).exchanges
      return [summary?.findings, summary?.gravest]
    }
    const text: [string, string] = ['Content-Type', 'text/plain']
    expect(found(text)).toEqual([0, null])
    expect(found(text, ['X_Name', '1'])).toEqual([1, 'note'])
    expect(found(text, ['X_Name', '1'], ['Content-Length', '9'])).toEqual([2, 'error'])
    expect(found(text, ['Content-Length', '9'], ['X_Name', '1'])).toEqual([2, 'error'])
  })

  describe('of which there are only summaries', () => {
    /** Three connections, the last with a request that is under way, at each of its moments. */
    const story = recorded(
      exchange(reading, GET + POST, CHUNKED),
      exchange(reading, 'nonsense\r\n\r\n'),
      exchange(reading, GET, POST.slice(0, 20), POST.slice(20)),
    )

    test('the summaries, and what comes later, are those of an index that had everything', () => {
      for (let at = 0; at <= story.length; at++) {
        const server = indexed(story.slice(0, at))
        const page = new TraceIndex()
        const over = server.exchanges.filter(({ state }) => isOver(state))
        const under = server.exchanges.filter(({ state }) => !isOver(state)).flatMap(({ id }) => server.eventsOf(id))
        const lines = server.facts.logLines.filter(({ exchange }) => over.some(({ id }) => id === exchange))
        const events = eachOnce([...under, ...server.pending()])
        page.restore({ exchanges: over, lines, events, next: server.nextSeq })
        page.append(story.slice(at))
        server.append(story.slice(at))
        expect(page.exchanges).toEqual(server.exchanges)
        expect(page.facts.logLines).toEqual(server.facts.logLines)
        expect(page.nextSeq).toBe(server.nextSeq)
        for (const { id } of over) {
          expect(page.isWhole(id)).toBe(false)
          expect(page.eventsOf(id)).toEqual([])
          page.complete(id, server.eventsOf(id))
        }
        for (const { id } of server.exchanges) expect(page.eventsOf(id)).toEqual(server.eventsOf(id))
      }
    })

    test('what happens while the events are on their way is in the list once', () => {
      const server = indexed(story)
      const [first] = server.exchanges
      if (first === undefined) throw new Error('the story has exchanges')
      const page = new TraceIndex()
      page.restore({ exchanges: [first], lines: [], events: [], next: story.length })
      const late: TraceEvent = { seq: story.length, at: 9999, conn: 1, exchange: 1, kind: 'app.closed' }
      for (const index of [page, server]) index.append([late])
      page.complete(1, server.eventsOf(1))
      expect(page.eventsOf(1)).toEqual(server.eventsOf(1))
    })

    test('a target of any length is short in its summary', () => {
      const target = `/${'x'.repeat(5000)}`
      const index = indexed(recorded(exchange(reading, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)))
      expect(index.exchanges[0]?.target).toBe(`${target.slice(0, TARGET_SHOWN)}…`)
    })
  })

  test('what comes late of an exchange that was let go does not bring it back', () => {
    const events = recorded(exchange(reading, GET + POST))
    const index = indexed(events)
    index.retain(1)
    index.append([{ seq: events.length, at: 9999, conn: 1, exchange: 1, kind: 'app.closed' }])
    expect(index.exchanges.map(({ id }) => id)).toEqual([2])
  })

  test('what is let go one by one is gone as well, with its connection', () => {
    const index = indexed(recorded(exchange(reading, GET, POST), exchange(reading, GET)))
    for (const id of [2, 3, 99]) index.letGo(id)
    expect(index.exchanges.map(({ id }) => id)).toEqual([1])
    expect([index.openingOf(1)?.kind, index.openingOf(2)]).toEqual(['connection.opened', null])
  })

  test('a connection that is closed without a request leaves nothing', () => {
    const index = indexed(recorded(exchange(reading, '')))
    expect([index.openingOf(1), index.pending()]).toEqual([null, []])
  })

  test('what is let go is gone, and what is kept is whole', () => {
    const index = indexed(recorded(exchange(reading, GET + POST), exchange(reading, GET, POST)))
    const kept = [3, 4].map((id) => index.eventsOf(id))
    expect(index.retain(2)).toBe(2)
    expect(index.exchanges.map(({ id }) => id)).toEqual([3, 4])
    expect(index.eventsOf(1)).toEqual([])
    expect([3, 4].map((id) => index.eventsOf(id))).toEqual(kept)
  })
})
