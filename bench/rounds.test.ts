import { expect, test } from 'vitest'
import { inOrder } from './rounds.ts'

const ALL = ['a', 'b', 'c', 'd', 'e', 'f']

test('every round has all once, begins with another, and follows another', () => {
  const rounds = [0, 1, 2, 3].map((round) => inOrder(ALL, round, 4))
  for (const round of rounds) expect([...round].sort()).toEqual(ALL)
  expect(new Set(rounds.map(([first]) => first)).size).toBe(4)
  expect(rounds.slice(0, 2).map((round) => round.join(''))).toEqual(['abcdef', 'bafedc'])
})

test('a single one is its own order', () => {
  expect(inOrder(['a'], 3, 4)).toEqual(['a'])
})
