import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './lines.ts'

const split = (pieces: readonly string[], longest?: number): { lines: string[]; rest: string } => {
  const splitter = new LineSplitter(longest)
  const lines = pieces.flatMap((piece) => [...splitter.push(piece)])
  return { lines, rest: splitter.rest }
}

/** `text` in pieces of `size` characters. */
const cut = (text: string, size: number): string[] => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []

test('lines are the same however the file is cut', () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n') }))
  fc.assert(
    fc.property(pieces, (all) => {
      const expected = all.join('').split('\n')
      expect(split(all)).toEqual({ lines: expected.slice(0, -1), rest: expected.at(-1) })
    }),
  )
})

test('of a line that is too long the bytes are left out, wherever it is cut', () => {
  const line = `{"seq":1,"text":"a \\"bytes\\":\\"","bytes":"${'QUJD'.repeat(40)}","length":3}`
  for (let size = 1; size <= line.length; size++) {
    const { lines, rest } = split(cut(`${line}\n{"seq":2}\n`, size), 60)
    expect(lines).toEqual(['{"seq":1,"text":"a \\"bytes\\":\\"","bytes":null,"length":3}', '{"seq":2}'])
    expect(rest).toBe('')
  }
})

test('a line that is too long for another reason is refused before it is all there', () => {
  expect(() => split(['{"text":"', 'a'.repeat(50), 'b'.repeat(50)], 60)).toThrow('more than 60 characters')
})

test('a line that is long within the limit is whole', () => {
  const line = `{"bytes":"${'QUJD'.repeat(10)}"}`
  expect(split(cut(`${line}\n`, 7), line.length).lines).toEqual([line])
})
