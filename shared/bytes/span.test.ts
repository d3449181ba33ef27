import { expect, test } from 'vitest'
import { spanLength, spansOverlap } from './span.ts'

test('a span includes its start and excludes its end', () => {
  expect(spanLength({ start: 3, end: 7 })).toBe(4)
})

test.each([
  [0, 3, 3, 5, false],
  [0, 4, 3, 5, true],
  [3, 3, 0, 9, false],
  [2, 4, 0, 9, true],
])('[%i,%i) and [%i,%i) share a byte: %j', (a, b, c, d, shared) => {
  expect(spansOverlap({ start: a, end: b }, { start: c, end: d })).toBe(shared)
  expect(spansOverlap({ start: c, end: d }, { start: a, end: b })).toBe(shared)
})
