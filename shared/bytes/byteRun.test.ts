import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteRun } from './byteRun.ts'

/** Pieces of a stream that counts its bytes (modulo 256), some of them lost. */
const stream = fc.array(fc.record({ length: fc.nat(6), here: fc.boolean() }), { maxLength: 20 })

test('a span is its bytes where all of them are here, and null where one is not', () => {
  fc.assert(
    fc.property(stream, fc.nat(60), fc.nat(60), (pieces, start, length) => {
      const run = new ByteRun()
      const here: boolean[] = []
      for (const piece of pieces) {
        const from = here.length
        for (let i = 0; i < piece.length; i++) here.push(piece.here)
        if (piece.here)
          run.add(
            from,
            Uint8Array.from({ length: piece.length }, (_, i) => from + i),
          )
      }
      const offsets = Array.from({ length }, (_, i) => start + i)
      const expected = offsets.every((offset) => here[offset] === true) ? Uint8Array.from(offsets) : null
      expect(run.slice({ start, end: start + length })).toEqual(expected)
    }),
  )
})

test('a span beyond what is here takes no memory, however long it is said to be', () => {
  const run = new ByteRun()
  run.add(0, new Uint8Array(4))
  expect(run.slice({ start: 2, end: Number.MAX_SAFE_INTEGER })).toBeNull()
})

test('a span that ends before it starts is empty', () => {
  expect(new ByteRun().slice({ start: 9, end: 3 })).toHaveLength(0)
})
