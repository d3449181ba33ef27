import { expect, test } from 'vitest'
import { median, percentile, spread } from './statistics.ts'

test('the median is the middle one, or lies between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([9, 1, 5, 7])).toBe(6)
  expect(median([])).toBeNaN()
})

test('the spread is half the distance of the extremes, as a share of the median', () => {
  expect(spread([90, 100, 130])).toBe(0.2)
  expect(spread([42])).toBe(0)
})

test('a percentile is a value that was measured, and that share of all does not exceed it', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect(percentile(hundred, 0.99)).toBe(99)
  expect(percentile(hundred, 0.5)).toBe(50)
  expect(percentile([7], 0.99)).toBe(7)
})
