import { describe, expect, test } from 'vitest'
import { called, chunk, closed, exhausted, raised, returned, startResponse, write } from '../testing/apps.ts'
import type { RuleId } from '../wsgi/referee.ts'
import { ExchangeReferee } from './exchangeReferee.ts'
import type { AppEvent } from './types.ts'

/** The rules that an application's events break, in the order in which they are said. */
function said(...events: AppEvent[]): string[] {
  const rules: string[] = []
  const trace = (_: number, body: { kind: string; rule?: string }) => rules.push(body.rule ?? body.kind)
  const referee = new ExchangeReferee(0, { trace })
  for (const event of events) referee.watch(event)
  return rules
}

const typed = startResponse('200 OK', [['Content-Type', 'text/plain']])
const untyped = startResponse('200 OK')
const read = (asked: number | null, given: number, method: 'read' | 'readline' | 'readlines' = 'read'): AppEvent => ({
  ...{ kind: 'inputRead', method, asked, returned: given, offset: 0 },
})

test('an application that keeps the rules breaks none', () => {
  expect(said(called, read(null, 5), typed, returned(1), chunk('x'), exhausted, closed)).toEqual([])
})

test('a rule is said once, however often it is broken', () => {
  expect(said(called, typed, write('a'), write('b'), returned(0), exhausted)).toEqual(['write-used'])
})

describe('the input', () => {
  test.each<[string, AppEvent[], RuleId[]]>([
    ['asked for all twice', [read(null, 5), read(null, 0)], ['input-read-again']],
    ['asked for all lines behind all', [read(null, 5), read(null, 0, 'readlines')], ['input-read-again']],
    ['asked for all behind its end', [read(9, 5), read(9, 0), read(null, 0)], ['input-read-again']],
    ['read with a size behind its end: that is how what is left is drained', [read(null, 5), read(9, 0)], []],
    ['asked for all behind a part', [read(2, 2), read(null, 3)], []],
    ['asked for nothing, which is no end', [read(0, 0), read(null, 5)], []],
    ['read line by line to its end, and on', [read(null, 5, 'readline'), read(null, 0, 'readline')], []],
  ])('%s', (_, events, rules) => {
    expect(said(...events)).toEqual(rules)
  })
})

describe('the body', () => {
  test('has to have a type, unless it is empty', () => {
    expect(said(untyped, returned(1), chunk('x'))).toEqual(['content-type-missing'])
    expect(said(untyped, returned(1), chunk(''))).toEqual([])
  })

  test.each(['204 No Content', '205 Reset Content', '304 Not Modified'])(
    'is forbidden where the status is %s',
    (status) => {
      expect(said(startResponse(status), returned(1), chunk('x'))).toEqual(['body-forbidden'])
      expect(said(startResponse(status), returned(1), chunk(''))).toEqual([])
    },
  )

  test('has the number of chunks that len() says: empty ones count, and pieces of one chunk are one', () => {
    expect(said(typed, returned(2), chunk('x'), exhausted)).toEqual(['len-wrong'])
    expect(said(typed, returned(2), chunk('x'), chunk(''), exhausted)).toEqual([])
    const piece: AppEvent = { kind: 'chunk', data: new Uint8Array(8), rest: 8 }
    expect(said(typed, returned(1), piece, chunk('12345678'), exhausted)).toEqual([])
    expect(said(typed, returned(null), chunk('x'), exhausted)).toEqual([])
  })

  test('in a thousand chunks of less than eight bytes costs more than it carries', () => {
    const chunks = (count: number, text: string) => Array<AppEvent>(count).fill(chunk(text))
    expect(said(typed, ...chunks(999, 'x'))).toEqual([])
    expect(said(typed, ...chunks(1000, '1234567'))).toEqual(['tiny-chunks'])
    expect(said(typed, ...chunks(1000, '12345678'))).toEqual([])
  })

  test('is not written from within the iterable', () => {
    expect(said(typed, write('a'))).toEqual(['write-used'])
    expect(said(typed, returned(1), write('a'))).toEqual(['write-late'])
  })
})

test('a rule that an exception names, or that was noticed where the application runs, is said', () => {
  expect(said({ kind: 'raised', type: 'E', message: '', traceback: '', rule: 'result-str' })).toEqual(['result-str'])
  expect(said({ kind: 'noticed', rule: 'stream-closed' })).toEqual(['stream-closed'])
  expect(said(raised)).toEqual([])
})
