import { expect, test } from 'vitest'
import { readKeys } from './keys.ts'
import { EMPTY_LINE, edit, type Line } from './line.ts'

/** The line with `|` where the cursor is. */
const shown = ({ text, cursor }: Line): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`
const typed = (data: string): string => shown(readKeys(data).reduce(edit, EMPTY_LINE))

const LEFT = '\x1b[D'
const RIGHT = '\x1b[C'

test.each([
  ['plain text', 'curl', 'curl|'],
  ['left and insert', `crl${LEFT}${LEFT}u`, 'cu|rl'],
  ['left stops at the beginning', `a${LEFT}${LEFT}b`, 'b|a'],
  ['right stops at the end', `a${RIGHT}b`, 'ab|'],
  ['home and end', 'b\x1b[Ha\x1b[Fc', 'abc|'],
  ['control-a and control-e', 'b\x01a\x05c', 'abc|'],
  ['backspace', 'ab\x7f', 'a|'],
  ['backspace at the beginning', 'a\x01\x7f', '|a'],
  ['delete', 'ab\x01\x1b[3~', '|b'],
  ['control-u takes what is before the cursor', `abc${LEFT}\x15`, '|c'],
  ['control-k takes what is behind it', `abc${LEFT}\x0b`, 'ab|'],
  ['control-w takes a word and the blanks behind it', 'curl -i  \x17', 'curl |'],
  ['control and arrows go by words', 'ab cd\x1b[1;5Dx', 'ab x|cd'],
  ['a character beyond the BMP is one character', `😀b${LEFT}${LEFT}a`, 'a|😀b'],
  ['and is taken as one', '😀\x7f', '|'],
  ['keys without a meaning are passed over', 'a\x1b[24~b\x1b[200~c\x00d', 'abcd|'],
])('%s', (_name, data, line) => {
  expect(typed(data)).toBe(line)
})

test('pasted line ends are Enter keys, each once', () => {
  expect(readKeys('a\r\nb\rc\nd').map((key) => (key.kind === 'text' ? key.text : key.kind))).toEqual([
    'a',
    'enter',
    'b',
    'enter',
    'c',
    'enter',
    'd',
  ])
})
