import { describe, expect, test } from 'vitest'
import { isDigits, isHost, isToken, listElements, scanChunkExtensions } from './grammar.ts'

describe('a host', () => {
  test.each([
    'x',
    '',
    'localhost:8888',
    'my_app.example',
    'a%41b',
    '127.0.0.1:80',
    'x:',
    'x:65535',
    '[::1]',
    '[::1]:8888',
    '[::]',
    '[1:2:3:4:5:6:7:8]',
    '[1::8]',
    '[::ffff:192.0.2.1]',
    '[1:2:3:4:5:6:192.0.2.1]',
    '[v1.a:b]',
  ])('may be %j', (text) => expect(isHost(text)).toBe(true))

  test.each([
    'a b',
    'a/b',
    'a@b',
    'x:y',
    'x:65536',
    'x:1:2',
    'a%4',
    'a%zz',
    '\u00e9',
    '[::1',
    '[]',
    '[::1]x',
    '[:1]',
    '[1::2::3]',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[12345::]',
    '[::256.0.0.1]',
    '[::1.2.3.4:5]',
    '[g::]',
  ])('is not %j', (text) => expect(isHost(text)).toBe(false))
})

describe('chunk extensions', () => {
  test.each(['', ';a', ';a=b', ' ; a = b', ';a="b;c"', ';a="\\"";b', ';a;b=c;d="e"'])('%j fit', (text) => {
    expect(scanChunkExtensions(text, 0, text.length)).toBe(text.length)
  })

  test.each([
    ['x', 0],
    [';', 0],
    [';a;', 2],
    [' ', 0],
    [';a ', 2],
    [';=b', 1],
    [';a=', 2],
    [';a="b', 3],
    [';a="b\u0001"', 3],
    [';a b', 3],
  ])('%j do not fit from index %i on', (text, at) => {
    expect(scanChunkExtensions(text, 0, text.length)).toBe(at)
  })
})

test('a token is never empty, and has no separators', () => {
  expect(['a', '!#$%&\u0027*+-.^_`|~09AZaz'].every(isToken)).toBe(true)
  expect(['', 'a b', 'a(', 'a:', '\u00e9'].some(isToken)).toBe(false)
})

test('digits are ASCII digits only', () => {
  expect(['0', '003'].every(isDigits)).toBe(true)
  expect(['', '+1', '1 ', '0x1', '\u00b2'].some(isDigits)).toBe(false)
})

test('a list keeps its empty elements, for the caller to judge', () => {
  expect(listElements('a, B ,,\tc')).toEqual(['a', 'b', '', 'c'])
})
