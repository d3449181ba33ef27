import { describe, expect, test } from 'vitest'
import { Conversation } from '../../shared/testing/conversation.ts'
import { GET, reading, recorded } from '../../shared/testing/recorded.ts'
import { type Beat, beatsOf } from '../../shared/trace/beats.ts'
import { exchangeDuration } from '../../shared/trace/times.ts'
import { timeText } from './time.ts'
import { beatLabels, beatsFromEvents, beatTimes, eventsFromBeats, readableLabels, ticksOf } from './timelineScale.ts'

const beat = (from: number, to: number): Beat => ({ kind: 'read', from, to, at: from })
const beats = [beat(0, 1), beat(1, 2), beat(2, 6), beat(6, 7)]

test('a beat rests at its own number, events lie evenly within it', () => {
  expect([0, 1, 2, 3, 4.5, 6, 7].map((p) => beatsFromEvents(beats, p))).toEqual([0, 1, 2, 2.25, 2.625, 3, 4])
})

test('from the timeline and back is where one was', () => {
  for (const p of [0, 0.5, 1, 2, 3, 4.5, 5.5, 6, 6.25, 7]) {
    expect(eventsFromBeats(beats, beatsFromEvents(beats, p))).toBeCloseTo(p)
  }
})

test('times count from the first byte, and the end says how long the exchange took', () => {
  const conversation = new Conversation(reading)
  conversation.feed({ kind: 'opened' })
  conversation.now = 3000
  conversation.send(GET.slice(0, 20))
  conversation.now = 3500
  const events = recorded(conversation.send(GET.slice(20)))
  const beats = beatsOf(events)
  const times = beatTimes(events, beats)
  expect(beats[0]?.kind).toBe('arrives')
  expect(times.slice(0, 3)).toEqual([-3000, 0, 500])
  expect(times.at(-1)).toBe(exchangeDuration(events))
})

test('letting go close to a rest means the rest', () => {
  expect(eventsFromBeats(beats, 2.98)).toBe(6)
})

test('positions outside are the ends, and without beats there is only the beginning', () => {
  expect(eventsFromBeats(beats, -1)).toBe(0)
  expect(eventsFromBeats(beats, 9)).toBe(7)
  expect(eventsFromBeats([], 1)).toBe(0)
  expect(beatsFromEvents([], 0)).toBe(0)
})

test('ticks stand for the events before the rest of a beat; a crowd has none', () => {
  expect(ticksOf(beats)).toEqual([2.25, 2.5, 2.75])
  expect(ticksOf([beat(0, 500)])).toEqual([])
})

describe('labels', () => {
  test('where there is room, all are written', () => {
    expect(readableLabels([0, 100, 200], [50, 50, 50], 1, 10)).toEqual([true, true, true])
  })

  test('the present one is always written, and its neighbours make room', () => {
    expect(readableLabels([0, 40, 80, 120], [30, 60, 30, 30], 1, 10)).toEqual([false, true, false, true])
  })

  test('before the first beat none is the present one', () => {
    expect(readableLabels([0, 100], [50, 50], -1, 10)).toEqual([true, true])
  })
})

describe('the names of the beats', () => {
  const centres = [60, 120, 180, 240, 300, 360]

  test('stand below the line, with the times above it, where they have room in one row', () => {
    const { labelShown, timeShown, isAbove } = beatLabels(
      centres,
      [40, 40, 40, 40, 40, 40],
      [30, 30, 30, 30, 30, 30],
      2,
    )
    expect([labelShown.every(Boolean), timeShown.every(Boolean), isAbove.some(Boolean)]).toEqual([true, true, false])
  })

  test('stand in two rows where they have not, and none is missing; the times give way', () => {
    const { labelShown, timeShown, isAbove } = beatLabels(
      centres,
      [40, 98, 40, 60, 98, 40],
      [30, 30, 30, 30, 30, 30],
      2,
    )
    expect(labelShown.every(Boolean)).toBe(true)
    expect(timeShown.some(Boolean)).toBe(false)
    expect(isAbove).toEqual([false, true, false, true, false, true])
  })
})

test.each([
  [0, '0'],
  [312.4, '312 µs'],
  [999.6, '1.0 ms'],
  [4_230, '4.2 ms'],
  [41_900, '42 ms'],
  [3_210_000, '3.2 s'],
  [-312.4, '−312 µs'],
  [-0.2, '0'],
])('%d microseconds are %s', (micros, text) => {
  expect(timeText(micros)).toBe(text)
})
