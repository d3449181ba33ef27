/**
 * Every transcript is replayed split at every byte: whole, byte by byte, and in two pieces at every place. Whatever the
 * cut, the trace and the answer are the same.
 */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { GatewayOptions } from '../gateway/types.ts'
import { checkOrder } from './checkOrder.ts'
import { Conversation, type TestApp } from './conversation.ts'
import { recorded } from './recorded.ts'
import { answerOf, comparable } from './story.ts'

/** Text of the client, or the end of its side. */
export type ClientStep = string | { eof: true }

/** Texts up to this length are cut in two at every byte, longer ones at `SOME` places, evenly spread. */
const SHORT = 400
const SOME = 40

/** Plays `steps` with each text cut by `cut`. */
export function play(
  app: TestApp,
  steps: readonly ClientStep[],
  cut: (text: string) => string[] = (text) => [text],
  options: Partial<GatewayOptions> = {},
): Conversation {
  const conversation = new Conversation(app, options).feed({ kind: 'opened' })
  for (const step of steps) {
    if (typeof step !== 'string') conversation.feed({ kind: 'eof' })
    else for (const piece of cut(step)) conversation.send(piece)
  }
  return conversation
}

/** Plays `steps` in every way, checks that all agree, and answers the conversation in whole pieces. */
export function replaySplit(
  app: TestApp,
  steps: readonly ClientStep[],
  options: Partial<GatewayOptions> = {},
): Conversation {
  const whole = play(app, steps, undefined, options)
  checkOrder(recorded(whole))
  const agrees = (cut: (text: string) => string[]) => expectSame(play(app, steps, cut, options), whole)
  agrees((text) => [...text])
  const longest = Math.max(0, ...steps.map((step) => (typeof step === 'string' ? step.length : 0)))
  const stride = longest <= SHORT ? 1 : Math.floor(longest / SOME)
  for (let at = 1; at < longest; at += stride) agrees((text) => [text.slice(0, at), text.slice(at)])
  // Nobody watching: other segments, the same bytes.
  const unwatched = play(app, steps, undefined, { ...options, trace: false })
  expect(answerOf(unwatched)).toBe(answerOf(whole))
  expect(unwatched.closed).toBe(whole.closed)
  return whole
}

export function expectSame(one: Conversation, other: Conversation): void {
  same(comparable(one), comparable(other))
  expect(answerOf(one)).toBe(answerOf(other))
  same(one.calls, other.calls)
  expect(one.closed).toBe(other.closed)
}

/** What is strictly equal is so for `toEqual` too, which takes many times as long to find that out. */
function same(one: unknown, other: unknown): void {
  if (!isDeepStrictEqual(one, other)) expect(one).toEqual(other)
}
