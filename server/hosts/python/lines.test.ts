import { expect, test } from 'vitest'
import { LineReader } from './lines.ts'

function linesOf(...pieces: string[]): string[] {
  const lines: string[] = []
  const reader = new LineReader((line) => lines.push(line))
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return lines
}

test('lines come out as they went in, cut at every character', () => {
  const text = 'one\r\n\ntwo\nno end'
  for (let at = 0; at <= text.length; at++) {
    expect(linesOf(text.slice(0, at), text.slice(at))).toEqual(['one', '', 'two', 'no end'])
  }
  expect(linesOf(...text)).toEqual(['one', '', 'two', 'no end'])
})

test('a line without end is not waited for', () => {
  expect(linesOf(...Array<string>(5).fill('x'.repeat(30_000))).map(({ length }) => length)).toEqual([
    65_536, 65_536, 18_928,
  ])
})

test('a long line that has an end comes in pieces too, however it arrives', () => {
  const text = `${'x'.repeat(150_000)}\nend`
  for (const at of [0, 60_000, 70_000, 150_000]) {
    const lengths = linesOf(text.slice(0, at), text.slice(at)).map(({ length }) => length)
    expect(lengths).toEqual([65_536, 65_536, 18_928, 3])
  }
})
