import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../trace/events.ts'
import { weigh } from '../trace/weight.ts'
import { newConnectionUnit, newUnit, Retention, type RetentionLimits, type Unit } from './retention.ts'

const event = (seq: number, length = 10): TraceEvent => ({
  ...{ seq, at: seq, conn: 1, exchange: null, kind: 'socket.received', start: 0, length },
  bytes: new Uint8Array(length),
})

const MANY: RetentionLimits = { exchanges: 100, bytes: 1_000_000 }

function keeping(limits: Partial<RetentionLimits> = {}) {
  const released: (number | null)[] = []
  const kept = new Retention({ ...MANY, ...limits }, ({ exchange }) => released.push(exchange))
  const connection = newConnectionUnit()
  const exchange = (id: number): Unit => {
    const unit = { ...newUnit(connection), exchange: id }
    connection.keptExchanges++
    kept.expose(unit)
    return unit
  }
  const seqs = () => kept.from(0).map(({ seq }) => seq)
  return { kept, released, connection, exchange, seqs }
}

describe('what is let go', () => {
  test('whole exchanges, the oldest first, until no more than so many are left', () => {
    const { kept, released, exchange, seqs } = keeping({ exchanges: 2 })
    for (const id of [1, 2, 3]) {
      const unit = exchange(id)
      for (const seq of [2 * id, 2 * id + 1]) kept.store(event(seq), unit)
    }
    kept.shrink()
    expect([seqs(), released, kept.letGo, kept.horizon]).toEqual([[4, 5, 6, 7], [1], 1, 3])
  })

  test('until what is left weighs no more than the limit', () => {
    const { kept, released, exchange, seqs } = keeping({ bytes: 2 * weigh(event(0)) })
    for (const id of [1, 2, 3]) kept.store(event(id), exchange(id))
    kept.shrink()
    expect([seqs(), released]).toEqual([[2, 3], [1]])
  })

  test('late events of it are not kept, and nobody can go on from before them', () => {
    const { kept, exchange, seqs } = keeping({ exchanges: 1 })
    const [first, second] = [exchange(1), exchange(2)]
    kept.store(event(1), first)
    kept.shrink()
    kept.store(event(2), second)
    kept.store(event(3), first)
    expect([seqs(), kept.find(1), kept.find(3), kept.horizon]).toEqual([[2], null, null, 3])
  })

  test('a connection goes with the last of its exchanges, once it is closed', () => {
    for (const closed of [true, false]) {
      const { kept, released, connection, exchange, seqs } = keeping({ exchanges: 0 })
      kept.store(event(0), connection)
      kept.store(event(1), exchange(1))
      connection.closed = closed
      kept.shrink()
      expect([seqs(), released]).toEqual(closed ? [[], [1, null]] : [[0], [1]])
    }
  })
})

describe('a segment that carries several requests', () => {
  test('stays when the older is let go, and goes with the newer one: no longer', () => {
    const { kept, exchange, seqs } = keeping({ exchanges: 2 })
    const [first, second] = [exchange(1), exchange(2)]
    const shared = kept.store(event(0), first)
    kept.store(event(1), first)
    kept.move(shared, second)
    exchange(3)
    kept.shrink()
    expect(seqs()).toEqual([0])
    exchange(4)
    kept.shrink()
    expect(seqs()).toEqual([])
    expect(kept.horizon).toBe(1)
  })

  test('weighs once, and not any more when it is gone', () => {
    const one = weigh(event(0))
    const { kept, exchange, seqs } = keeping({ bytes: 2 * one })
    const [first, second] = [exchange(1), exchange(2)]
    kept.move(kept.store(event(0), first), second)
    expect([first.weight, first.count, second.weight, second.count]).toEqual([0, 0, one, 1])
    kept.store(event(1), second)
    kept.shrink()
    expect(seqs()).toEqual([0, 1])
    for (const id of [3, 4]) kept.store(event(id), exchange(id))
    kept.shrink()
    expect(seqs()).toEqual([3, 4])
  })

  test('is not brought back by a request that comes when it was let go, nor given to one that was', () => {
    const { kept, exchange, seqs } = keeping({ exchanges: 1 })
    const first = exchange(1)
    const shared = kept.store(event(0), first)
    const second = exchange(2)
    kept.shrink()
    kept.move(shared, second)
    expect([seqs(), shared.unit, second.weight]).toEqual([[], first, 0])
    const other = kept.store(event(1), second)
    kept.move(other, first)
    expect([seqs(), other.unit]).toEqual([[1], second])
  })
})

test('the segments of a request that never came to exist become its connection’s own', () => {
  const { kept, connection, exchange, seqs } = keeping({ exchanges: 1 })
  const upcoming = newUnit(connection)
  for (const seq of [0, 1]) kept.store(event(seq), upcoming)
  kept.merge(upcoming, connection)
  expect([upcoming.count, connection.count, seqs()]).toEqual([0, 2, [0, 1]])
  connection.closed = true
  exchange(1)
  exchange(2)
  kept.shrink()
  expect(seqs()).toEqual([0, 1])
  kept.limits = { ...MANY, exchanges: 0 }
  kept.shrink()
  expect(seqs()).toEqual([])
})
