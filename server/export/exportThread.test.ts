import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../testing/harness.ts'
import type { ExportOrder } from './exportThread.ts'
import { ExportThread } from './exportThread.ts'
import { exchange, file } from './testing/exported.ts'

/** A small body that stands for megabytes of what has to be looked at twice. */
const bomb = gzipSync('%41'.repeat(2 * 1024 * 1024))
const head = `POST / HTTP/1.1\r\nHost: a\r\nCookie: a=abcdefgh\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`

async function orderOf(body: Buffer): Promise<ExportOrder> {
  const server = await startServer('hello.ts')
  const id = await exchange(
    server,
    Buffer.concat([Buffer.from(head.replace(/\d+(?=\r\n\r\n)/, `${body.length}`)), body]),
  )
  const address = { host: '127.0.0.1', port: server.port }
  const header = { trace: 'wsgiscope', version: 1, run: 'a', startedAt: 0, app: '', gateway: address } as const
  return { format: 'har', events: server.log.exchange(id) ?? [], options: { header, version: '1', secrets: false } }
}

function thread(mostSeconds?: number): ExportThread {
  const made = new ExportThread(mostSeconds)
  onTestFinished(() => made.close())
  return made
}

const nobodyLeaves = (): AbortSignal => new AbortController().signal

test('the server goes on while a file is made that takes long', async () => {
  const server = await startServer('hello.ts')
  const id = await exchange(server, Buffer.concat([Buffer.from(head), bomb]))
  // The thread is there, and what it runs is loaded.
  await file(server, id, 'curl', '?secrets=1')
  let longest = 0
  let before = performance.now()
  const began = before
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - before)
    before = performance.now()
  }, 1)
  await file(server, id, 'har')
  clearInterval(timer)
  expect(longest).toBeLessThan((performance.now() - began) / 3)
})

test('a file that takes too long is given up, with what to do; the next one is made', async () => {
  const [slow, quick] = [await orderOf(bomb), await orderOf(gzipSync('k=v'))]
  await expect(thread(0.001).make(slow, nobodyLeaves())).rejects.toThrow(
    'this .har takes more than 0.001 s to make; try .ndjson with ?secrets=1, which has all as it is',
  )
  const made = thread()
  const left = new AbortController()
  const [first, dropped, last] = [
    made.make(slow, left.signal),
    made.make(slow, left.signal),
    made.make(quick, nobodyLeaves()),
  ]
  left.abort()
  await expect(first).rejects.toThrow('nobody waits for this file')
  await expect(dropped).rejects.toThrow('nobody waits for this file')
  expect(JSON.parse(Buffer.from((await last).body).toString())).toMatchObject({ log: { version: '1.2' } })
})
