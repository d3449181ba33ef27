/** Each kind of exchange, taken out in every way there is, and each file given to what it is made for. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readTrace } from '../../shared/trace/file.ts'
import { requestOf } from '../../shared/trace/message.ts'
import { startServer, type TestServer } from '../testing/harness.ts'
import { again, exchange, fieldsOf, file, tshark } from './testing/exported.ts'
import { Har } from './testing/har12.ts'

const CONTENTS = new URL('../testing/apps/contents.ts', import.meta.url).pathname

const post = (type: string, body: string): string =>
  `POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const multipart = (content: string): string =>
  post(
    'multipart/form-data; boundary=b',
    `--b\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n${content}\r\n--b--\r\n`,
  )

const JSON_POST = post('application/json', '{"name": "it\'s \xe4\xbd\xa0"}')
const GET = 'GET /a?b=c%20d HTTP/1.1\r\nHost: a\r\n\r\n'

const KINDS: [what: string, app: string, requests: string[]][] = [
  ['GET', 'echo.ts', [GET]],
  ['a POST of JSON', 'echo.ts', [JSON_POST]],
  ['a multipart upload with a NUL', 'echo.ts', [multipart('\0\xff')]],
  ['a multipart upload of 200 kB', 'echo.ts', [multipart('\0-%\\\'"\r\n\xff'.repeat(22_000))]],
  ['HEAD with a body', 'echo.ts', ['HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc']],
  ['an answer in gzip', `${CONTENTS}:contents`, ['GET /gzip HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n']],
  [
    'a request in gzip',
    'echo.ts',
    [post('text/plain', gzipSync('a').toString('latin1')).replace('Host: a', 'Host: a\r\nContent-Encoding: gzip')],
  ],
  ['three that are pipelined', 'echo.ts', [GET, multipart('\0'), JSON_POST]],
  ['a Host of another name', 'echo.ts', ['GET /login HTTP/1.1\r\nHost: shop.test\r\n\r\n']],
  ['an absolute target', 'echo.ts', ['GET http://shop.test/a HTTP/1.1\r\nHost: shop.test\r\n\r\n']],
]

const WAYS: [where: string, start: (app: string) => Promise<TestServer>][] = [
  ['the gateway', (app) => startServer(app)],
  ['a tap', async (app) => startServer('tap', '--to', `127.0.0.1:${(await startServer(app)).port}`)],
]

describe.each(WAYS)('%s', (_, start) => {
  test.each(KINDS)(
    '%s: bash and dash send it again, Wireshark reads it, HAR 1.2 and a trace it is',
    async (_, app, requests) => {
      const server = await start(app)
      const last = await exchange(server, requests.join(''), requests.length)
      for (const [i, bytes] of requests.entries()) {
        const id = last - requests.length + 1 + i
        const { method, target, body } = requestOf(server.log.exchange(id) ?? [])
        const sent = { method, target, body: body === null ? null : body.slice() }
        for (const shell of ['bash', 'dash'] as const) {
          expect(requestOf(server.log.exchange(await again(server, id, shell)) ?? [])).toMatchObject(sent)
        }

        const http = await tshark(
          server,
          id,
          '-Y',
          'http',
          ...fieldsOf('http.request.method', 'http.response.code', 'http.request_in'),
        )
        expect(http.map((line) => line.split('\t'))).toEqual([
          [method, '', ''],
          ['', '200', expect.stringMatching(/^\d+$/)],
        ])
        const warned = await tshark(server, id, '-q', '-z', 'expert,warn')
        expect(warned.filter((line) => line.trim() !== '')).toEqual([])

        const har = Har.parse(JSON.parse((await file(server, id, 'har')).toString()))
        expect(har.log.entries).toMatchObject([
          { request: { method, bodySize: body?.length ?? 0 }, response: { status: 200 } },
        ])
        const { events } = readTrace((await file(server, id, 'ndjson')).toString())
        expect(Buffer.from(requestOf(events).body ?? []).toString('latin1')).toBe(
          bytes.slice(bytes.indexOf('\r\n\r\n') + 4),
        )
      }
    },
  )
})
