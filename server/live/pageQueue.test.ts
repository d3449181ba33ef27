import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { ServerMessage } from '../../shared/wire.ts'
import { until } from '../testing/harness.ts'
import { type Lane, PageQueue, QUEUE_LIMIT } from './pageQueue.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Both ends of a real connection; the page's does not read until it is told to. */
async function unread(): Promise<{ page: WebSocket; socket: WebSocket; heard: Buffer[] }> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    http.close()
  })
  const address = http.address()
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
  const page = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  const heard: Buffer[] = []
  page.on('message', (data: Buffer) => heard.push(data))
  await new Promise((resolve) => page.once('open', resolve))
  page.pause()
  return { page, socket: await accepted, heard }
}

const output = (size: number): ServerMessage => {
  return { type: 'client.output', id: 1, stream: 'out', bytes: new Uint8Array(size) }
}

test('whatever there is to send, no more is made for a page that does not read than the limit and one message', async () => {
  const { page, socket, heard } = await unread()
  let made = 0
  const endless: Lane = () => {
    made++
    return output(64 * 1024)
  }
  const queue = new PageQueue(socket, 'msgpack', [endless])
  queue.wake()
  await until(() => !queue.hasRoom)
  const before = made
  for (let i = 0; i < 50; i++) {
    queue.wake()
    await turn()
  }
  expect(made).toBe(before)
  expect(socket.bufferedAmount).toBeLessThanOrEqual(QUEUE_LIMIT + 65 * 1024)
  expect(queue.offer(output(1))).toBe(false)
  // When it reads again, it goes on.
  page.resume()
  await until(() => heard.length > before)
})

test('what has to be said to a page that does not read ends its connection when it piles up', async () => {
  const { socket } = await unread()
  const queue = new PageQueue(socket, 'msgpack', [])
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let said = 0
  for (; queue.isOpen && said < 10_000; said++) {
    queue.insist(output(16 * 1024))
    if (said % 10 === 0) await turn()
  }
  expect(said).toBeLessThan(10_000)
  await closed
})

test('lanes are asked in their order, a message each turn, and an empty one is passed over', async () => {
  const { page, socket, heard } = await unread()
  const lane = (id: number, count: number): Lane => {
    let left = count
    return () => (left-- > 0 ? { type: 'client.done', id, code: 0 } : null)
  }
  new PageQueue(socket, 'json', [lane(1, 2), lane(2, 0), lane(3, 2)]).wake()
  page.resume()
  await until(() => heard.length === 4)
  expect(heard.map((data) => JSON.parse(data.toString()).id)).toEqual([1, 1, 3, 3])
})
