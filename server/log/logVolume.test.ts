import { expect, test } from 'vitest'
import { LogVolume } from './logVolume.ts'

const LIMITS = { burst: 10_000, perSecond: 1000, text: 500 }

function volume() {
  const said: string[] = []
  const time = { now: 0 }
  return {
    said,
    time,
    volume: new LogVolume(
      () => time.now,
      (text) => said.push(text),
      LIMITS,
    ),
  }
}

test('what is logged beyond a rate is left out, and how much is said', () => {
  const { said, time, volume: log } = volume()
  const admitted = Array.from({ length: 100 }, () => log.admit('x'.repeat(400))).filter((text) => text !== null)
  expect(admitted).toHaveLength(20)
  time.now = 1_000_000
  expect(log.admit('y')).toBe('y')
  log.flush()
  log.flush()
  expect(said).toEqual(["left out: 80 lines of the application's log, 32000 characters in all, as it logs too much"])
})

test('empty lines count as lines', () => {
  const { volume: log } = volume()
  expect(Array.from({ length: 1000 }, () => log.admit('')).filter((text) => text !== null)).toHaveLength(100)
})

test('of a long text the beginning is logged', () => {
  const { volume: log } = volume()
  expect(log.admit('x'.repeat(600))).toBe(`${'x'.repeat(500)} … (100 more characters)`)
})
