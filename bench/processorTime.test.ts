import { expect, test } from 'vitest'
import { readStat, ticksOfTree } from './processorTime.ts'

const after = '2 2 0 -1 4194304 100 0 0 0 70 8 900 1000 20 0 1 0 1164014 3133440 390'

test('the ticks of a process are user and system time, its own and that of children who ended', () => {
  expect(readStat(`41 (node) R 7 ${after}`)).toEqual({ pid: 41, parent: 7, ticks: 1978 })
})

test('a name with brackets and blanks does not shift the fields', () => {
  expect(readStat(`41 (a) b (c) S 7 ${after}`)).toEqual({ pid: 41, parent: 7, ticks: 1978 })
})

test('a tree is counted to its leaves, and nothing beside it', () => {
  const stats = [
    { pid: 10, parent: 1, ticks: 1 },
    { pid: 11, parent: 10, ticks: 20 },
    { pid: 12, parent: 11, ticks: 300 },
    { pid: 13, parent: 1, ticks: 4000 },
  ]
  expect(ticksOfTree(stats, 10)).toBe(321)
  expect(ticksOfTree(stats, 99)).toBe(0)
})
