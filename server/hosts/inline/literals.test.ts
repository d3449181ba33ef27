import { expect, test } from 'vitest'
import { NotLiterals, parseLiterals } from './literals.ts'

test.each([
  ['', []],
  ["'dev'", ['dev']],
  ['"a:b", 8, -1.5, +.5, 0x10, 1e3', ['a:b', 8, -1.5, 0.5, 16, 1000]],
  ['true, false, null', [true, false, null]],
  ["[1, ['a', []], ]", [[1, ['a', []]]]],
  [`{ debug: true, 'a b': { "c": [] } },`, [{ debug: true, 'a b': { c: [] } }]],
  [String.raw`'it\'s\n\x41\u{1F600}é'`, ["it's\nA\u{1F600}é"]],
  ["') + run('", [') + run(']],
])('%s are literals', (text, values) => {
  expect(parseLiterals(text)).toEqual(values)
})

test.each(['dev', "'dev", 'f()', 'debug=true', '1 2', '[1', '{a}', '{a: }', '`x`', 'process.env', ',', '1,,2', '1x'])(
  '%s is refused: it is none, or would run',
  (text) => {
    expect(() => parseLiterals(text)).toThrow(NotLiterals)
  },
)
