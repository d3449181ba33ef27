import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMoment, parseMoment } from './moment.ts'

test('a moment read back from its link is the same moment', () => {
  const moment = fc.record({
    run: fc.string({ minLength: 1 }),
    exchange: fc.integer({ min: 1, max: 1e6 }),
    playhead: fc.integer({ min: 0, max: 1e6 }).map((n) => n / 1000),
  })
  fc.assert(
    fc.property(moment, (given) => {
      expect(parseMoment(formatMoment(given))).toEqual(given)
    }),
  )
})

test.each([
  '',
  '#',
  '#x',
  '#run=a',
  '#run=a&exchange=0&at=1',
  '#run=a&exchange=1.5&at=1',
  '#run=a&exchange=1&at=-1',
  '#run=a&exchange=1&at=x',
])('%j is no moment', (hash) => expect(parseMoment(hash)).toBeNull())
