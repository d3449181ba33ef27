/** Slow clients by the thousand do not stop a fast one. */
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../shared/gateway/types.ts'
import { startClock } from '../clock.ts'
import { APPS_FOLDER } from '../folders.ts'
import { createHost } from '../hosts/createHost.ts'
import { listen } from '../listen.ts'
import { openClient, until } from '../testing/harness.ts'

const SLOW = 1000
const ROUNDS = 3
const FAST = 2000
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function startListener(): Promise<number> {
  const clock = startClock()
  const host = await createHost('hello.ts:app', {
    workers: 1,
    appTimeoutMs: 30_000,
    now: clock.now,
    onSource: () => undefined,
    onLog: () => undefined,
    cwd: APPS_FOLDER,
    env: {},
  })
  const listener = await listen({
    address: { host: '127.0.0.1', port: 0 },
    host,
    now: clock.now,
    startedAt: clock.startedAt,
    limits: { ...DEFAULT_LIMITS, headerMs: 1000 },
    log: null,
    onAppOutput: (_source, text) => text,
    onLog: () => undefined,
  })
  onTestFinished(async () => {
    await listener.close(0)
    await host.close()
  })
  return listener.address.port
}

test(`${SLOW} connections that send a byte now and then are each refused with 408 and opened again, while ${FAST} requests are answered`, async () => {
  const port = await startListener()
  const open = new Set<Socket>()
  const answers = new Map<string, number>()
  let over = false
  const openSlow = () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    open.add(socket)
    socket.write('G')
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      open.delete(socket)
      if (over) return
      const status = received.slice(0, 12)
      answers.set(status, (answers.get(status) ?? 0) + 1)
      openSlow()
    })
  }
  for (let n = 0; n < SLOW; n++) openSlow()
  const dribble = setInterval(() => {
    for (const socket of open) if (socket.writable) socket.write('E')
  }, 200)
  onTestFinished(() => {
    over = true
    clearInterval(dribble)
    for (const socket of open) socket.destroy()
  })

  const fast = await openClient(port)
  const answered = () => fast.received.split('HTTP/1.1 200 OK\r\n').length - 1
  let sent = 0
  const refused = () => answers.get('HTTP/1.1 408') ?? 0
  while (sent < FAST || refused() < ROUNDS * SLOW) {
    fast.send(REQUEST.repeat(10))
    sent += 10
    await until(() => answered() === sent)
  }
  expect([...answers.keys()]).toEqual(['HTTP/1.1 408'])
})
