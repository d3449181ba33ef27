import { expect, test } from 'vitest'
import { CODINGS, preferredCoding } from './acceptEncoding.ts'

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['deflate', 'identity'],
  ['br;q=0.5, gzip;q=0.9', 'gzip'],
  ['br;q=0.5,gzip;q=0.5', 'br'],
  ['br;q=0, gzip;q=0', 'identity'],
  ['br ; q=0 , *', 'gzip'],
  ['*', 'br'],
  ['*;q=0', null],
  ['*;q=0, gzip;q=0.001', 'gzip'],
  ['identity;q=0', null],
  ['identity;q=0, br', 'br'],
  ['identity, gzip;q=0.5', 'identity'],
  ['identity;q=0.5, gzip;q=0.5', 'gzip'],
  ['gzip;q=2, br;q=x', 'identity'],
  [',, gzip ,', 'gzip'],
  ['gzipped', 'identity'],
])('Accept-Encoding %j is answered in %s', (header, coding) => {
  expect(preferredCoding(header, CODINGS)).toBe(coding)
})

test('what is not there is not taken', () => {
  expect(preferredCoding('br, gzip', ['gzip'])).toBe('gzip')
  expect(preferredCoding('br, gzip', [])).toBe('identity')
  expect(preferredCoding('br, identity;q=0', [])).toBeNull()
})
