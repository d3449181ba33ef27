import { expect, test } from 'vitest'
import { frameQueue } from './frameQueue.ts'

function queued() {
  const frames: (() => void)[] = []
  const applied: number[][] = []
  const queue = frameQueue<number>(
    (items) => applied.push(items),
    (callback) => frames.push(callback),
  )
  return { queue, frames, applied, frame: () => frames.shift()?.() }
}

test('what arrives between two frames is applied once, in order', () => {
  const { queue, frames, applied, frame } = queued()
  queue.push([1, 2])
  queue.push([3])
  expect(frames).toHaveLength(1)
  frame()
  queue.push([4])
  frame()
  expect(applied).toEqual([[1, 2, 3], [4]])
})

test('nothing asks for no frame, and is not applied', () => {
  const { queue, frames, applied } = queued()
  queue.push([])
  queue.flush()
  expect(frames).toEqual([])
  expect(applied).toEqual([])
})

test('what was cleared is never applied; what comes after it is', () => {
  const { queue, applied, frame } = queued()
  queue.push([1])
  queue.clear()
  queue.push([2])
  frame()
  expect(applied).toEqual([[2]])
})

test('more at once than a call can take', () => {
  const { queue, applied } = queued()
  queue.push(Array.from({ length: 300_000 }, (_, n) => n))
  queue.flush()
  expect(applied[0]).toHaveLength(300_000)
})
