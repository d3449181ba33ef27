import { expect, test } from 'vitest'
import { eventsFrom, KINDS } from '../testing/sampleEvents.ts'
import { beatsOf } from './beats.ts'
import type { TraceEvent, TraceKind } from './events.ts'
import { type PaceOptions, paceOf } from './pace.ts'

const pace = (events: readonly TraceEvent[], options: Partial<PaceOptions> = {}) =>
  paceOf(events, beatsOf(events), { readingMs: () => 0, familiarity: 0, speed: 1, ...options })

/** The rest behind a beat whose caption takes no time to read. */
const REST = 260

const times = (kind: TraceKind, count: number): TraceEvent[] => eventsFrom(...Array<TraceKind>(count).fill(kind))

/** They concern the run, or are no step: nothing is seen to fly. */
const WITHOUT_FLIGHT: readonly TraceKind[] = [
  'trace.omitted',
  'log.line',
  'app.source',
  'app.reloaded',
  'server.started',
]

test.each(KINDS)('every event that is a step of the exchange takes time, and no other does: %s', (kind) => {
  const events = eventsFrom(kind)
  expect(pace(events).totalMs > REST).toBe(!WITHOUT_FLIGHT.includes(kind))
  expect(pace(events).playheadAt(0)).toBe(WITHOUT_FLIGHT.includes(kind) ? 1 : 0)
})

test('of a kind that comes often in one beat, all together take at most six times as long as one', () => {
  const one = pace(times('request.header', 1)).totalMs - REST
  for (const [count, most] of [
    [2, 2],
    [6, 6],
    [7, 6],
    [600, 6],
  ] as const) {
    expect(pace(times('request.header', count)).totalMs - REST).toBeCloseTo(one * most)
  }
})

test('a crowd in one beat takes nothing from another kind, or from another beat', () => {
  const header = 110
  const alone = pace(eventsFrom('request.line', 'request.header')).totalMs
  const crowd = pace(eventsFrom('request.line', ...Array<TraceKind>(60).fill('request.header'))).totalMs
  expect(crowd - alone).toBeCloseTo(5 * header)
})

test('a beat lasts as long as its caption takes to read, and rests long enough for what arrived to be seen', () => {
  const events = eventsFrom('request.line', 'environ.built')
  const flights = pace(events).totalMs - 2 * REST
  expect(pace(events, { readingMs: () => 5000 }).totalMs).toBeCloseTo(10_000)
  expect(pace(events, { readingMs: () => 1 }).totalMs).toBeCloseTo(flights + 2 * REST)
  expect(pace(events, { readingMs: ({ kind }) => (kind === 'environ' ? 5000 : 0) }).totalMs).toBeCloseTo(
    pace(events.slice(0, 1)).totalMs + 5000,
  )
})

test('what is familiar is told faster: in 55, 33 and 20 of 100 parts of the first time, and never faster', () => {
  const events = eventsFrom('request.line', 'environ.built')
  const first = pace(events).totalMs
  const parts = [1, 2, 3, 4, 99].map((familiarity) => pace(events, { familiarity }).totalMs / first)
  for (const [at, part] of [0.55, 0.33, 0.2, 0.2, 0.2].entries()) expect(parts[at]).toBeCloseTo(part)
})

test('at twice the speed everything takes half as long, reading too', () => {
  const events = eventsFrom('request.line', 'environ.built')
  for (const readingMs of [() => 0, () => 5000]) {
    expect(pace(events, { readingMs, speed: 2 }).totalMs).toBeCloseTo(pace(events, { readingMs }).totalMs / 2)
  }
})

test('an event flies evenly, and while a beat rests the playhead stands', () => {
  const told = pace(eventsFrom('request.line', 'environ.built'))
  const landed = told.msAt(1)
  expect(told.playheadAt(landed / 4)).toBeCloseTo(0.25)
  expect(told.playheadAt(landed)).toBe(1)
  expect(told.playheadAt(landed + REST)).toBe(1)
  expect(told.playheadAt(landed + REST + 1)).toBeGreaterThan(1)
  expect(told.playheadAt(told.totalMs)).toBe(2)
})

test('when a playhead is reached is the inverse of where it is: at a landing, the beginning of its rest', () => {
  const told = pace(eventsFrom('request.line', 'request.header', 'environ.built'))
  for (const playhead of [0, 0.3, 1, 1.5, 2, 2.9, 3]) {
    expect(told.playheadAt(told.msAt(playhead))).toBeCloseTo(playhead)
  }
  expect(told.msAt(2)).toBeLessThan(told.msAt(2.001) - REST)
})

test('where there is nothing to tell, it takes no time', () => {
  expect([pace([]).totalMs, pace([]).playheadAt(0), pace([]).msAt(0)]).toEqual([0, 0, 0])
})
