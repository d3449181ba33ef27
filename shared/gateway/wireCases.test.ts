import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { echo } from '../testing/apps.ts'
import type { Conversation } from '../testing/conversation.ts'
import { type ClientStep, expectSame, play, replaySplit } from '../testing/replaySplit.ts'
import { type ReadResponse, readResponses } from '../testing/responses.ts'
import { ownCases, type WireCase, wireCases } from '../testing/wireCases.ts'

/** An `await` is kept by itself: no text goes out before what stands before it is dealt with. */
const stepsOf = (wireCase: WireCase): ClientStep[] =>
  wireCase.send
    .filter((step) => typeof step === 'string' || 'shutdown' in step)
    .map((step) => (typeof step === 'string' ? step : { eof: true }))

/** As text cut into single bytes, at random places, or not at all. */
const cuts = fc
  .array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 })
  .map((sizes) => (text: string) => {
    const pieces: string[] = []
    for (let at = 0, i = 0; at < text.length; i++) {
      const size = sizes[i % sizes.length] ?? 1
      pieces.push(text.slice(at, at + size))
      at += size
    }
    return pieces
  })

function methodsOf(conversation: Conversation): string[] {
  const lines = conversation.drafts.map(({ body }) => body).filter((body) => body.kind === 'request.line')
  return lines.map((line) => line.method)
}

function check(wireCase: WireCase, conversation: Conversation): void {
  const { expect: expected } = wireCase
  const responses = readResponses(conversation.answer, methodsOf(conversation))
  const statuses = responses.map((response) => response.status)
  expect(statuses).toHaveLength(expected.status.length)
  expected.status.forEach((status, i) => {
    expect([status].flat()).toContain(statuses[i])
  })
  expect(conversation.closed ? 'close' : 'open').toBe(expected.then)
  const served = responses.filter((response) => response.status === 200).at(-1)
  if (served === undefined) return
  if (expected.bodyBytes !== undefined) {
    expect(served.body).toHaveLength(expected.bodyBytes)
    return
  }
  checkEcho(expected, served)
}

function checkEcho(expected: WireCase['expect'], served: ReadResponse): void {
  const echoed: { environ: Record<string, string>; body: string } = JSON.parse(served.body)
  expect(echoed.environ).toMatchObject(expected.environ ?? {})
  for (const key of expected.absent ?? []) expect(echoed.environ).not.toHaveProperty([key])
  for (const [key, value] of Object.entries(expected.environNot ?? {})) expect(echoed.environ[key]).not.toBe(value)
  if (expected.body !== undefined) expect(echoed.body).toBe(expected.body)
  expect(served.headers).toMatchObject(expected.responseHeaders ?? {})
}

describe('every wire case', () => {
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
