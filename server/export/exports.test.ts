import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { readTrace } from '../../shared/trace/file.ts'
import { requestOf } from '../../shared/trace/message.ts'
import { startServer, type TestServer } from '../testing/harness.ts'
import { again, exchange, fieldsOf, file, receivedOf, tshark } from './testing/exported.ts'
import { Har } from './testing/har12.ts'

const EDGES = new URL('../testing/apps/edges.ts', import.meta.url).pathname

const SECRET = 'session=t0p-s3cret; theme=dark'

const withSecrets = (server: TestServer) =>
  exchange(
    server,
    `GET /?q HTTP/1.1\r\nHost: a\r\nCookie: ${SECRET}\r\nAuthorization:  Basic dXNlcjpwYXNz \r\nX-Open: yes\r\n\r\n`,
  )

test('secrets are masked at the same length in every event that carries them, unless asked for', async () => {
  const server = await startServer(`${EDGES}:indiscreet`)
  const id = await withSecrets(server)
  const masked = (await file(server, id, 'ndjson')).toString()
  const plain = (await file(server, id, 'ndjson', '?secrets=1')).toString()
  const { events } = readTrace(masked)
  const whole = readTrace(plain).events
  const decoded = (list: readonly TraceEvent[]) =>
    list.map(
      (event) => JSON.stringify(event) + ('bytes' in event ? Buffer.from(event.bytes ?? []).toString('latin1') : ''),
    )
  for (const secret of [SECRET, 'dXNlcjpwYXNz', 's3cr3t-of-the-server']) {
    expect(decoded(whole).some((text) => text.includes(secret))).toBe(true)
    expect(decoded(events).filter((text) => text.includes(secret))).toEqual([])
  }
  expect(receivedOf(events)).toBe(
    receivedOf(whole).replace(SECRET, 'session=**********; theme=****').replace('Basic dXNlcjpwYXNz', '*'.repeat(18)),
  )
  const lengths = (list: readonly TraceEvent[]) => list.map((event) => ('bytes' in event ? event.bytes?.length : null))
  expect(lengths(events)).toEqual(lengths(whole))
})

test('the secrets of a request that was refused before its headers were parsed are masked too', async () => {
  const server = await startServer(`${EDGES}:indiscreet`)
  const id = await exchange(server, `GET / HTTP/1.1\r\nAuthorization: Bearer abcdef\r\nHost : a\r\n\r\n`)
  const { events } = readTrace((await file(server, id, 'ndjson')).toString())
  expect(receivedOf(events)).toBe('GET / HTTP/1.1\r\nAuthorization: *************\r\nHost : a\r\n\r\n')
})

test('the NDJSON of an exchange is a trace of its own', async () => {
  const server = await startServer('echo.ts')
  await exchange(server, 'GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
  const id = await exchange(server, 'POST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')
  const { header, events } = readTrace((await file(server, id, 'ndjson')).toString())
  expect(header.run).toBe(server.run)
  expect(events.filter(({ kind }) => kind !== 'app.source')[0]?.kind).toBe('connection.opened')
  expect(new Set(events.map((event) => event.exchange))).toEqual(new Set([null, id]))
  expect(receivedOf(events)).toBe('POST /second HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')
})

test('the NDJSON of an exchange has the texts that it points into, as they were, before what points into them', async () => {
  const server = await startServer('hello.ts')
  const id = await exchange(server, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const { events } = readTrace((await file(server, id, 'ndjson')).toString())
  const [called] = events.flatMap((event) => (event.kind === 'app.called' ? [event] : []))
  const [source] = events.flatMap((event) => (event.kind === 'app.source' ? [event] : []))
  expect(source).toMatchObject({ file: called?.file, text: readFileSync(called?.file ?? '', 'utf8') })
  expect(source?.seq).toBeLessThan(called?.seq ?? 0)
  // A later version of the file is not what was called.
  server.log.note({ kind: 'app.source', file: called?.file ?? '', language: 'typescript', text: 'new', version: 2 })
  const later = readTrace((await file(server, id, 'ndjson')).toString()).events
  expect(later.flatMap((event) => (event.kind === 'app.source' ? [event.text] : []))).toEqual([source?.text])
})

test('Wireshark reads the pcapng of an exchange as HTTP over a sound TCP connection', async () => {
  const server = await startServer(`${EDGES}:large`)
  const id = await exchange(server, 'GET /path?100000 HTTP/1.1\r\nHost: a\r\n\r\n')
  const fields = ['http.request.full_uri', 'http.response.code', 'http.file_data']
  const messages = await tshark(server, id, '-Y', 'http', ...fieldsOf(...fields))
  expect(messages[0]).toMatch(/^http:\/\/a\/path\?100000\t/)
  expect(messages[1]).toMatch(/^\t200\t0123456789/)
  const sound = ['tcp.checksum.status', 'ip.checksum.status', 'tcp.analysis.flags', 'tcp.flags.str']
  const packets = await tshark(server, id, ...fieldsOf(...sound))
  expect(packets.map((line) => line.split('\t').slice(0, 3).join())).toEqual(packets.map(() => '1,1,'))
  expect(packets.slice(0, 3).map((line) => line.split('\t')[3]?.replaceAll('·', ''))).toEqual(['S', 'AS', 'A'])
})

const BEYOND = 3_000_000
const BEYOND_KEPT = `POST /path HTTP/1.1\r\nHost: a\r\nContent-Length: ${BEYOND}\r\n\r\n${'0123456789'.repeat(BEYOND / 10)}`

/** Bytes of the connection that were not kept. */
const lostOf = (server: TestServer, id: number): number =>
  (server.log.exchange(id) ?? []).reduce(
    (sum, event) =>
      event.kind === 'socket.received' || event.kind === 'socket.sent'
        ? sum + event.length - (event.bytes?.length ?? 0)
        : sum,
    0,
  )

describe('of a body that was not kept to its end', () => {
  test('every file says in a header how many bytes it comes without, and one of a small body says nothing', async () => {
    const server = await startServer('hello.ts')
    const [large, small] = [await exchange(server, BEYOND_KEPT), await exchange(server, 'GET / HTTP/1.0\r\n\r\n')]
    const lost = lostOf(server, large)
    expect(lost).toBeGreaterThan(1_000_000)
    for (const format of ['ndjson', 'har', 'pcapng', 'curl']) {
      const at = (id: number) => `http://127.0.0.1:${server.uiPort}/api/exchanges/${id}.${format}`
      expect((await fetch(at(large))).headers.get('Wsgiscope-Missing-Bytes')).toBe(String(lost))
      expect((await fetch(at(small))).headers.get('Wsgiscope-Missing-Bytes')).toBe(null)
    }
  })

  test('the header of the NDJSON counts what is null in it', async () => {
    const server = await startServer('hello.ts')
    const id = await exchange(server, BEYOND_KEPT)
    const { header } = readTrace((await file(server, id, 'ndjson')).toString())
    expect(header.missing).toBe(lostOf(server, id))
    const small = await exchange(server, 'GET / HTTP/1.0\r\n\r\n')
    expect(readTrace((await file(server, small, 'ndjson')).toString()).header).not.toHaveProperty('missing')
  })

  test('the HAR gives the size of the whole, and says that its text is the beginning', async () => {
    const server = await startServer('hello.ts')
    const id = await exchange(server, BEYOND_KEPT)
    const [entry] = Har.parse(JSON.parse((await file(server, id, 'har')).toString())).log.entries
    const kept = entry?.request.postData?.text.length ?? 0
    expect(kept).toBeGreaterThan(900_000)
    expect(entry?.request).toMatchObject({
      bodySize: BEYOND,
      postData: { comment: `the first ${kept} of ${BEYOND} bytes: the rest was not kept` },
    })
  })

  test('of one large write the head and the beginning are kept', async () => {
    const server = await startServer(`${EDGES}:large`)
    const id = await exchange(server, `GET /?${BEYOND} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const [entry] = Har.parse(JSON.parse((await file(server, id, 'har')).toString())).log.entries
    expect(entry?.response).toMatchObject({ status: 200, statusText: 'OK', bodySize: BEYOND })
    expect(entry?.response.content.text?.length).toBeGreaterThan(900_000)
    expect(entry?.response.content.comment).toMatch(
      new RegExp(`^the first \\d+ of ${BEYOND} bytes: the rest was not kept`),
    )
  })

  test('the curl command says that it sends the beginning, and sends it', async () => {
    const server = await startServer('hello.ts')
    const id = await exchange(server, BEYOND_KEPT.replace('Host: a', `Host: 127.0.0.1:${server.port}`))
    const command = (await file(server, id, 'curl')).toString()
    const kept = Number(
      /^# Of the body this sends the first (\d+) of 3000000 bytes: the rest was not kept\.\n/.exec(command)?.[1],
    )
    expect(kept).toBeGreaterThan(900_000)
    const next = await again(server, id, 'bash')
    expect(requestOf(server.log.exchange(next) ?? []).bodyLength).toBe(kept)
  })

  test('Wireshark sees packets that were captured in part, and a sound connection', async () => {
    const server = await startServer('hello.ts')
    const id = await exchange(server, BEYOND_KEPT)
    const fields = [
      'frame.len',
      'frame.cap_len',
      'frame.comment',
      'tcp.analysis.flags',
      'ip.checksum.status',
      'tcp.seq',
    ]
    const packets = await tshark(server, id, ...fieldsOf(...fields))
    const rows = packets.map((line) => line.split('\t'))
    const cut = rows.filter(([length, captured]) => length !== captured)
    const missing = cut.map(([length, captured]) => Number(length) - Number(captured))
    expect(missing.reduce((sum, bytes) => sum + bytes, 0)).toBe(lostOf(server, id))
    expect(cut.map(([, , comment]) => comment)).toEqual(missing.map((bytes) => `${bytes} bytes were not kept`))
    expect(rows.map(([, , , flags, checksum]) => [flags, checksum])).toEqual(rows.map(() => ['', '1']))
    const clientsEnd = 1 + BEYOND_KEPT.length
    expect(rows.at(-2)?.[5]).toBe(String(clientsEnd))
  })
})
