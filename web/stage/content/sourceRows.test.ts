import { describe, expect, test } from 'vitest'
import { latin1Encode } from '../../../shared/bytes/latin1.ts'
import type { AppEvent } from '../../../shared/gateway/types.ts'
import { chunk, closed, exhausted } from '../../../shared/testing/apps.ts'
import { exchange, POST, recorded } from '../../../shared/testing/recorded.ts'
import { fold } from '../../../shared/trace/fold.ts'
import { lineAtWork, lineThatAnswered, raisingFrame, statementAround } from './sourceRows.ts'

describe('the line an exception came from', () => {
  test('in Python, is the innermost one of the shown file', () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "/app/hello.py", line 9, in app',
      '    return render(path)',
      '  File "/app/hello.py", line 14, in render',
      '    return templates[path]',
      '  File "/usr/lib/python3/dist-packages/x.py", line 3, in __getitem__',
      "KeyError: '/'",
    ].join('\n')
    expect(raisingFrame(traceback, '/app/hello.py')).toEqual({ file: '/app/hello.py', line: 14 })
    expect(raisingFrame(traceback, '/app/other.py')).toBeNull()
    expect(raisingFrame(traceback, null)).toBeNull()
  })

  test('in TypeScript, is the first one of the shown file', () => {
    const traceback = 'TypeError: no\n    at render (/app/hello.ts:14:9)\n    at app (/app/hello.ts:9:10)'
    expect(raisingFrame(traceback, '/app/hello.ts')).toEqual({ file: '/app/hello.ts', line: 14 })
  })
})

test('a call that spans lines is marked until its brackets are closed', () => {
  const lines = ['start_response(', '    "200 OK",', '    [("A", "b")],', ')', 'return []']
  expect(statementAround(lines, 1)).toEqual({ from: 1, to: 4 })
  expect(statementAround(lines, 5)).toEqual({ from: 5, to: 5 })
  expect(statementAround(['f(', 'never closed'], 1)).toEqual({ from: 1, to: 1 })
})

describe('the line that is lit', () => {
  const at = (line: number) => ({ file: '/app/hello.py', line, function: 'app' })
  const begun: AppEvent = { kind: 'called', worker: 1, callable: 'app', file: '/app/hello.py', line: 1 }
  const read = { kind: 'inputRead', method: 'read', asked: null, returned: 11, offset: 0 } as const satisfies AppEvent
  const start: AppEvent = { kind: 'startResponse', status: '200 OK', headers: [], excInfo: null, stack: [at(3)] }
  const returned = { kind: 'returned', length: 1 } as const satisfies AppEvent
  const gave = (kind: 'chunk' | 'write', text: string, line: number): AppEvent => ({
    kind,
    data: latin1Encode(text),
    frame: at(line),
  })

  /** Line by line of what is told of the application: the one that is lit while it flies and once it has landed. */
  const lit = (...steps: AppEvent[]) => {
    const events = recorded(exchange(() => [...steps, exhausted, closed], POST))
    return events.flatMap(({ kind }, n) => {
      if (!/^(app|input)\./.test(kind)) return []
      const [flying, landed] = [n + 0.5, n + 1].map((playhead) => lineAtWork(fold(events, playhead))?.line ?? null)
      return kind === 'app.closed' ? [landed] : flying === landed ? [landed] : [[flying, landed]]
    })
  }
  const past = (...steps: AppEvent[]) => {
    const events = recorded(exchange(() => [...steps, exhausted, closed], POST))
    return lineThatAnswered(fold(events, events.length))?.line ?? null
  }

  const list = [begun, { ...read, frame: at(2) }, start, { ...returned, frame: at(4) }, chunk('Hello')]
  const generator = [
    begun,
    { ...returned, length: null, frame: at(1) },
    start,
    gave('chunk', 'a', 5),
    gave('chunk', 'b', 6),
  ]

  test('is the definition, then the one that reads, calls start_response, returns; at the end there is none', () => {
    expect(lit(...list)).toEqual([1, 2, 3, 4, 4, null])
  })

  test('of a generator is its yield, chunk by chunk', () => {
    expect(lit(...generator)).toEqual([1, 1, 3, 5, 6, null])
  })

  test('is none where a trace does not say which one it is', () => {
    expect(lit(begun, read, start, returned, chunk('Hello'))).toEqual([1, null, 3, null, null, null])
  })

  test('of write() is the one that wrote', () => {
    expect(lit(begun, start, gave('write', 'a', 7), { ...returned, frame: at(8) })).toEqual([1, 3, 7, 8, null])
  })

  test('that answered is marked as past when the application is done', () => {
    expect(past(...list)).toBe(4)
    expect(past(...generator)).toBe(6)
    expect(past(begun, start, returned, chunk('a'))).toBeNull()
  })
})
