import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answering, called, chunk, closed, raised, returned, startResponse } from '../testing/apps.ts'
import type { Conversation } from '../testing/conversation.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import { beatAt, beatsOf } from './beats.ts'
import type { TraceEvent } from './events.ts'
import { ExchangeBytes } from './exchangeBytes.ts'
import { fold } from './fold.ts'
import { paceOf } from './pace.ts'
import { TraceIndex } from './traceIndex.ts'

const rangeOf = (events: readonly TraceEvent[]) => {
  const bytes = new ExchangeBytes()
  for (const event of events) bytes.take(event)
  return bytes.range
}

const of = (id: number, ...conversations: readonly Conversation[]): readonly TraceEvent[] => {
  const index = new TraceIndex()
  index.append(recorded(...conversations))
  return index.eventsOf(id)
}

const raisesLate = () => [called, startResponse('200 OK'), returned(null), chunk('half'), raised, closed]

const stories = {
  get: of(1, exchange(reading, GET)),
  post: of(1, exchange(reading, POST)),
  chunked: of(1, exchange(reading, CHUNKED)),
  pieces: of(1, exchange(reading, POST.slice(0, 9), POST.slice(9, 70), POST.slice(70))),
  second: of(2, exchange(reading, GET + POST)),
  stream: of(1, exchange(answering('200 OK', [], ['one', 'two', 'three'], null), GET)),
  refused: of(1, exchange(reading, 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n')),
  raises: of(
    1,
    exchange(() => [called, raised, closed], GET),
  ),
  raisesLate: of(1, exchange(raisesLate, GET)),
}
const names = Object.keys(stories) as (keyof typeof stories)[]

describe('beats', () => {
  test.each([
    ['get', 'arrives read parsed environ called reads answers chunks ends'],
    ['pieces', 'arrives read parsed environ called reads answers chunks ends'],
    ['second', 'read parsed environ called reads answers chunks ends'],
    ['stream', 'arrives read parsed environ called answers chunks ends'],
    ['refused', 'arrives read refused chunks ends'],
    ['raises', 'arrives read parsed environ called raised chunks ends'],
    ['raisesLate', 'arrives read parsed environ called answers chunks raised ends'],
  ] as const)('of %s: %s', (name, kinds) => {
    expect(
      beatsOf(stories[name])
        .map((beat) => beat.kind)
        .join(' '),
    ).toBe(kinds)
  })

  test.each(names)('%s: every event is in exactly one beat, in order', (name) => {
    const beats = beatsOf(stories[name])
    expect(beats[0]?.from).toBe(0)
    expect(beats.at(-1)?.to).toBe(stories[name].length)
    for (let i = 1; i < beats.length; i++) expect(beats[i]?.from).toBe(beats[i - 1]?.to)
  })

  test('a beat holds its end and not its beginning', () => {
    const beats = beatsOf(stories.get)
    for (const [index, beat] of beats.entries()) {
      expect(beatAt(beats, beat.to)).toBe(index)
      expect(beatAt(beats, beat.from + 0.01)).toBe(index)
    }
  })
})

describe('pace', () => {
  const pace = (name: keyof typeof stories, familiarity: number) =>
    paceOf(stories[name], beatsOf(stories[name]), { readingMs: () => 1500, familiarity, speed: 1 })

  test('time and playhead are each other’s inverse, and neither runs back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(4),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, familiarity, part) => {
          const told = pace(name, familiarity)
          const playhead = part * stories[name].length
          const ms = told.msAt(playhead)
          expect(ms).toBeLessThanOrEqual(told.totalMs)
          // An event without a flight has no time of its own: there, the playhead is already past it.
          expect(told.playheadAt(ms)).toBeGreaterThanOrEqual(playhead - 1e-6)
          expect(told.playheadAt(ms)).toBeLessThanOrEqual(Math.ceil(playhead) + 1e-6)
        },
      ),
    )
  })

  test('it begins before the first event and ends after the last', () => {
    for (const name of names) {
      expect(pace(name, 0).playheadAt(0)).toBe(0)
      expect(pace(name, 0).playheadAt(pace(name, 0).totalMs)).toBe(stories[name].length)
    }
  })

  test('what is familiar is told faster: a fourth trip in a fifth of the first', () => {
    const [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map((n) => pace('get', n).totalMs)
    expect(second).toBeLessThan(first ?? 0)
    expect(third).toBeLessThan(second ?? 0)
    expect(fourth).toBeCloseTo((first ?? 0) * 0.2)
    expect(fifth).toBe(fourth)
  })

  test('a stream of a thousand chunks is not a thousand times as long as one', () => {
    const many = of(1, exchange(answering('200 OK', [], Array(1000).fill('x'), null), GET))
    const told = paceOf(many, beatsOf(many), { readingMs: () => 1500, familiarity: 0, speed: 1 })
    expect(told.totalMs).toBeLessThan(3 * pace('stream', 0).totalMs)
  })
})

describe('fold', () => {
  test('nothing that has not happened is in the state', () => {
    for (const name of names) {
      const events = stories[name]
      for (let n = 0; n <= events.length; n++) {
        const state = fold(events, n)
        const past = new Set(events.slice(0, n).map((event) => event.kind))
        expect(state.requestLine !== null).toBe(past.has('request.line'))
        expect(state.environ !== null).toBe(past.has('environ.built'))
        expect(state.startResponse !== null).toBe(past.has('app.startResponse'))
        expect(state.gateOpen).toBe(past.has('response.serialized'))
        expect(state.sentTo > 0).toBe(past.has('socket.sent'))
        expect(state.answered !== null).toBe(past.has('response.answered'))
        expect(state.flight).toBeNull()
      }
    }
  })

  test('between two events the first part of the list has landed and the next one flies', () => {
    const state = fold(stories.get, 2.25)
    expect(state.landed).toBe(2)
    expect(state.flight).toEqual({ event: stories.get[2], t: 0.25 })
  })

  test('lengths add up: what was received is the request, what was sent is all segments', () => {
    for (const name of names) {
      const events = stories[name]
      const state = fold(events, events.length)
      const serialized = [...state.segments].reduce((sum, { start, end }) => sum + end - start, 0)
      expect(state.sentTo - (state.outboundStart ?? 0)).toBe(serialized)
      for (const segment of state.segments)
        expect(state.outbound.slice(segment)).toHaveLength(segment.end - segment.start)
    }
  })

  test.each([
    ['get', GET.length],
    ['post', POST.length],
    ['chunked', CHUNKED.length],
    ['pieces', POST.length],
    ['second', POST.length],
  ] as const)('%s has exactly the bytes of its own request', (name, length) => {
    const { start, end } = rangeOf(stories[name])
    expect(end - start).toBe(length)
  })

  test('the bytes behind a request are the next one’s', () => {
    const events = of(1, exchange(reading, CHUNKED + GET))
    expect(fold(events, events.length).bytesBehind).toBe(GET.length)
    expect(rangeOf(events)).toEqual({ start: 0, end: CHUNKED.length })
  })
})
