/** The rules by themselves; server/hosts/twins.test.ts holds them and their Python twin to one table. */
import { describe, expect, test } from 'vitest'
import { quote, ResponseStart, typeName } from './startResponse.ts'

const start = (rules: ResponseStart, error?: unknown) => rules.start('200 OK', [['A', 'b']], error)

test('the headers are kept as they were at the call', () => {
  const headers: [string, string][] = [['A', 'b']]
  const kept = new ResponseStart().start('200 OK', headers, undefined)
  headers.push(['C', 'd'])
  expect(kept).toEqual({ status: '200 OK', headers: [['A', 'b']], error: null })
})

test('a refused call leaves no trace: the next one is the first', () => {
  const rules = new ResponseStart()
  expect(() => rules.start('200', [], undefined)).toThrow('three digits')
  expect(start(rules).status).toBe('200 OK')
})

describe('with an error, start_response', () => {
  test('replaces what was stored while the headers can still change', () => {
    const rules = new ResponseStart()
    start(rules)
    rules.chunk(new Uint8Array(0))
    const error = new Error('no')
    expect(start(rules, error).error).toBe(error)
  })

  test.each([
    ['a chunk', (rules: ResponseStart) => rules.chunk(new Uint8Array(1))],
    ['a write, even an empty one,', (rules: ResponseStart) => rules.write(new Uint8Array(0))],
  ])('throws that very error once %s has gone', (_, send) => {
    const rules = new ResponseStart()
    start(rules)
    send(rules)
    const error = new Error('no')
    expect(() => start(rules, error)).toThrow(error)
  })
})

test.each([
  ['', "''"],
  ["it's", `"it's"`],
  [`it's "it"`, `'it\\'s "it"'`],
  ['\r\n\t\\\0\x7f', "'\\r\\n\\t\\\\\\x00\\x7f'"],
  ['\xe4\u4f60\u{1f600}', "'\\xe4\\u4f60\\U0001f600'"],
])('%j is quoted as ascii() does it: %s', (text, quoted) => {
  expect(quote(text)).toBe(quoted)
})

test.each([
  [null, 'None'],
  [undefined, 'None'],
  ['', 'str'],
  [1, 'int'],
  [1.5, 'float'],
  [true, 'bool'],
  [new Uint8Array(0), 'bytes'],
  [[], 'list'],
  [{}, 'dict'],
  [Object.create(null), 'dict'],
  [new Map(), 'Map'],
  [() => 0, 'function'],
])('%o has the type %s', (value, name) => {
  expect(typeName(value)).toBe(name)
})
