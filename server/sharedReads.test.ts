/** Reading into one buffer is to be noticed by nobody. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readShared } from './sharedReads.ts'

/** A connection over TCP: both of its ends, and what arrives at the accepted one. */
async function connected(): Promise<{ client: Socket; accepted: Socket; heard: Buffer[] }> {
  const heard: Buffer[] = []
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [accepted]: Socket[] = await once(server, 'connection')
  if (accepted === undefined) throw new Error('nobody came')
  readShared(accepted, (data) => heard.push(data))
  onTestFinished(() => {
    client.destroy()
    accepted.destroy()
    server.close()
  })
  return { client, accepted, heard }
}

const text = (heard: Buffer[]) => Buffer.concat(heard).toString()

test('what has been read stays as it is when more is read, here and from other sockets', async () => {
  const [a, b] = await Promise.all([connected(), connected()])
  a.client.write('first')
  await vi.waitUntil(() => text(a.heard) === 'first')
  const [kept] = a.heard
  b.client.write('other')
  await vi.waitUntil(() => text(b.heard) === 'other')
  a.client.write('again')
  await vi.waitUntil(() => text(a.heard) === 'firstagain')
  expect(kept?.toString()).toBe('first')
})

test.skipIf(process.platform === 'win32')(
  'no read makes a buffer of its own: nothing comes by way of the stream',
  async () => {
    const { client, accepted, heard } = await connected()
    const streamed = vi.fn()
    accepted.on('data', streamed)
    client.write('abc')
    await vi.waitUntil(() => text(heard) === 'abc')
    expect(streamed).not.toHaveBeenCalled()
  },
)

test('more than the buffer holds arrives whole and in order', async () => {
  const { client, heard } = await connected()
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))
  client.end(sent)
  await vi.waitUntil(() => heard.reduce((sum, { length }) => sum + length, 0) === sent.length)
  expect(Buffer.concat(heard).equals(sent)).toBe(true)
})

test('a paused socket reads nothing, and goes on where it was', async () => {
  const [{ client, accepted, heard }, other] = await Promise.all([connected(), connected()])
  accepted.pause()
  expect(accepted.isPaused()).toBe(true)
  await new Promise((resolve) => client.write('later', resolve))
  // What another connection was sent after that has arrived: so would this have.
  other.client.write('now')
  await vi.waitUntil(() => text(other.heard) === 'now')
  expect(heard).toEqual([])
  accepted.resume()
  await vi.waitUntil(() => text(heard) === 'later')
})

test('the end of what the client says is heard, and an answer still goes out', async () => {
  const { client, accepted, heard } = await connected()
  client.end('question')
  await once(accepted, 'end')
  expect(text(heard)).toBe('question')
  accepted.end('answer')
  const [answer]: Buffer[] = await once(client, 'data')
  expect(answer?.toString()).toBe('answer')
})

test('who has memory of its own for what comes next gets it there, and the rest as always', async () => {
  const { client, accepted, heard } = await connected()
  const own = Buffer.alloc(5)
  let filled = 0
  readShared(accepted, (data) => heard.push(data), {
    get into() {
      return heard.length > 0 && filled < own.length ? own.subarray(filled) : null
    },
    read(length) {
      filled += length
    },
  })
  client.write('first')
  await vi.waitUntil(() => text(heard) === 'first')
  client.write('secondthird')
  await vi.waitUntil(() => text(heard) === 'firstdthird')
  expect(own.toString()).toBe('secon')
})
