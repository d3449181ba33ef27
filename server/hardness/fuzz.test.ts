/** A hundred thousand requests in memory; `npm run fuzz` sends a million and more. A failure prints its seed. */
import { expect, test } from 'vitest'
import { fuzz } from '../../shared/testing/fuzz.ts'

const SEED = Math.floor(Math.random() * 2 ** 31)

test.each([0, 1, 2, 3])('25,000 random and mutated requests are answered, each once and in order: part %i', (part) => {
  const seed = (SEED + part * 2 ** 28) >>> 0
  process.stdout.write(`fuzz from seed ${seed}\n`)
  const tally = fuzz(seed, 25_000)
  expect(tally.requests).toBeGreaterThanOrEqual(25_000)
  expect(tally.refused).toBeGreaterThan(0)
})
