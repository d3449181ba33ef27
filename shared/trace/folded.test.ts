import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answering, called, closed, raised } from '../testing/apps.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import { Tapped } from '../testing/tapped.ts'
import { beatsOf } from './beats.ts'
import type { TraceEvent } from './events.ts'
import { fold, type StageState } from './fold.ts'
import { Folded, foldedOf } from './folded.ts'
import { PrefixList } from './prefixList.ts'
import { TraceIndex } from './traceIndex.ts'

const of = (id: number, events: readonly TraceEvent[]): readonly TraceEvent[] => {
  const index = new TraceIndex()
  index.append(events)
  return index.eventsOf(id)
}

const long = answering('200 OK', [], Array(400).fill('x'), null)
const stories: readonly (readonly TraceEvent[])[] = [
  of(1, recorded(exchange(reading, GET))),
  of(2, recorded(exchange(reading, GET, POST))),
  of(1, recorded(exchange(reading, CHUNKED.slice(0, 60), CHUNKED.slice(60) + GET))),
  of(1, recorded(exchange(() => [called, raised, closed], GET))),
  of(1, recorded(exchange(reading, 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'))),
  of(1, new Tapped(['> GET / HTTP/1.1\r\nHost: a\r\n\r\n', '< HTTP/1.1 200 OK\r\n\r\nyes', '<|']).events),
  of(1, recorded(exchange(long, GET))),
]

/** A state as plain values; of the bytes, those of the exchange as far as they are here. */
function plain(state: StageState, events: readonly TraceEvent[]): unknown {
  const { inbound, outbound, ...rest } = state
  const starts = events.flatMap((event) =>
    event.kind === 'socket.received' || event.kind === 'socket.sent' ? [event] : [],
  )
  return [
    Object.entries(rest).map(([key, value]) => [key, value instanceof PrefixList ? [...value] : value]),
    starts.map(({ kind, start, length }) =>
      (kind === 'socket.sent' ? outbound : inbound).slice({ start, end: start + length }),
    ),
  ]
}

/** A story, how far it has come when it is looked at, and which playhead is looked at then. */
const looks = fc.constantFrom(...stories).chain((events) =>
  fc.tuple(
    fc.constant(events),
    fc.array(fc.tuple(fc.nat(events.length), fc.double({ min: 0, max: events.length, noNaN: true })), {
      minLength: 1,
      maxLength: 12,
    }),
  ),
)

describe('a fold that is remembered', () => {
  test('is the plain fold at every playhead, however the list has grown and wherever one looks', () => {
    fc.assert(
      fc.property(looks, ([events, all]) => {
        const steps = [...all].sort(([a], [b]) => a - b)
        const folded = new Folded([])
        for (const [length, playhead] of steps) {
          const now = events.slice(0, length)
          folded.extend(now)
          expect(folded.beats).toEqual(beatsOf(now))
          for (const at of [playhead, Math.floor(playhead), 0, length]) {
            const within = Math.min(at, length)
            expect(plain(folded.at(within), now)).toEqual(plain(fold(now, within), now))
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  test('is that of the list that is asked about, also of an earlier one, and of one that was filled in', () => {
    for (const events of stories) {
      const half = events.slice(0, Math.ceil(events.length / 2))
      const bare = events.map((event) => ('bytes' in event ? { ...event, bytes: null } : event))
      for (const list of [half, events, half, bare, events]) {
        const at = list.length - 0.5
        expect(plain(foldedOf(list).at(at), list)).toEqual(plain(fold(list, at), list))
        expect(foldedOf(list).beats).toEqual(beatsOf(list))
      }
    }
  })

  test('folds no event again to draw the next moment, or one that was drawn', () => {
    const events = stories.at(-1) ?? []
    let looked = 0
    const watched = new Proxy([...events], {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looked++
        return Reflect.get(target, key)
      },
    })
    const folded = new Folded(watched)
    folded.at(events.length)
    looked = 0
    for (let playhead = events.length - 20; playhead < events.length; playhead += 0.25) folded.at(playhead)
    // Each moment looks at the event in flight; the first has to fold on from the last state that was kept.
    expect(looked).toBeLessThan(256 + 5 * 80)
  })
})

describe('the beginning of a list that grows', () => {
  test('does not see what another was given', () => {
    const first = new PrefixList<number>()
    first.push(1)
    const second = first.copy()
    second.push(2)
    expect([...first]).toEqual([1])
    expect([...second]).toEqual([1, 2])
    first.push(2)
    expect([first.at(-1), first.at(5), first.length]).toEqual([2, undefined, 2])
    second.push(3)
    expect([first.slice(), second.slice(1)]).toEqual([
      [1, 2],
      [2, 3],
    ])
  })
})
