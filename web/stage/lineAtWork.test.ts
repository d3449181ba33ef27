import { describe, expect, test } from 'vitest'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { called, chunk, closed, exhausted, returned, startResponse } from '../../shared/testing/apps.ts'
import { exchange, GET, recorded } from '../../shared/testing/recorded.ts'
import { beatsOf } from '../../shared/trace/beats.ts'
import type { TraceEvent, TraceKind } from '../../shared/trace/events.ts'
import { fold } from '../../shared/trace/fold.ts'
import { lineAtWork, lineThatAnswered } from './content/sourceRows.ts'

const at = (line: number) => ({ file: '/app/hello.py', line, function: 'app' })
const begins: AppEvent = { ...called, kind: 'called', worker: 1, callable: 'app', file: '/app/hello.py', line: 5 }
const reads = (line: number | null): AppEvent => ({
  kind: 'inputRead',
  method: 'read',
  asked: null,
  returned: 3,
  offset: 0,
  ...(line === null ? {} : { frame: at(line) }),
})
const answers: AppEvent = { ...startResponse('200 OK'), kind: 'startResponse', stack: [at(7)] } as AppEvent
const returns = (line: number | null, length: number | null = 1): AppEvent =>
  line === null ? returned(length) : { kind: 'returned', length, frame: at(line) }
const yields = (text: string, line?: number): AppEvent => ({
  ...(chunk(text) as Extract<AppEvent, { kind: 'chunk' }>),
  ...(line === undefined ? {} : { frame: at(line) }),
})

const told = (...did: AppEvent[]): TraceEvent[] => recorded(exchange(() => [begins, ...did], GET))

/** The line at work while the nth event of a kind is in flight, and once it has landed. */
function linesAt(events: readonly TraceEvent[], kind: TraceKind, nth = 0): (number | null)[] {
  const index = events.flatMap((event, n) => (event.kind === kind ? [n] : []))[nth] ?? Number.NaN
  return [index + 0.5, index + 1].map((playhead) => lineAtWork(fold(events, playhead))?.line ?? null)
}

describe('the line that runs', () => {
  test('is the definition when the server calls, then each line that does something, as it does it', () => {
    const events = told(reads(6), answers, returns(8), yields('a'), exhausted, closed)
    expect(linesAt(events, 'app.called')).toEqual([5, 5])
    expect(linesAt(events, 'input.read')).toEqual([6, 6])
    expect(linesAt(events, 'app.startResponse')).toEqual([7, 7])
    expect(linesAt(events, 'app.returned')).toEqual([8, 8])
  })

  test('is the return while the pieces of what it returned are taken; at the end it is marked as past', () => {
    const events = told(answers, returns(8), yields('a'), exhausted, closed)
    expect(linesAt(events, 'app.yielded')).toEqual([8, 8])
    const end = fold(events, events.length)
    expect([lineAtWork(end), lineThatAnswered(end)?.line]).toEqual([null, 8])
  })

  test('of a generator is the yield of each piece, also of those from the same line', () => {
    const events = told(
      answers,
      returns(null, null),
      yields('a', 9),
      yields('b', 11),
      yields('c', 11),
      exhausted,
      closed,
    )
    expect([0, 1, 2].map((nth) => linesAt(events, 'app.yielded', nth))).toEqual([
      [9, 9],
      [11, 11],
      [11, 11],
    ])
  })

  test('is not the one that returned a generator whose lines are not known', () => {
    const events = told(answers, returns(8, null), yields('a'), yields('b'), exhausted, closed)
    expect([0, 1].map((nth) => linesAt(events, 'app.yielded', nth))).toEqual([
      [null, null],
      [null, null],
    ])
  })

  test('is none where it is not known: a read or a return without a frame lights nothing', () => {
    const events = told(reads(null), answers, returns(null), yields('a'), exhausted, closed)
    expect(linesAt(events, 'input.read')).toEqual([null, null])
    expect(linesAt(events, 'app.returned')).toEqual([null, null])
    expect(lineThatAnswered(fold(events, events.length))).toBeNull()
  })

  test('is that of start_response at the end of its beat: to return is of the next one', () => {
    const events = told(answers, returns(8), yields('a'), exhausted, closed)
    const beats = beatsOf(events)
    const answered = beats.find(({ kind }) => kind === 'answers')
    expect(lineAtWork(fold(events, answered?.to ?? 0))?.line).toBe(7)
    expect(events[answered?.to ?? 0]?.kind).toBe('app.returned')
  })

  test('a generator returns before it calls start_response, which has a beat of its own all the same', () => {
    const events = told(returns(null, null), answers, yields('a', 9), exhausted, closed)
    expect(beatsOf(events).map(({ kind }) => kind)).toEqual([
      'arrives',
      'read',
      'parsed',
      'environ',
      'called',
      'answers',
      'chunks',
      'ends',
    ])
  })
})
