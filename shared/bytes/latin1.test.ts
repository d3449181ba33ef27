import { expect, test } from 'vitest'
import { latin1Decode, latin1Encode, latin1Write } from './latin1.ts'

const every = Uint8Array.from({ length: 256 }, (_, i) => i)

test('every byte is the code point of the same number, and back', () => {
  const text = latin1Decode(every)
  expect([...text].map((c) => c.charCodeAt(0))).toEqual([...every])
  expect(latin1Encode(text)).toEqual(every)
})

test('a byte array that decodes itself is let to, with the same result', () => {
  expect(latin1Decode(Buffer.from(every))).toBe(latin1Decode(every))
  expect(latin1Decode(Buffer.from(every), 250, 256)).toBe(latin1Decode(every, 250, 256))
})

test('long arrays are decoded as short ones are', () => {
  const long = new Uint8Array(100_000).fill(0xe9)
  expect(latin1Decode(long)).toBe('\u00e9'.repeat(100_000))
})

test('what is not latin-1 is named, with its place', () => {
  expect(() => latin1Encode('ab\u4f60')).toThrow(new RangeError('character "\u4f60" at index 2 is not latin-1'))
})

test.each([
  ['a plain array', new Uint8Array(6)],
  ['a Buffer', Buffer.alloc(6)],
])('text is written into the middle of %s', (_, target) => {
  expect(latin1Write('a\u00ff', target, 3)).toBe(5)
  expect([...target]).toEqual([0, 0, 0, 97, 255, 0])
})
