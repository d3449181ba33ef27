import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS } from '../shared/gateway/types.ts'
import { EventLog } from '../shared/log/eventLog.ts'
import { readTrace } from '../shared/trace/file.ts'
import { eventsOfKind, hasKind } from '../shared/trace/query.ts'
import { startClock } from './clock.ts'
import { createHost } from './hosts/createHost.ts'
import { type ListenOptions, listen } from './listen.ts'
import { openClient, startServer, until } from './testing/harness.ts'
import { logScheduler } from './turns.ts'

const curl = promisify(execFile)
const EDGES = new URL('./testing/apps/edges.ts', import.meta.url).pathname

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edges-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The listener alone, with limits of the test's own. */
async function startListener(app: string, options: Partial<ListenOptions> = {}) {
  const clock = startClock()
  const log = new EventLog(logScheduler(clock.now))
  const lines: string[] = []
  const host = await createHost(`${EDGES}:${app}`, {
    workers: 1,
    appTimeoutMs: 30_000,
    now: clock.now,
    onSource: () => undefined,
    onLog: () => undefined,
    cwd: '/',
    env: {},
  })
  const listener = await listen({
    address: { host: '127.0.0.1', port: 0 },
    host,
    now: clock.now,
    startedAt: clock.startedAt,
    limits: DEFAULT_LIMITS,
    log,
    onAppOutput(_source, text) {
      lines.push(text)
      return text
    },
    onLog: (text) => lines.push(text),
    ...options,
  })
  onTestFinished(async () => {
    await listener.close(0)
    await host.close()
  })
  return { port: listener.address.port, listener, log, lines }
}

/** A relay that keeps what the client sent. */
async function startRelay(to: number): Promise<{ port: number; sent: () => Buffer }> {
  const parts: Buffer[] = []
  const relay = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    client.on('data', (data: Buffer) => parts.push(data))
    client.pipe(server).pipe(client)
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    relay.close()
  })
  const address = relay.address()
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, sent: () => Buffer.concat(parts) }
}

test('the segments of a trace file are, joined, exactly what curl sent', async () => {
  const folder = newFolder()
  const body = join(folder, 'body')
  const trace = join(folder, 'trace.ndjson')
  writeFileSync(body, randomBytes(3 * 1024))
  const server = await startServer('echo.ts', '--no-ui', '--trace', trace)
  const relay = await startRelay(server.port)
  await curl('curl', ['-sS', '--data-binary', `@${body}`, `http://127.0.0.1:${relay.port}/post`])
  await server.close()

  const { header, events, cutOff } = readTrace(readFileSync(trace, 'utf8'))
  const received = events.flatMap((event) =>
    event.kind === 'socket.received' ? [event.bytes ?? new Uint8Array()] : [],
  )
  expect(Buffer.concat(received)).toEqual(relay.sent())
  expect(relay.sent().subarray(-3072)).toEqual(readFileSync(body))
  expect(header).toMatchObject({
    run: server.run,
    app: 'echo.ts:app',
    gateway: { host: '127.0.0.1', port: server.port },
  })
  expect(cutOff).toBe(false)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
})

test('a body beyond 1 MiB reaches the application from disk, whole, and leaves nothing there', async () => {
  const folder = newFolder()
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const server = await startServer('upload.py')
  const body = randomBytes(5 * 1024 * 1024)
  const client = await openClient(server.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`)
  client.send(body)
  await client.ended
  const sha256 = createHash('sha256').update(body).digest('hex')
  expect(client.received).toContain(`body: ${body.length} bytes, sha256 ${sha256}`)
  const spools = () => readdirSync(folder).filter((name) => name.startsWith('wsgiscope-'))
  const [spool = ''] = spools()
  await until(() => readdirSync(join(folder, spool)).length === 0)
  await server.close()
  expect(spools()).toEqual([])
})

test('a head beyond a limit is refused with the limit and its option, and taken where the option raises it', async () => {
  const long = `GET /${'a'.repeat(9_900)} HTTP/1.1\r\nHost: x\r\n\r\n`
  const wide = `GET / HTTP/1.1\r\nHost: x\r\nX-Ticket: ${'t'.repeat(12_000)}\r\n\r\n`
  const many = `GET / HTTP/1.1\r\nHost: x\r\n${'X-Many: 1\r\n'.repeat(150)}\r\n`
  const answers = async (...options: string[]) => {
    const { port } = await startServer(...options)
    const received: string[] = []
    for (const request of [long, wide, many]) {
      const client = await openClient(port)
      client.send(request)
      await until(() => client.received.includes('\r\n\r\n'))
      client.socket.end()
      await client.ended
      received.push(client.received)
    }
    return received
  }
  expect(await answers()).toEqual([
    expect.stringMatching(/^HTTP\/1\.1 414 .* 8190 bytes .*--max-line/s),
    expect.stringMatching(/^HTTP\/1\.1 431 .* 8190 bytes .*--max-header\./s),
    expect.stringMatching(/^HTTP\/1\.1 431 .* 100 .*--max-headers/s),
  ])
  for (const answer of await answers('--max-line', '10K', '--max-header', '40K', '--max-headers', '200')) {
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  }
})

test('another protocol is recognized by its first byte, and answered at once', async () => {
  const { port } = await startServer()
  const client = await openClient(port)
  client.send('\0')
  await client.ended
  expect(client.received).toMatch(/^HTTP\/1\.1 400 .*uwsgi.*proxy_pass/s)
})

test('a client that sends 8 MiB reads the 413 that came before it was done', async () => {
  const server = await startServer(`${EDGES}:large`, '--max-body', '1M')
  const client = await openClient(server.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${8 * 1024 * 1024}\r\n\r\n`)
  client.send(Buffer.alloc(8 * 1024 * 1024))
  client.socket.end()
  await client.ended
  expect(client.received).toMatch(/^HTTP\/1\.1 413 /)
  expect(client.received).toMatch(/connection: close/i)
})

test('a chunked body that grows past the limit leaves nothing on disk', async () => {
  const server = await startServer(`${EDGES}:large`, '--max-body', '2M')
  const client = await openClient(server.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  for (let i = 0; i < 64; i++) client.send(chunk)
  client.socket.end()
  await client.ended
  expect(client.received).toMatch(/^HTTP\/1\.1 413 /)
})

test('pipelined requests are answered in order', async () => {
  const server = await startServer(`${EDGES}:large`)
  const client = await openClient(server.port)
  const request = (n: number) => `GET /?${n} HTTP/1.1\r\nHost: a\r\n\r\n`
  client.send(request(1) + request(2) + request(3).replace('Host: a', 'Host: a\r\nConnection: close'))
  await client.ended
  const bodies = client.received.split(/HTTP\/1\.1 200 OK[\s\S]*?\r\n\r\n/).slice(1)
  expect(bodies).toEqual(['0', '01', '012'])
})

test('an application is not asked for more than its client takes, and is closed when the client goes', async () => {
  const { port, log, lines } = await startListener('endless')
  const client = await openClient(port)
  client.socket.pause()
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const sent = () => log.snapshot().reduce((sum, event) => sum + (event.kind === 'socket.sent' ? event.length : 0), 0)
  let before = -1
  // The kernel's buffers fill, and then it stands still.
  await until(() => {
    const settled = sent() > 64 * 1024 && sent() === before
    before = sent()
    return settled
  })
  expect(sent()).toBeLessThan(32 * 1024 * 1024)
  client.socket.destroy()
  await until(() => hasKind(log.snapshot(), 'app.closed'))
  expect(lines).toContain('closed')
  expect(eventsOfKind(log.snapshot(), 'connection.closed')).toMatchObject([{ by: 'client' }])
})

test('a stopping server answers the request that is under way, then closes', async () => {
  const gate = join(newFolder(), 'gate')
  const { port, listener, log } = await startListener('gated')
  const idle = await openClient(port)
  const client = await openClient(port)
  client.send(`GET /?${gate} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await until(() => log.totals.requests === 1)
  const closed = listener.close()
  await idle.ended
  idle.socket.end()
  writeFileSync(gate, '')
  await client.ended
  client.socket.end()
  await closed
  expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close[\s\S]*the gate is open\n$/)
})

test('a stopping server does not wait for ever', async () => {
  const folder = newFolder()
  const { port, listener, log, lines } = await startListener('gated')
  onTestFinished(() => writeFileSync(join(folder, 'gate'), ''))
  const client = await openClient(port)
  client.send(`GET /?${join(folder, 'gate')} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await until(() => log.totals.requests === 1)
  await listener.close(20)
  expect(lines).toContain('closed unfinished after 0.02 s: 1 connections')
  writeFileSync(join(folder, 'gate'), '')
})

test('a request that does not arrive by its deadline is answered 408', async () => {
  const { port } = await startListener('large', { limits: { ...DEFAULT_LIMITS, headerMs: 50 } })
  const client = await openClient(port)
  client.send('GET / HT')
  await client.ended
  expect(client.received).toMatch(/^HTTP\/1\.1 408 /)
})

test('a connection that asks for nothing is closed when it has been idle for too long', async () => {
  const { port } = await startListener('large', { limits: { ...DEFAULT_LIMITS, idleMs: 50 } })
  const client = await openClient(port)
  await client.ended
  expect(client.received).toBe('')
})

test('connections beyond the limit are closed at once, and the log says so', async () => {
  const { port, lines } = await startListener('large', { maxConnections: 1 })
  const first = await openClient(port)
  const second = await openClient(port)
  await Promise.allSettled([second.ended])
  first.send('GET /?3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await first.ended
  expect(first.received).toMatch(/\r\n\r\n012$/)
  expect(second.received).toBe('')
  await until(() => lines.includes('closed at once, as 1 connections are open already: 1 more'))
})

test('the trace grows while the server runs', async () => {
  const trace = join(newFolder(), 'trace.ndjson')
  const server = await startServer(`${EDGES}:large`, '--no-ui', '--trace', trace)
  const lines = () => (existsSync(trace) ? readFileSync(trace, 'utf8').trimEnd().split('\n').length : 0)
  const atStart = lines()
  const client = await openClient(server.port)
  client.send('GET /?1 HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => client.received.endsWith('0'))
  await until(() => lines() > atStart)
})

test('a chunk of any length is in the trace in lines of bounded length, which read back as what was sent', async () => {
  const trace = join(newFolder(), 'trace.ndjson')
  const size = 20_000_000
  const server = await startServer(`${EDGES}:large`, '--no-ui', '--trace', trace)
  const body = Buffer.from(await (await fetch(`${server.http}/?${size}`)).arrayBuffer())
  expect(body.length).toBe(size)
  await server.close()
  const text = readFileSync(trace, 'utf8')
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(2_000_000)
  const sent = readTrace(text).events.flatMap((event) => (event.kind === 'socket.sent' ? [event.bytes ?? []] : []))
  expect(Buffer.concat(sent.map((bytes) => Buffer.from(bytes))).includes(body)).toBe(true)
})

test.each([
  ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.2', '127.0.0.2'],
  ['::1', '::1', '[::1]'],
  ['::', '::1', '[::1]'],
  ['::', '127.0.0.1', '127.0.0.1'],
])('SERVER_NAME of a server on %s that is reached at %s is %s', async (host, reached, name) => {
  const { port } = await startServer('echo.ts:app', '--host', host, '--no-ui')
  const socket = connect({ port, host: reached })
  onTestFinished(() => {
    socket.destroy()
  })
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  // Without Host, it is what an application makes its own URL of (PEP 3333, "URL Reconstruction").
  socket.write('GET / HTTP/1.0\r\n\r\n')
  await new Promise((resolve) => socket.once('end', resolve))
  expect(answer).toMatch(new RegExp(`SERVER_NAME\\W+${name.replace(/[[\].]/g, '\\$&')}[^\\]\\w.:]`))
})

test('a call that nobody watched says so, one that is watched does not', async () => {
  for (const watched of [false, true]) {
    const server = await startServer('hello.ts')
    if (watched) onTestFinished(server.log.subscribe(() => undefined))
    expect((await fetch(`${server.http}`)).status).toBe(200)
    const called = server.log.snapshot().find(({ kind }) => kind === 'app.called')
    expect(called).toMatchObject({ kind: 'app.called', worker: 1 })
    expect(called !== undefined && 'unwatched' in called).toBe(!watched)
  }
})
