import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { bind } from '../bind.ts'
import { openClient, startServer, until } from '../testing/harness.ts'
import { type Relay, startRelay } from './relay.ts'

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await bind(server, { host: '127.0.0.1', port: 0 }, () => undefined)
  await new Promise((resolve) => server.close(resolve))
  return port
}

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', 'localhost'],
  ['127.0.0.1', '127.1'],
  ['127.0.0.1', '[::ffff:127.0.0.1]'],
  ['0.0.0.0', '0.0.0.0'],
  ['0.0.0.0', '127.0.0.2'],
])('a tap at %s whose --to is itself, as %s, is told at the start', async (listens, host) => {
  const port = await freePort()
  const started = startServer('tap', '--listen', String(port), '--host', listens, '--to', `${host}:${port}`, '--no-ui')
  await expect(started).rejects.toThrow(`--to ${host.replace(/[[\]]/g, '')}:${port} is the tap itself`)
})

test.each(['127.0.0.1', 'localhost'])('a tap whose --to is its own page, as %s, is told at the start', async (host) => {
  const port = String(await freePort())
  const started = startServer('tap', '--to', `${host}:${port}`, '--ui-port', port)
  await expect(started).rejects.toThrow(`--to ${host}:${port} is the page of this tap`)
})

test.each([1, 2])('a tap that leads back to itself over %i others is told at the start', async (others) => {
  const port = await freePort()
  let to = port
  for (let n = 0; n < others; n++) to = (await startServer('tap', '--to', `127.0.0.1:${to}`, '--no-ui')).port
  const started = startServer('tap', '--listen', String(port), '--to', `127.0.0.1:${to}`, '--no-ui')
  await expect(started).rejects.toThrow(`--to 127.0.0.1:${to} leads back to the tap itself, over another one`)
})

test('clients that come while a tap looks where it leads to are served, also those that have said all', async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  const to = await bind(server, { host: '127.0.0.1', port: 0 }, () => undefined)
  onTestFinished(() => void server.close())
  const port = await freePort()
  const starting = startServer('tap', '--listen', String(port), '--to', `127.0.0.1:${to}`, '--no-ui')
  const client = await until(async () => await openClient(port).catch(() => null))
  client.send('hello')
  client.socket.end()
  await client.ended
  expect(client.received).toBe('hello')
  await starting
})

test('taps that form a circle later on stop at a number of connections, with a line, and are open again', async () => {
  const lines: string[] = []
  const options = {
    address: { host: '127.0.0.1', port: 0 },
    now: () => 0,
    log: null,
    onLog: (line: string) => lines.push(line),
    most: 50,
  }
  const relays: Relay[] = []
  let opened = 0
  const portOf = (at: number) => {
    opened++
    return { host: '127.0.0.1', port: relays[at]?.address.port ?? 0 }
  }
  relays.push(await startRelay({ ...options, target: () => portOf(1) }))
  relays.push(await startRelay({ ...options, target: () => portOf(0) }))
  onTestFinished(async () => {
    for (const relay of relays) await relay.close(0)
  })
  const told = () => lines.filter((line) => line.startsWith('a connection was turned away'))
  const client = await openClient(portOf(0).port)
  await expect(client.ended).rejects.toThrow('ECONNRESET')
  expect(told()).toContain(
    'a connection was turned away: the server has answered none of the last 50; does --to lead back to this tap?',
  )
  // Each connection of this one ends as soon as it has brought the next one.
  const another = await openClient(portOf(0).port)
  another.socket.resetAndDestroy()
  await until(async () => {
    const before = opened
    await new Promise((resolve) => setTimeout(resolve, 200))
    return opened === before
  })
})
