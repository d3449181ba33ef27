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

test('a frame that is too long is told of at once, and nothing behind it is kept', () => {
  const told: string[] = []
  const reader = new FrameReader(
    (head) => told.push(head),
    20,
    () => told.push('too long'),
  )
  const stream = written([
    ['[1]', 'fits'],
    ['[2]', 'does not fit at all'],
    ['[3]', ''],
  ])
  for (const byte of stream) reader.push(Buffer.of(byte))
  expect(told).toEqual(['[1]', 'too long'])
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
