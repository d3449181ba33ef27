import { expect, test } from 'vitest'
import { visible } from './visible.ts'

test.each([
  ['a title', '\u001b]0;mine\u0007', '\\x1b]0;mine\\x07'],
  ['the clipboard', '\u001b]52;c;AAAA\u001b\\', '\\x1b]52;c;AAAA\\x1b\\'],
  ['C1 for the same', '\u009d0;mine\u009c', '\\x9d0;mine\\x9c'],
  ['a bell', 'ding\u0007', 'ding\\x07'],
  ['the line written over', 'bad\rgood', 'bad\\x0dgood'],
  ['the character taken back', 'x\b\u007f', 'x\\x08\\x7f'],
  ['a NUL', 'a\0b', 'a\\x00b'],
  ['the direction turned', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
  ['half a character', '\ud800x\udc00', '\\ud800x\\udc00'],
])('what a terminal would obey is shown: %s', (_, text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('text stays as it is, of any language, with its lines and tabs', () => {
  const text = 'def f():\n\treturn "你好, ñ, 😀"\n'
  expect(visible(text)).toBe(text)
  expect(visible('one\r\ntwo\r\n')).toBe('one\ntwo\n')
})
