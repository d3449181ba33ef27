import { describe, expect, test } from 'vitest'
import { raisingFrame, statementAround } from './sourceRows.ts'

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
