import { expect, test } from 'vitest'
import { table } from './table.ts'

test('names stand at the left, figures at the right, and columns are as wide as their widest cell', () => {
  const text = table([
    ['', '1', '16'],
    ['node:http', '1.00', '1.00'],
    ['gunicorn', '', '0.2'],
  ])
  expect(text.split('\n')).toEqual([
    '              1    16', //
    'node:http  1.00  1.00',
    'gunicorn          0.2',
  ])
})

test('a row may end before the last column', () => {
  expect(table([['a', '1', '2'], ['b']])).toBe('a  1  2\nb')
})
