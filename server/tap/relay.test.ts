/** The tap between raw sockets: whatever is said on one side arrives on the other, and nothing else. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkOrder } from '../../shared/testing/checkOrder.ts'
import { wireCases } from '../../shared/testing/wireCases.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { startClock } from '../clock.ts'
import { until } from '../testing/harness.ts'
import { startRelay } from './relay.ts'
import { startTap } from './testing.ts'

/** A server whose connections are handed out in order. */
async function startTarget(): Promise<{ port: number; accept: () => Promise<Peer> }> {
  const waiting: Socket[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    onTestFinished(() => void socket.destroy())
    waiting.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { port, accept: async () => new Peer(await until(() => waiting.shift())) }
}

async function dial(port: number): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return new Peer(socket)
}

/** One end of a conversation, and all it heard. */
class Peer {
  readonly socket: Socket
  readonly #parts: Buffer[] = []
  ended = false
  closed = false
  error: string | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (data: Buffer) => this.#parts.push(data))
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code
    })
    socket.on('close', () => {
      this.closed = true
    })
  }

  get heard(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

const bytesOf = (events: readonly TraceEvent[], kind: 'socket.received' | 'socket.sent'): Buffer =>
  Buffer.concat(events.map((event) => (event.kind === kind && event.bytes !== null ? event.bytes : Buffer.alloc(0))))

/** What one side does next: say something, or end its side. */
const step = fc.record({
  side: fc.constantFrom('client', 'server'),
  data: fc.uint8Array({ minLength: 1, maxLength: 70_000 }),
})
const http = fc.constantFrom(...wireCases.flatMap(({ send }) => send.filter((each) => typeof each === 'string')))
const likely = fc.record({ side: fc.constant('client'), data: http.map((text) => Buffer.from(text, 'latin1')) })
const conversation = fc.record({
  steps: fc.array(fc.oneof(step, likely), { maxLength: 12 }),
  first: fc.constantFrom('client', 'server'),
})

describe('the tap', () => {
  test('passes on every byte and every half-close, in both directions, however they are cut, and shows them all', async () => {
    const target = await startTarget()
    const { port, events } = await startTap(target.port)
    await fc.assert(
      fc.asyncProperty(conversation, async ({ steps, first }) => {
        const before = events.length
        const client = await dial(port)
        const server = await target.accept()
        const said = { client: [] as Uint8Array[], server: [] as Uint8Array[] }
        for (const { side, data } of steps) {
          const from = side === 'client' ? client : server
          said[side === 'client' ? 'client' : 'server'].push(data)
          from.socket.write(data)
        }
        const [one, other] = first === 'client' ? [client, server] : [server, client]
        one.socket.end()
        await until(() => other.ended)
        expect(one.ended).toBe(false)
        other.socket.end('and this')
        said[first === 'client' ? 'server' : 'client'].push(Buffer.from('and this'))
        await until(() => client.closed && server.closed)
        expect(server.heard.equals(Buffer.concat(said.client))).toBe(true)
        expect(client.heard.equals(Buffer.concat(said.server))).toBe(true)
        await until(() => events.at(-1)?.kind === 'connection.closed')
        const own = events.slice(before)
        expect(bytesOf(own, 'socket.received').equals(server.heard)).toBe(true)
        expect(bytesOf(own, 'socket.sent').equals(client.heard)).toBe(true)
      }),
      { numRuns: 100 },
    )
    checkOrder(events)
  })

  test('passes every wire case on unaltered', async () => {
    const target = await startTarget()
    const { port, events } = await startTap(target.port)
    for (const { name, send } of wireCases) {
      const client = await dial(port)
      const server = await target.accept()
      const text = send.filter((each) => typeof each === 'string').join('')
      client.socket.end(Buffer.from(text, 'latin1'))
      await until(() => server.ended)
      expect(server.heard.toString('latin1'), name).toBe(text)
      server.socket.end()
      await until(() => client.closed && server.closed)
    }
    checkOrder(events)
  })

  test.each(['client', 'server'] as const)('passes a reset by the %s on as a reset', async (side) => {
    const target = await startTarget()
    const { port, events } = await startTap(target.port)
    const client = await dial(port)
    const server = await target.accept()
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => server.heard.length > 0)
    const [gone, other] = side === 'client' ? [client, server] : [server, client]
    gone.socket.resetAndDestroy()
    await until(() => other.closed)
    expect(other.error).toBe('ECONNRESET')
    const closed = await until(() => events.find(({ kind }) => kind === 'connection.closed'))
    expect(closed).toMatchObject({ by: side, why: `reset by the ${side}` })
  })

  test.each(['client', 'server'] as const)('does not read on while the %s takes nothing', async (side) => {
    const target = await startTarget()
    const { port } = await startTap(target.port)
    const client = await dial(port)
    const server = await target.accept()
    const [slow, fast] = side === 'client' ? [client, server] : [server, client]
    slow.socket.pause()
    const piece = Buffer.alloc(64 * 1024)
    let written = 0
    while (fast.socket.writableLength < 4 * piece.length) {
      fast.socket.write(piece)
      written += piece.length
      await new Promise(setImmediate)
      // Two kernels' buffers and the tap's own are far less than this.
      expect(written).toBeLessThan(64 * 1024 * 1024)
    }
    slow.socket.resume()
    await until(() => slow.heard.length === written)
  })

  test('shows what a client wanted of a server that is not there, says so, and refuses the client as it was refused', async () => {
    const target = await startTarget()
    const { port: free } = await startTarget()
    const nobody = await deadPort()
    expect(nobody).not.toBe(free)
    const { port, events, lines } = await startTap(nobody)
    const client = await dial(port)
    client.socket.write('GET /there HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => client.closed)
    const closed = await until(() => events.find(({ kind }) => kind === 'connection.closed'))
    expect(closed).toMatchObject({ by: 'server', why: `nothing listens at 127.0.0.1:${nobody}` })
    expect(events.find(({ kind }) => kind === 'request.line')).toMatchObject({ target: '/there' })
    expect(lines).toEqual([`nothing listens at 127.0.0.1:${nobody}`])
    expect(target.port).not.toBe(nobody)
  })

  test('that nobody can watch lets requests under way end when it stops, and idle connections at once', async () => {
    const target = await startTarget()
    const relay = await startRelay({
      address: { host: '127.0.0.1', port: 0 },
      target: { host: '127.0.0.1', port: target.port },
      now: startClock().now,
      log: null,
      onLog: (line) => expect.unreachable(line),
    })
    onTestFinished(() => relay.close(0))
    const idle = await dial(relay.address.port)
    await target.accept()
    const client = await dial(relay.address.port)
    const server = await target.accept()
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => server.heard.length > 0)
    const closing = relay.close()
    await until(() => idle.ended)
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc')
    await until(() => client.heard.includes('abc'))
    server.socket.write('def')
    // It is kept open, and nothing says any more: that is an end as well.
    await closing
    await until(() => client.ended)
    expect(client.heard.toString()).toMatch(/\r\n\r\nabcdef$/)
  })
})

/** A port that was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}

test('a connection more than a tap may have is turned away, which is said and shown; the others go on', async () => {
  const target = await startTarget()
  const tap = await startTap(target.port, 2)
  const pairs: { client: Peer; server: Peer }[] = []
  for (let n = 0; n < 2; n++) {
    const client = await dial(tap.port)
    const server = await target.accept()
    server.socket.write('hello')
    await until(() => client.heard.length === 5)
    pairs.push({ client, server })
  }
  const another = new Peer(connect({ port: tap.port, host: '127.0.0.1' }))
  await until(() => another.closed)
  expect(another.error).toBe('ECONNRESET')
  const why = '2 are open already'
  expect(tap.lines).toEqual([`a connection was turned away: ${why}`])
  expect(tap.events).toContainEqual(expect.objectContaining({ kind: 'connection.closed', by: 'tap', why }))
  checkOrder(tap.events)
  pairs[0]?.client.socket.destroy()
  await until(() => pairs[0]?.server.ended)
  pairs[1]?.client.socket.write('still there')
  await until(() => pairs[1]?.server.heard.length === 11)
})
