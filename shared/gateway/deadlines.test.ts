import { describe, expect, test } from 'vitest'
import { testOptions } from '../testing/conversation.ts'
import { PHASES, type Phase } from './connectionState.ts'
import { Deadlines, type Progress } from './deadlines.ts'
import { Outbox } from './outbox.ts'
import type { Deadline, Limits } from './types.ts'

const limits: Limits = {
  ...testOptions.limits,
  ...{ headerMs: 1000, idleMs: 2000, bodyGraceMs: 3000, bodyRate: 1000, lingerMs: 4000 },
}

const TAKEN = { waiting: false, due: Number.POSITIVE_INFINITY }
/** Bytes wait for the client, which will have been too slow after so many microseconds. */
const waitingUntil = (due: number) => ({ waiting: true, due })

const progress = (phase: Phase, changes: Partial<Progress> = {}): Progress => ({
  state: { phase, since: 0, idleSince: 0 },
  bodyReceived: 0,
  backlog: TAKEN,
  ...changes,
})

/** What the edge is asked to wait for, at each of these times (in milliseconds). */
function asked(deadlines: Deadlines, of: Progress, ...times: number[]): (readonly [Deadline, number | null])[] {
  return times.flatMap((ms) => {
    const outbox = new Outbox(testOptions)
    outbox.begin(ms * 1000)
    deadlines.ask(of, outbox)
    return outbox.take().flatMap((output) => (output.kind === 'deadline' ? [[output.of, output.afterMs] as const] : []))
  })
}

describe('what is waited for', () => {
  test.each<[Phase, Deadline, number]>([
    ['head', 'header', 1000],
    ['idle', 'idle', 2000],
    ['body', 'body', 3000],
    ['lingering', 'linger', 4000],
  ])('in the phase %s it is the deadline %s', (phase, of, ms) => {
    expect(PHASES[phase].deadline).toBe(of)
    expect(asked(new Deadlines(limits), progress(phase), 0)).toEqual([[of, ms]])
  })

  test.each<Phase>(['new', 'application', 'closed'])('in the phase %s it is nothing', (phase) => {
    expect(asked(new Deadlines(limits), progress(phase), 0)).toEqual([])
  })

  test.each<Phase>(['idle', 'application', 'sending'])(
    'while bytes wait for the client, in the phase %s only that it takes them',
    (phase) => {
      const slow = progress(phase, { backlog: waitingUntil(5_000_000) })
      expect(asked(new Deadlines(limits), slow, 0)).toEqual([['send', 5000]])
    },
  )

  test.each<[Phase, Deadline]>([
    ['head', 'header'],
    ['body', 'body'],
  ])('while bytes wait for the client, in the phase %s the request all the same', (phase, of) => {
    const slow = progress(phase, { backlog: waitingUntil(1) })
    expect(asked(new Deadlines(limits), slow, 0).map(([awaited]) => awaited)).toEqual([of])
  })

  test('where all is taken and nothing more will be said, nothing', () => {
    expect(asked(new Deadlines(limits), progress('sending'), 0)).toEqual([])
  })
})

describe('when it is due', () => {
  test('a head is due so long after its first byte, however many come', () => {
    const late = progress('head', { state: { phase: 'head', since: 500_000, idleSince: 0 } })
    expect(asked(new Deadlines(limits), late, 700)).toEqual([['header', 800]])
  })

  test('between requests time runs from when there was nothing more to do: an empty line does not change that', () => {
    const blank = progress('idle', { state: { phase: 'idle', since: 900_000, idleSince: 100_000 } })
    expect(asked(new Deadlines(limits), blank, 900)).toEqual([['idle', 1200]])
  })

  test('a body has its time, and what came at the least rate buys more', () => {
    expect(asked(new Deadlines(limits), progress('body', { bodyReceived: 5000 }), 0)).toEqual([['body', 8000]])
  })

  test('one that is past is due at once, and a part of a millisecond is waited for as a whole one', () => {
    expect(asked(new Deadlines(limits), progress('head'), 5000)).toEqual([['header', 0]])
    const odd = progress('head', { state: { phase: 'head', since: 1, idleSince: 0 } })
    expect(asked(new Deadlines(limits), odd, 0)).toEqual([['header', 1001]])
  })
})

describe('what the edge is asked for', () => {
  test('a deadline is set once: a request that is in time sets none', () => {
    const deadlines = new Deadlines(limits)
    expect(asked(deadlines, progress('head'), 0, 10, 900)).toEqual([['header', 1000]])
    const next = progress('head', { state: { phase: 'head', since: 900_000, idleSince: 0 } })
    expect(asked(deadlines, next, 900)).toEqual([])
  })

  test('one that is due earlier than what was asked for is asked for anew', () => {
    const deadlines = new Deadlines(limits)
    expect(asked(deadlines, progress('sending', { backlog: waitingUntil(9_000_000) }), 0)).toEqual([['send', 9000]])
    expect(asked(deadlines, progress('sending', { backlog: waitingUntil(4_000_000) }), 0)).toEqual([['send', 4000]])
  })

  test('one that fires too early has not passed, and is asked for again, for what is left', () => {
    const deadlines = new Deadlines(limits)
    asked(deadlines, progress('head'), 0)
    const next = progress('head', { state: { phase: 'head', since: 900_000, idleSince: 0 } })
    expect(deadlines.passed('header', next, 1_000_000)).toBe(false)
    expect(asked(deadlines, next, 1000)).toEqual([['header', 900]])
    expect(deadlines.passed('header', next, 1_900_000)).toBe(true)
  })

  test('one of another state than the current has not passed, however late it is', () => {
    expect(new Deadlines(limits).passed('idle', progress('head'), 99_000_000)).toBe(false)
    expect(new Deadlines(limits).passed('header', progress('application'), 99_000_000)).toBe(false)
    const slow = progress('idle', { backlog: waitingUntil(5_000_000) })
    expect(new Deadlines(limits).passed('idle', slow, 99_000_000)).toBe(false)
    expect(new Deadlines(limits).passed('send', slow, 5_000_000)).toBe(true)
  })
})
