import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { INLINE_BYTES, type TraceEvent } from '../../shared/trace/events.ts'
import { decodeRecord, encodeRecord } from '../../shared/trace/file.ts'
import { openClient, Page, startServer, type TestServer, until } from '../testing/harness.ts'

const EDGES = new URL('../testing/apps/edges.ts', import.meta.url).pathname

async function get(server: TestServer, target = '/'): Promise<string> {
  const client = await openClient(server.port)
  client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  await client.ended
  client.socket.end()
  return client.received
}

const answered = (page: Page) => page.events.filter(({ kind }) => kind === 'response.answered').length
const seqs = (page: Page) => page.events.map(({ seq }) => seq)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('a page hears hello, then all there is, then what happens', async () => {
  const server = await startServer('hello.ts')
  await get(server)
  const page = await Page.open(server.uiPort)
  await until(() => answered(page) === 1)
  await get(server)
  await until(() => answered(page) === 2 && page.events.filter(({ kind }) => kind === 'connection.closed').length === 2)
  expect(page.messages.map(({ type }) => type).filter((type) => type !== 'counts')).toEqual([
    'hello',
    'snapshot',
    ...page.all('events').map(() => 'events'),
  ])
  expect(page.all('hello')).toMatchObject([
    {
      header: { run: server.run, app: 'hello.ts:app' },
      app: { language: 'typescript', callable: 'app' },
      role: 'operator',
    },
  ])
  expect(seqs(page)).toEqual(upTo(server.log.next))
})

test('msgpack and JSON say the same', async () => {
  const server = await startServer('hello.ts')
  const [packed, json] = await Promise.all([
    Page.open(server.uiPort),
    Page.open(server.uiPort, { run: null, next: 0 }, 'json'),
  ])
  await until(() => packed.all('snapshot').length === 1 && json.all('snapshot').length === 1)
  await get(server)
  await until(() => seqs(packed).length === server.log.next && seqs(json).length === server.log.next)
  const logged = server.log.snapshot().map((event) => decodeRecord(encodeRecord(event)))
  expect(packed.events).toEqual(logged)
  expect(json.events).toEqual(logged)
})

test('a page that comes back gets only what it missed', async () => {
  const server = await startServer('hello.ts')
  await get(server)
  const first = await Page.open(server.uiPort)
  await until(() => seqs(first).length === server.log.next)
  const next = seqs(first).length
  first.socket.terminate()
  await get(server)
  const again = await Page.open(server.uiPort, { run: server.run, next })
  await until(() => seqs(again).at(-1) === server.log.next - 1)
  expect(again.all('snapshot')).toEqual([])
  expect(seqs(again)).toEqual(upTo(server.log.next).slice(next))
})

test('a page that has everything is told that there is nothing more', async () => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort, { run: server.run, next: server.log.next })
  await until(() => page.messages.length >= 2)
  expect(page.messages.slice(1)).toEqual([{ type: 'events', events: [] }])
})

test.each([
  ['of another run', () => ({ run: 'another', next: 1 })],
  ['from the future', (server: TestServer) => ({ run: server.run, next: 1_000_000 })],
])('a page with a trace %s gets a snapshot', async (_, resume) => {
  const server = await startServer('hello.ts')
  await get(server)
  const page = await Page.open(server.uiPort, resume(server))
  await until(() => seqs(page).length === server.log.next)
  expect(page.all('snapshot')).toMatchObject([{ part: 0, last: true, letGo: 0 }])
})

test('a long snapshot comes in parts of at most 256 KiB', async () => {
  const server = await startServer(`${EDGES}:large`)
  for (let i = 0; i < 20; i++) await get(server, `/?${INLINE_BYTES / 2}`)
  const page = new Page(server.uiPort, 'json')
  const sizes: number[] = []
  page.socket.on('message', (data: Buffer) => sizes.push(data.length))
  await page.opened()
  page.send({ type: 'resume', run: null, next: 0 })
  await until(() => seqs(page).length === server.log.next)
  const parts = page.all('snapshot')
  expect(parts.length).toBeGreaterThan(2)
  expect(parts.map(({ part }) => part)).toEqual(parts.map((_, index) => index))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024)
  expect(seqs(page)).toEqual(upTo(server.log.next))
})

test.each(['msgpack', 'json'] as const)(
  'of exchanges that are long over a page is sent summaries, and their events when it asks (%s)',
  async (format) => {
    const server = await startServer('hello.ts')
    for (let i = 0; i < 40; i++) await get(server, `/?${i}`)
    const page = await Page.open(server.uiPort, { run: null, next: 0 }, format, false)
    await until(() => page.all('snapshot').at(-1)?.last)
    const { index } = server.log
    const summaries = page.all('snapshot').flatMap(({ exchanges }) => exchanges)
    expect(page.exchanges).toEqual(upTo(40).map((n) => n + 1))
    expect(summaries).toHaveLength(20)
    for (const summary of summaries) expect(summary).toEqual(index.summaryOf(summary.id))
    const whole = page.events.filter(({ kind }) => kind === 'request.line').map(({ exchange }) => exchange)
    expect(whole).toEqual(upTo(20).map((n) => n + 21))
    page.send({ type: 'exchange.get', id: 1 })
    page.send({ type: 'exchange.get', id: 999 })
    await until(() => page.all('exchange').filter(({ last }) => last).length === 2)
    const parts = page.all('exchange').filter(({ id }) => id === 1)
    expect(parts.flatMap(({ events }) => events ?? [])).toEqual(
      index.eventsOf(1).map((event) => decodeRecord(encodeRecord(event))),
    )
    expect(page.all('exchange').at(-1)).toEqual({ type: 'exchange', id: 999, last: true, events: null })
  },
)

test('a page that is sent a snapshot while requests come misses none of them', async () => {
  const server = await startServer('hello.ts')
  for (let i = 0; i < 30; i++) await get(server)
  const pages = [0, 1, 2].map(() => new Page(server.uiPort, 'msgpack', false))
  await Promise.all(pages.map((page) => page.opened()))
  for (const page of pages) page.send({ type: 'resume', run: null, next: 0 })
  for (let i = 0; i < 30; i++) await get(server)
  const all = server.log.index.exchanges.map(({ id }) => id)
  expect(all).toHaveLength(60)
  for (const page of pages) await until(() => page.exchanges.length === 60)
  for (const page of pages) expect(page.exchanges).toEqual(all)
})

test('an exchange that is under way is sent whole, and goes on', async () => {
  const server = await startServer(`${EDGES}:gated`)
  const gate = join(mkdtempSync(join(tmpdir(), 'edges-')), 'gate')
  const first = await openClient(server.port)
  first.send(`GET /?${gate} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  await until(() => server.log.totals.requests === 1)
  for (let i = 0; i < 25; i++) {
    const refused = await openClient(server.port)
    refused.send('nonsense\r\n\r\n')
    await refused.ended
  }
  const page = await Page.open(server.uiPort, { run: null, next: 0 }, 'msgpack', false)
  await until(() => page.all('snapshot').at(-1)?.last)
  writeFileSync(gate, '')
  await until(() => page.events.some(({ kind, exchange }) => kind === 'response.answered' && exchange === 1))
  const own = (events: readonly TraceEvent[]) => events.filter(({ exchange }) => exchange === 1).map(({ kind }) => kind)
  await until(() => own(page.events).length === own(server.log.snapshot()).length)
  expect(own(page.events)).toEqual(own(server.log.snapshot()))
})

test('bytes too long to travel unasked are fetched', async () => {
  const server = await startServer(`${EDGES}:large`)
  const page = await Page.open(server.uiPort)
  await get(server, '/?200000')
  const yielded = await until(() => page.events.find(({ kind }) => kind === 'app.yielded'))
  expect(yielded).toMatchObject({ length: 200_000, bytes: null })
  page.send({ type: 'bytes.get', seq: yielded.seq })
  page.send({ type: 'bytes.get', seq: 999_999 })
  const [bytes, none] = await until(() => page.all('bytes').length === 2 && page.all('bytes'))
  const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
  expect(sha256(bytes?.bytes ?? new Uint8Array())).toBe(sha256(Buffer.from('0123456789'.repeat(20_000))))
  expect(none).toEqual({ type: 'bytes', seq: 999_999, bytes: null })
})

test('a slow page is sent a new snapshot when it takes messages again, and delays nobody', async () => {
  const server = await startServer(`${EDGES}:large`)
  const nothing = { run: null, next: 0 }
  const slow = await Page.open(server.uiPort, nothing, 'msgpack', false)
  const quick = await Page.open(server.uiPort, nothing, 'msgpack', false)
  await until(() => slow.all('snapshot').length === 1 && quick.all('snapshot').length === 1)
  slow.socket.pause()
  // More than the queue and the kernel's buffers hold together.
  for (let i = 0; i < 400; i++) await get(server, `/?${INLINE_BYTES}`)
  await until(() => quick.all('counts').at(-1)?.answered === 400)
  await until(() => seqs(quick).at(-1) === server.log.next - 1)
  expect(quick.all('snapshot')).toHaveLength(1)
  slow.socket.resume()
  // By its snapshot: the last event may be of an exchange of which it is sent the summary.
  await until(() => slow.all('snapshot').some(({ last, next }) => last && next === server.log.next))
  await get(server)
  await until(() => seqs(slow).at(-1) === server.log.next - 1)
  const snapshots = slow.all('snapshot').filter(({ part }) => part === 0)
  expect(snapshots.length).toBeGreaterThan(1)
  expect(slow.exchanges).toEqual(server.log.index.exchanges.map(({ id }) => id))
})

test('totals are exact', async () => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort)
  for (let i = 0; i < 5; i++) await get(server)
  await until(() => page.all('counts').some(({ requests, answered }) => requests === 5 && answered === 5))
  await until(() => page.all('counts').at(-1)?.perSecond === 0)
})

test('of more requests than can be followed some are told, those that are refused are, and all are counted', async () => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort)
  await until(() => page.all('snapshot').length === 1)
  const client = await openClient(server.port)
  for (let i = 0; i < 1500; i++) {
    const answer = once(client.socket, 'data')
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await answer
  }
  client.send('GET / HTTP/1.1\r\nHost : a\r\n\r\n')
  await client.ended
  await until(() => page.all('counts').at(-1)?.perSecond === 0)
  expect(page.all('counts').at(-1)).toMatchObject({ requests: 1501, answered: 1501 })
  const told = page.events.filter(({ kind }) => kind === 'response.answered')
  expect(told.length).toBeLessThanOrEqual(1501)
  expect(told.at(-1)).toMatchObject({ exchange: 1501, status: 400 })
  const late = await Page.open(server.uiPort)
  await until(() => late.all('counts').length > 0)
  expect(late.all('counts')[0]).toMatchObject({ requests: 1501, answered: 1501 })
  expect(late.all('snapshot')[0]).toMatchObject({ letGo: 1501 - told.length })
})

test('the terminal’s client prints the answer to its own request', async () => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort)
  page.send({ type: 'client.run', id: 7, line: 'curl -iv /?name=you' })
  await until(() => page.all('client.done').length === 1)
  const printed = (stream: string) =>
    Buffer.concat(
      page
        .all('client.output')
        .filter((output) => output.stream === stream)
        .map(({ bytes }) => bytes),
    ).toString()
  expect(page.all('client.done')).toEqual([{ type: 'client.done', id: 7, code: 0 }])
  expect(printed('out')).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nHello, you!\n$/)
  expect(printed('note')).toContain('> GET /?name=you HTTP/1.1\n')
  expect(printed('note')).toContain(`> User-Agent: wsgiscope-client/${server.version}\n`)
  expect(printed('note')).toContain('< HTTP/1.1 200 OK\n')
})

test('the page is told of an exchange before the terminal’s client says that it was answered', async () => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort)
  await until(() => page.all('snapshot').some(({ last }) => last))
  page.send({ type: 'client.run', id: 7, line: 'curl -v /' })
  await until(() => page.all('client.done').length === 1)
  const heard = page.messages.findIndex(({ type }) => type === 'client.heard')
  const told = page.messages.slice(0, heard).flatMap((message) => (message.type === 'events' ? message.events : []))
  const opened = told.find(({ kind }) => kind === 'connection.opened')
  expect(page.messages[heard]).toMatchObject({ id: 7, port: opened?.kind === 'connection.opened' && opened.peer.port })
  expect(told.some(({ kind }) => kind === 'socket.sent')).toBe(true)
  const printed = page.messages
    .slice(0, heard)
    .flatMap((message) => (message.type === 'client.output' ? message.bytes : []))
  expect(Buffer.concat(printed).toString()).toMatch(/^[*>]/)
  expect(Buffer.concat(printed).toString()).not.toContain('200')
})

test.each(['msgpack', 'json'] as const)('raw bytes go out as they are (%s)', async (format) => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort, { run: null, next: 0 }, format)
  const bytes = new Uint8Array(Buffer.from('GET /\xe4 HTTP/1.1\r\nHost : a\r\n\r\n', 'latin1'))
  page.send({ type: 'client.raw', id: 1, bytes })
  await until(() => page.all('client.done').length === 1 && seqs(page).length === server.log.next)
  const received = page.events.flatMap((event) =>
    event.kind === 'socket.received' ? [event.bytes ?? new Uint8Array()] : [],
  )
  expect(Buffer.concat(received)).toEqual(Buffer.from(bytes))
  expect(Buffer.concat(page.all('client.output').map(({ bytes }) => bytes)).toString()).toMatch(/^HTTP\/1\.1 400 /)
})

test('a request of the terminal can be cancelled', async () => {
  const server = await startServer(`${EDGES}:gated`)
  const gate = join(mkdtempSync(join(tmpdir(), 'edges-')), 'gate')
  onTestFinished(() => writeFileSync(gate, ''))
  const page = await Page.open(server.uiPort)
  page.send({ type: 'client.run', id: 1, line: `curl /?${gate}` })
  await until(() => page.events.some(({ kind }) => kind === 'app.called'))
  page.send({ type: 'client.cancel', id: 1 })
  await until(() => page.all('client.done').length === 1)
  expect(page.all('client.done')).toEqual([{ type: 'client.done', id: 1, code: 42 }])
})

test('the first message is resume, and it comes once', async () => {
  const server = await startServer('hello.ts')
  const page = new Page(server.uiPort)
  await page.opened()
  page.send({ type: 'bytes.get', seq: 0 })
  page.send({ type: 'resume', run: null, next: 0 })
  page.send({ type: 'resume', run: null, next: 0 })
  await until(() => page.all('error').length === 2)
  expect(page.all('error').map(({ message }) => message)).toEqual([
    'the first message is resume',
    'resume comes once, first',
  ])
})

test('invalid messages are answered with an error, and then no more', async () => {
  const server = await startServer('hello.ts')
  const page = new Page(server.uiPort, 'json')
  await page.opened()
  const wrong = ['{', '[]', '{"type":"shell","line":"ls"}', '{"type":"resume","run":1,"next":-1}', Buffer.from([0xc1])]
  for (const message of wrong) page.socket.send(message)
  expect(await page.closed).toBe(1008)
  expect(page.all('error')).toHaveLength(5)
})

test('more messages than a person could cause close the connection', async () => {
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort)
  for (let i = 0; i < 400; i++) page.send({ type: 'bytes.get', seq: 0 })
  expect(await page.closed).toBe(1008)
  expect(page.all('error').at(-1)?.message).toMatch(/messages a second$/)
})

test('a message longer than any may be closes the connection', async () => {
  const server = await startServer('hello.ts')
  const page = new Page(server.uiPort)
  await page.opened()
  page.socket.send(Buffer.alloc(1024 * 1024))
  expect(await page.closed).toBe(1009)
})

test('a page on a server that others can reach may look, but not act', async () => {
  const server = await startServer('hello.ts', '--ui-host', '0.0.0.0')
  const page = await Page.open(server.uiPort)
  page.send({ type: 'client.run', id: 1, line: 'curl /' })
  await until(() => page.all('error').length === 1)
  expect(page.all('hello')).toMatchObject([{ role: 'spectator' }])
  expect(server.log.totals.requests).toBe(0)
})

/** The status of a handshake. */
function upgrade(port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const handshake = request({
      host: '127.0.0.1',
      port,
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
    handshake.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    handshake.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    handshake.on('error', reject)
    handshake.end()
  })
}

test.each([
  [101, '/live', 'localhost:PORT', 'http://localhost:PORT'],
  [101, '/live', '127.0.0.1:PORT', 'http://localhost:PORT'],
  [101, '/live', '[::1]:PORT', undefined],
  [403, '/live', 'localhost:PORT', 'http://evil.example'],
  [403, '/live', 'localhost:PORT', 'http://localhost:1'],
  [403, '/live', 'localhost:PORT', 'https://localhost:PORT'],
  [403, '/live', 'localhost:PORT', 'null'],
  [403, '/live', 'evil.example:PORT', undefined],
  [403, '/live', 'localhost', undefined],
  [403, '/live', 'localhost.evil.example:PORT', 'http://localhost.evil.example:PORT'],
  [404, '/other', 'localhost:PORT', undefined],
])('%i for %s at Host %s from Origin %s', async (status, path, host, origin) => {
  const server = await startServer('hello.ts')
  const here = (text: string) => text.replace('PORT', String(server.uiPort))
  const headers = { Host: here(host), ...(origin === undefined ? {} : { Origin: here(origin) }) }
  expect(await upgrade(server.uiPort, path, headers)).toBe(status)
})
