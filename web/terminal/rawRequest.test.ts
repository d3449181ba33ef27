import { expect, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { RawEntry, rawLine, unescaped } from './rawRequest.ts'

test.each([
  ['GET / HTTP/1.1', 'GET / HTTP/1.1\r\n'],
  ['', '\r\n'],
  ['bare LF\\n\\', 'bare LF\n'],
  ['no end\\', 'no end'],
  ['a backslash\\\\', 'a backslash\\\r\n'],
  ['a\\tb\\0c', 'a\tb\0c\r\n'],
  ['\\x16\\x03\\x01', '\x16\x03\x01\r\n'],
  ['\\q stays', '\\q stays\r\n'],
  ['\\x4', '\\x4\r\n'],
])('%s', (typed, bytes) => {
  expect(latin1Decode(rawLine(typed))).toBe(bytes)
})

test('what is not ASCII goes as UTF-8', () => {
  expect([...unescaped('你')]).toEqual([0xe4, 0xbd, 0xa0])
})

test('the head ends at the first empty line behind a line, and only there', () => {
  const entry = new RawEntry()
  expect(['', 'GET / HTTP/1.0', '', 'body', ''].map((line) => entry.add(line).endsHead)).toEqual([
    false,
    false,
    true,
    false,
    false,
  ])
  expect(latin1Decode(entry.bytesWith('rest'))).toBe('\r\nGET / HTTP/1.0\r\n\r\nbody\r\n\r\nrest')
})
