import { describe, expect, test } from 'vitest'
import { answering } from '../testing/apps.ts'
import { Conversation } from '../testing/conversation.ts'
import { exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import type { TraceEvent } from './events.ts'
import { KeptEvents } from './keptEvents.ts'
import { TraceIndex } from './traceIndex.ts'

const LIMITS = { exchanges: 3, bytes: 1024 * 1024, bytesOfOne: 1024 }

function keptOf(events: readonly TraceEvent[], limits = LIMITS) {
  const kept = new KeptEvents(limits)
  for (const event of events) kept.add(event)
  kept.shrink()
  return kept
}

const indexed = (events: readonly TraceEvent[]): TraceIndex => {
  const index = new TraceIndex()
  index.append(events)
  return index
}

/** Eight exchanges on one connection, then two on connections of their own. */
const keepAlive = new Conversation(reading)
for (let n = 0; n < 8; n++) keepAlive.send(n % 2 === 0 ? GET : POST)
const events = recorded(keepAlive, exchange(reading, GET), exchange(reading, POST))

describe('of a trace that is too much', () => {
  test('the newest exchanges are kept as they were, and those let go are counted', () => {
    const whole = indexed(events)
    const kept = keptOf(events)
    const part = indexed(kept.events)
    expect(part.exchanges.map(({ id }) => id)).toEqual([8, 9, 10])
    expect(kept.letGo).toBe(7)
    for (const id of [9, 10]) expect(part.eventsOf(id)).toEqual(whole.eventsOf(id))
    const ownAndBytes = whole.eventsOf(8).filter(({ kind }) => kind !== 'connection.opened')
    expect(part.eventsOf(8).filter(({ kind }) => kind !== 'connection.opened')).toEqual(ownAndBytes)
  })

  test('a connection whose request is still to come is not let go, wherever the limit is met', () => {
    for (let at = 0; at < events.length; at++) {
      const kept = new KeptEvents(LIMITS)
      for (const [index, event] of events.entries()) {
        kept.add(event)
        if (index === at) kept.shrink()
      }
      kept.shrink()
      expect(indexed(kept.events).eventsOf(10)).toEqual(indexed(events).eventsOf(10))
    }
  })

  test('within the limits nothing is let go', () => {
    expect(keptOf(events, { ...LIMITS, exchanges: 10 }).events).toEqual(events)
  })

  test('by weight, too: the newest that weigh no more than the limit together', () => {
    const kept = keptOf(events, { ...LIMITS, exchanges: 10, bytes: 12_000 })
    const { exchanges } = indexed(kept.events)
    expect(exchanges.at(-1)?.id).toBe(10)
    expect(exchanges.length + kept.letGo).toBe(10)
    expect(kept.letGo).toBeGreaterThan(0)
  })
})

test('of a large body the beginning is kept', () => {
  const body = 'x'.repeat(700)
  const large = recorded(exchange(answering('200 OK', [], [body, body, body], null), GET))
  const bytes = keptOf(large).events.flatMap((event) => (event.kind === 'app.yielded' ? [event.bytes?.length] : []))
  expect(bytes).toEqual([700, undefined, undefined])
})

test('one exchange that is too much alone is refused, and named', () => {
  const many = recorded(exchange(answering('200 OK', [], Array(900).fill('x'), null), GET))
  expect(() => keptOf(many, { ...LIMITS, bytes: 10_000 })).toThrow('exchange 1 alone is more than can be shown')
})
