/** Bodies that arrive in the smallest pieces, and more of them than memory and disk are meant for. */
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RequestBody, SpoolFolder } from '../bodySpool.ts'

function newBody(folder = new SpoolFolder()): RequestBody {
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

test('bodies that are small each go to disk where all together are too many for memory', async () => {
  const folder = new SpoolFolder({ memory: 100_000, disk: 1_000_000 })
  const bodies = Array.from({ length: 5 }, () => newBody(folder))
  for (const body of bodies) body.add(Buffer.alloc(40_000, 'x'))
  const kinds = (await Promise.all(bodies.map((body) => body.complete()))).map(({ kind }) => kind)
  expect(kinds).toEqual(['memory', 'memory', 'file', 'file', 'file'])
  expect(folder.held).toEqual({ memory: 80_000, disk: 120_000 })
  for (const body of bodies) body.discard()
  await vi.waitFor(() => expect(folder.held).toEqual({ memory: 0, disk: 0 }))
})

test('a body that all bodies together leave no room for on disk is not kept, and the others are', async () => {
  const folder = new SpoolFolder({ memory: 0, disk: 100_000 })
  const [first, second, third] = [newBody(folder), newBody(folder), newBody(folder)]
  first.add(Buffer.alloc(60_000, '1'))
  expect(await first.complete()).toMatchObject({ kind: 'file', length: 60_000 })
  second.add(Buffer.alloc(60_000, '2'))
  await expect(second.complete()).rejects.toThrow('all bodies together take 100000 bytes already')
  second.discard()
  first.discard()
  await vi.waitFor(() => expect(folder.held).toEqual({ memory: 0, disk: 0 }))
  third.add(Buffer.alloc(60_000, '3'))
  expect(await third.complete()).toMatchObject({ kind: 'file' })
})
