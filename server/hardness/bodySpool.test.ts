/** Bodies that arrive in the smallest pieces: memory exhaustion by one-byte chunks. */
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { RequestBody, SpoolFolder } from '../bodySpool.ts'

function newBody(): RequestBody {
  const folder = new SpoolFolder()
  const body = new RequestBody(folder, () => undefined)
  onTestFinished(async () => {
    body.discard()
    await folder.remove()
  })
  return body
}

const pieceAt = (n: number): Buffer => Buffer.from([n % 251])

test('half a million pieces of one byte are kept in a few large ones', async () => {
  const body = newBody()
  const size = 500_000
  for (let n = 0; n < size; n++) body.add(pieceAt(n))
  const kept = await body.complete()
  if (kept.kind !== 'memory') throw new Error('it is small enough for memory')
  expect(kept.parts.length).toBeLessThan(20)
  expect(Buffer.concat(kept.parts).equals(Buffer.from(Array.from({ length: size }, (_, n) => n % 251)))).toBe(true)
})

test('a piece is copied, not kept with all that it came in', async () => {
  const body = newBody()
  const segment = Buffer.alloc(64 * 1024, 'x')
  for (let n = 0; n < 100; n++) body.add(segment.subarray(n, n + 1))
  const kept = await body.complete()
  if (kept.kind !== 'memory') throw new Error('it is small enough for memory')
  const held = new Set(kept.parts.map(({ buffer }) => buffer))
  expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(16 * 1024)
})

test('more pieces than the system takes at once reach the disk whole and in order', async () => {
  const body = newBody()
  const pieces = Array.from({ length: 1500 }, (_, n) => Buffer.alloc(5000, n % 251))
  for (const piece of pieces) body.add(piece)
  const kept = await body.complete()
  if (kept.kind !== 'file') throw new Error('it is too large for memory')
  expect(readFileSync(kept.path).equals(Buffer.concat(pieces))).toBe(true)
  expect(kept.length).toBe(7_500_000)
})
