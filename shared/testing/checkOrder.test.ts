import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../trace/events.ts'
import { hello } from './apps.ts'
import { checkOrder } from './checkOrder.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from './recorded.ts'

const trace = (): TraceEvent[] => recorded(exchange(reading, POST + GET), exchange(hello, CHUNKED))
const renumbered = (events: TraceEvent[]): TraceEvent[] => events.map((event, seq) => ({ ...event, seq }))
const indexOf = (events: readonly TraceEvent[], kind: TraceEvent['kind'], nth = 0): number =>
  events.flatMap((event, index) => (event.kind === kind ? [index] : []))[nth] ?? -1

/** The trace with the nth event of a kind moved by some places. */
function moved(kind: TraceEvent['kind'], by: number, nth = 0): TraceEvent[] {
  const events = trace()
  const index = indexOf(events, kind, nth)
  const [event] = events.splice(index, 1)
  if (event !== undefined) events.splice(index + by, 0, event)
  return renumbered(events)
}

/** The trace with the nth event of a kind changed, or taken out. */
function changed(kind: TraceEvent['kind'], change: Partial<TraceEvent> | null, nth = 0): TraceEvent[] {
  const events = trace()
  const index = indexOf(events, kind, nth)
  const event = events[index]
  if (event === undefined) return events
  events.splice(index, 1, ...(change === null ? [] : [Object.assign({}, event, change)]))
  return change !== null && 'seq' in change ? events : renumbered(events)
}

describe('the order of a trace', () => {
  test('holds for what the gateway says of keep-alive, bodies, chunks and two connections', () => {
    expect(checkOrder(trace())).toBeUndefined()
  })

  test.each<[law: string, events: TraceEvent[]]>([
    ['seq has no gap', changed('app.called', { seq: 99 })],
    ['at never decreases within a connection', changed('response.answered', { at: 0 })],
    ['a connection is opened before anything else', moved('connection.opened', 1)],
    ['a connection is opened once', changed('connection.closed', { kind: 'connection.opened' })],
    ['an exchange begins with its request line', moved('request.line', 1)],
    ['an exchange counts on', changed('request.line', { exchange: 1 }, 1)],
    ['a request is complete before its environ is', moved('request.header', 6)],
    ['a body is complete before the environ is built', moved('request.body', 1)],
    ['the application is called with an environ', moved('app.called', -1)],
    ['an environ is built once', changed('app.called', { kind: 'environ.built' })],
    ['response.serialized stands before socket.sent', moved('response.serialized', -1)],
    ['response.serialized stands directly before socket.sent', moved('socket.sent', 1)],
    ['nothing is sent that was not serialized', changed('response.serialized', null)],
    ['what was serialized is sent', changed('socket.sent', null)],
    ['what is sent is what was serialized', changed('socket.sent', { start: 3 })],
    ['what is received is received in order', changed('socket.received', { start: 3 })],
    ['a length is that of its bytes', changed('socket.received', { length: 3 })],
    ['nothing of a response comes behind its end', moved('response.answered', -3)],
    ['an exchange is answered before the next begins', changed('response.answered', null)],
    ['an application is through before the next exchange begins', changed('app.closed', null)],
    ['nothing comes from an application that is through', moved('app.closed', -4)],
    ['a span has been received', moved('socket.received', 2)],
    ['a closed connection says nothing more', moved('connection.closed', -3)],
  ])('%s', (_, events) => {
    expect(() => checkOrder(events)).toThrow(/\(seq \d+, connection|^seq /)
  })
})
