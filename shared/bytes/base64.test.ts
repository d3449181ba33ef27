import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Decode, base64Encode } from './base64.ts'
import { latin1Encode } from './latin1.ts'

describe('base64', () => {
  // RFC 4648 section 10
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of %j is %j', (plain, encoded) => {
    expect(base64Encode(latin1Encode(plain))).toBe(encoded)
    expect(base64Decode(encoded)).toEqual(latin1Encode(plain))
  })

  test('agrees with another implementation on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64')
        expect(base64Encode(bytes)).toBe(encoded)
        expect([...base64Decode(encoded)]).toEqual([...bytes])
      }),
    )
  })

  test.each(['Zg', 'Zg=', 'Z===', 'Zm9*', '=m9v', 'Zm=v'])('%j is refused', (text) => {
    expect(() => base64Decode(text)).toThrow(SyntaxError)
  })
})
