import { describe, expect, test } from 'vitest'
import { hasKind } from '../../shared/trace/query.ts'
import { openClient, startServer, type TestServer, until } from '../testing/harness.ts'
import { exchange, fieldsOf, receivedOf, tshark } from './testing/exported.ts'

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const chunked = (path: string, end = '0\r\n\r\n') =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n${end}`

/** What Wireshark finds wrong; FIN and the like are remarks, and below a warning. */
const warnings = async (server: TestServer, id: number) =>
  (await tshark(server, id, '-q', '-z', 'expert,warn')).filter((line) => line.trim() !== '')

/** Requests, and which request each answer belongs to. */
const messages = async (server: TestServer, id: number) => ({
  requests: await tshark(server, id, '-Y', 'http.request', ...fieldsOf('http.request.method', 'http.request.uri')),
  answers: await tshark(server, id, '-Y', 'http.response', ...fieldsOf('http.response.code', 'http.response_for.uri')),
})

const PIPELINED: [what: string, requests: [uri: string, bytes: string][]][] = [
  [
    'GET, POST, GET',
    [
      ['/1', 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n'],
      ['/2', post('/2', 'abc')],
      ['/3', post('/3', 'GET')],
    ],
  ],
  [
    'chunked bodies, with trailers and without',
    [
      ['/1', chunked('/1')],
      ['/2', chunked('/2', '0\r\nX-A: b\r\n\r\n')],
      ['/3', chunked('/3', '0;last\r\n\r\n')],
    ],
  ],
  [
    'HEAD with a body',
    [
      ['/1', post('/1', 'abc').replace('POST', 'HEAD')],
      ['/2', post('/2', 'abc')],
    ],
  ],
]

describe.each(PIPELINED)('of a pipelined connection: %s', (_, requests) => {
  const bytes = requests.map(([, own]) => own)

  test.each([
    ['the gateway', async () => startServer('echo.ts')],
    ['a tap', async () => startServer('tap', '--to', `127.0.0.1:${(await startServer('echo.ts')).port}`)],
  ])('the pcapng of each exchange holds that one alone, at its own offsets: %s', async (_, start) => {
    const server = await start()
    const last = await exchange(server, bytes.join(''), bytes.length)
    let offset = 0
    for (const [i, [uri, own]] of requests.entries()) {
      const id = last - requests.length + 1 + i
      const method = own.slice(0, own.indexOf(' '))
      expect(await messages(server, id)).toEqual({ requests: [`${method}\t${uri}`], answers: [`200\thttp://a${uri}`] })
      expect(await warnings(server, id)).toEqual([])
      const sent = await tshark(
        server,
        id,
        '-Y',
        `tcp.dstport==${server.port} && tcp.len > 0`,
        ...fieldsOf('tcp.seq_raw', 'tcp.len'),
      )
      expect(sent).toEqual([`${offset + 1}\t${own.length}`])
      offset += own.length
    }
  })
})

test('the first line that cannot be read is alone in its pcapng, too', async () => {
  const server = await startServer('echo.ts')
  const id = await exchange(server, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n', 2)
  const [line = ''] = await tshark(
    server,
    id,
    '-Y',
    `tcp.dstport==${server.port} && tcp.len > 0`,
    ...fieldsOf('tcp.payload'),
  )
  expect(Buffer.from(line, 'hex').toString()).toBe('nonsense\r\n\r\n')
  expect(receivedOf(server.log.exchange(id) ?? [])).toMatch(/^GET/)
})

test('a request whose bytes came one by one, with a 100 between, is paired with its answer', async () => {
  const server = await startServer('echo.ts')
  const client = await openClient(server.port)
  const request = post('/slow', 'abc').replace('Host: a', 'Host: a\r\nExpect: 100-continue')
  const [head = ''] = request.split(/(?<=\r\n\r\n)/)
  for (const byte of head) client.send(byte)
  await until(() => client.received.includes('100 Continue'))
  client.send('abc')
  await until(() => hasKind(server.log.exchange(1) ?? [], 'response.answered'))
  const { requests, answers } = await messages(server, 1)
  expect(requests).toEqual(['POST\t/slow'])
  expect(answers.at(-1)).toBe('200\thttp://a/slow')
  expect(await warnings(server, 1)).toEqual([])
})
