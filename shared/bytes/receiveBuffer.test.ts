import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { latin1Decode, latin1Encode } from './latin1.ts'
import { ReceiveBuffer } from './receiveBuffer.ts'

const LF = 10
const filled = (...pieces: string[]) => {
  const buffer = new ReceiveBuffer()
  for (const piece of pieces) buffer.append(latin1Encode(piece))
  return buffer
}
const taken = (buffer: ReceiveBuffer, count: number) => latin1Decode(buffer.take(count))

describe('a receive buffer', () => {
  test('counts from the first byte of the stream, whatever was read since', () => {
    const buffer = filled('abc', 'def')
    expect([buffer.start, buffer.end, buffer.length]).toEqual([0, 6, 6])
    expect(taken(buffer, 4)).toBe('abcd')
    expect([buffer.start, buffer.end, buffer.length]).toEqual([4, 6, 2])
    buffer.release(6)
    buffer.append(latin1Encode('gh'))
    expect([buffer.start, buffer.end, buffer.length]).toEqual([6, 8, 2])
    expect(buffer.text(6, 8)).toBe('gh')
  })

  test('keeps a piece that arrives alone as it came', () => {
    const piece = latin1Encode('whole')
    const buffer = new ReceiveBuffer()
    buffer.append(piece)
    expect(buffer.take(99)).toBe(piece)
  })

  test('finds a byte no further than it is told, and says "not yet" with -1', () => {
    const buffer = filled('ab\ncd')
    expect(buffer.find(LF, 2)).toBe(-1)
    expect(buffer.find(LF, 3)).toBe(2)
    buffer.release(3)
    expect(buffer.find(LF, 99)).toBe(-1)
    buffer.append(latin1Encode('e\n'))
    expect(buffer.find(LF, 99)).toBe(6)
  })

  test('looks at each byte once, however small the pieces are', () => {
    const searched = Array.from({ length: 200 }, () => 0)
    const watched = (text: string, at: number) =>
      new Proxy(latin1Encode(text), {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key))
            searched[at + Number(key)] = (searched[at + Number(key)] ?? 0) + 1
          const value: unknown = Reflect.get(target, key)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    const buffer = new ReceiveBuffer()
    buffer.append(watched('x'.repeat(200), 0))
    for (let before = 1; before <= 200; before++) expect(buffer.find(LF, before)).toBe(-1)
    expect(Math.max(...searched)).toBe(1)
  })

  test('what was taken is not written over by what arrives later', () => {
    const buffer = filled('a', 'bcdef')
    const first = buffer.take(3)
    for (let i = 0; i < 5000; i++) buffer.append(latin1Encode('z'))
    expect(latin1Decode(first)).toBe('abc')
    expect(taken(buffer, 3)).toBe('def')
  })

  test('gives back what came in, in any pieces, taken in any portions', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 40 })
    const portions = fc.array(fc.nat({ max: 60 }), { maxLength: 60 })
    fc.assert(
      fc.property(pieces, portions, (arriving, counts) => {
        const buffer = new ReceiveBuffer()
        const out: number[] = []
        arriving.forEach((piece, i) => {
          if (piece.length > 0) buffer.append(piece.slice())
          out.push(...buffer.take(counts[i] ?? 0))
        })
        out.push(...buffer.take(buffer.length))
        const all = arriving.flatMap((piece) => [...piece])
        expect(out).toEqual(all)
        expect([buffer.start, buffer.end]).toEqual([all.length, all.length])
      }),
    )
  })
})
