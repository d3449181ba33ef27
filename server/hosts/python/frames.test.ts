import { expect, test } from 'vitest'
import { FrameReader, FrameWriter } from './frames.ts'

/** What a writer makes of `frames`, as one stream. */
function written(frames: [head: string, payload: string][]): Buffer {
  const sent: Buffer[] = []
  const writer = new FrameWriter((data) => sent.push(...data))
  for (const [head, payload] of frames) writer.write(head, [Buffer.from(payload)], payload.length)
  writer.flush()
  return Buffer.concat(sent)
}

function read(pieces: Buffer[]): [head: string, payload: string][] {
  const frames: [string, string][] = []
  const reader = new FrameReader((head, payload) => frames.push([head, payload.toString('latin1')]))
  for (const piece of pieces) reader.push(piece)
  return frames
}

const FRAMES: [string, string][] = [
  ['[1]', ''],
  ['[2,"a"]', 'payload'],
  ['', ''],
  ['[3]', 'x'],
]

test('frames come out as they went in, cut at every byte', () => {
  const stream = written(FRAMES)
  for (let at = 0; at <= stream.length; at++) {
    expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(FRAMES)
  }
  expect(read(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(FRAMES)
})

test('a head longer than the slab, and one that is not ASCII, are written whole', () => {
  const long = `["${'x'.repeat(200_000)}"]`
  const stream = written([
    [long, 'a'],
    ['["ä你"]', 'b'],
  ])
  const [first, second] = read([stream])
  expect(first).toEqual([long, 'a'])
  // Heads from a worker are ASCII, so that is how they are read; what is written is UTF-8.
  expect(second?.map((text) => Buffer.from(text, 'latin1').toString())).toEqual(['["ä你"]', 'b'])
})

const IMPOSSIBLE: [what: string, frame: Buffer][] = [
  ['that is too long', written([['[2]', 'does not fit at all']])],
  ['whose head is too long', written([['[2,"a"]', '']])],
  ['whose head is longer than itself', Buffer.from([5, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3])],
  ['that has no room for the length of its head', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0])],
]
test.each(IMPOSSIBLE)('a frame %s is told of at once, and nothing behind it is read', (_what, frame) => {
  const stream = Buffer.concat([written([['[1]', 'fits']]), frame, written([['[3]', '']])])
  const told: string[] = []
  for (const size of [1, stream.length]) {
    const reader = new FrameReader(
      (head) => told.push(head),
      { frame: 20, head: 6 },
      () => told.push('broken'),
    )
    for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size))
  }
  expect(told).toEqual(['[1]', 'broken', '[1]', 'broken'])
})

test('the frames of one turn of the event loop are one write', async () => {
  const writes: Buffer[][] = []
  const writer = new FrameWriter((data) => writes.push(data))
  for (let i = 0; i < 100; i++) writer.write(`[${i}]`)
  expect(writes).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  expect(writes).toHaveLength(1)
  expect(read(writes[0] ?? [])).toHaveLength(100)
})

test('what is missing of a long frame is read into its own memory, and what stands behind it comes out as well', () => {
  const payload = Array.from({ length: 100_000 }, (_, n) => String(n % 10)).join('')
  const frames: [string, string][] = [
    ['[1]', 'a'],
    ['[2]', payload],
    ['[3]', payload],
    ['[4]', 'b'],
  ]
  const stream = written(frames)
  for (const most of [7, 1000, 64 * 1024, stream.length]) {
    const found: [string, string][] = []
    const reader = new FrameReader((head, bytes) => found.push([head, bytes.toString('latin1')]))
    let into = 0
    for (let at = 0; at < stream.length; ) {
      const target = reader.into
      const length = Math.min(most, stream.length - at, target?.length ?? most)
      const piece = stream.subarray(at, at + length)
      if (target === null) reader.push(piece)
      else {
        target.set(piece)
        reader.read(length)
        into += length
      }
      at += length
    }
    expect(found).toEqual(frames)
    if (most < stream.length) expect(into).toBeGreaterThan(payload.length / 2)
  }
})
