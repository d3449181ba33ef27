import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { echo } from '../testing/apps.ts'
import { cutBy } from '../testing/changes.ts'
import { checkWireCase } from '../testing/checkWireCase.ts'
import { type Conversation, methodsOf } from '../testing/conversation.ts'
import { expectSame, play, replaySplit } from '../testing/replaySplit.ts'
import { ownCases, stepsOf, type WireCase, wireCases } from '../testing/wireCases.ts'

/** As text cut into single bytes, at random places, or not at all. */
const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }).map(cutBy)

const check = (wireCase: WireCase, conversation: Conversation): void =>
  checkWireCase(wireCase, conversation.answer, methodsOf(conversation), conversation.closed)

describe('every wire case', () => {
  test('has a name of its own, and there are as many of our own as were given', () => {
    const names = [...wireCases, ...ownCases].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(wireCases).toHaveLength(115)
    expect(ownCases.length).toBeGreaterThanOrEqual(wireCases.length)
  })

  test.each([...wireCases, ...ownCases])('$name: $why', (wireCase) => {
    const steps = stepsOf(wireCase)
    check(wireCase, replaySplit(echo, steps))
    check(
      wireCase,
      play(echo, steps, (text) => [...text]),
    )
  })

  test.each([...wireCases, ...ownCases])('$name is the same cut at random', (wireCase) => {
    const steps = stepsOf(wireCase)
    const whole = play(echo, steps)
    // A failure prints the seed.
    fc.assert(
      fc.property(cuts, (cut) => expectSame(play(echo, steps, cut), whole)),
      { numRuns: 10 },
    )
  })
})
