import { expect, test } from 'vitest'
import { paced } from './paced.ts'

function clocked(atOnce = 1) {
  let now = 0
  let waiting: { at: number; callback: () => void } | null = null
  const drawn: number[] = []
  const pacer = paced(() => drawn.push(now), {
    everyMs: 100,
    atOnce,
    now: () => now,
    later: (ms, callback) => {
      waiting = { at: now + ms, callback }
      return () => {
        waiting = null
      }
    },
  })
  const pass = (ms: number): void => {
    const until = now + ms
    if (waiting !== null && waiting.at <= until) {
      const { at, callback } = waiting
      waiting = null
      now = at
      callback()
    }
    now = until
  }
  return { pacer, drawn, pass }
}

test('after a rest a change is drawn at once; of many, one every so often, and the last', () => {
  const { pacer, drawn, pass } = clocked()
  pacer.changed()
  expect(drawn).toEqual([0])
  for (let ms = 1; ms <= 250; ms++) {
    pass(1)
    pacer.changed()
  }
  pass(1000)
  expect(drawn).toEqual([0, 100, 200, 300])
  pacer.changed()
  expect(drawn.at(-1)).toBe(1250)
})

test('a few are drawn as they come, and those are earned again by and by', () => {
  const { pacer, drawn, pass } = clocked(3)
  for (let n = 0; n < 6; n++) {
    pacer.changed()
    pass(10)
  }
  pass(1000)
  expect(drawn).toEqual([0, 10, 20, 100])
  for (let n = 0; n < 3; n++) pacer.changed()
  expect(drawn.slice(4)).toEqual([1060, 1060, 1060])
})

test('what was stopped draws nothing', () => {
  const { pacer, drawn, pass } = clocked()
  pacer.changed()
  pacer.changed()
  pacer.stop()
  pass(1000)
  expect(drawn).toEqual([0])
})
