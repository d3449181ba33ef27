import { describe, expect, test } from 'vitest'
import { shellWord } from '../../shared/commandLine/shellWords.ts'
import { requestOf as messageOf } from '../../shared/trace/message.ts'
import { hasKind } from '../../shared/trace/query.ts'
import { runCommand } from '../client/client.ts'
import { openClient, startServer, type TestServer, until } from '../testing/harness.ts'
import { again, exchange, file, run, runIn, scratchFolder } from './testing/exported.ts'

const SHELLS = ['bash', 'dash'] as const

/** What the application is given, and the body byte for byte: order and spelling of the lines are curl's own. */
function requestOf(server: TestServer, id: number) {
  const events = server.log.exchange(id) ?? []
  const { body, headers, target, version, method } = messageOf(events)
  const entries = events.flatMap((event) => (event.kind === 'environ.built' ? event.entries : []))
  return {
    line: [method, target, version],
    environ: entries
      .filter(({ key }) => key !== 'REMOTE_PORT' && key !== 'HTTP_CONNECTION')
      .map(({ key, value }) => `${key}=${value.replace(/ at 0x[0-9a-f]+/, '')}`)
      .sort(),
    headers: headers
      .filter(([name]) => name !== 'Connection')
      .map(([name, value]) => `${name}: ${value}`)
      .sort(),
    body: body === null ? null : Buffer.from(body).toString('latin1'),
  }
}

const post = (body: string, type = 'application/octet-stream') =>
  `POST /x HTTP/1.1\r\nHost: HERE\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const multipart = (content: string) =>
  post(
    `--b\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n${content}\r\n--b--\r\n`,
    'multipart/form-data; boundary=b',
  )

const EVERY_BYTE = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
const PRINTABLE = EVERY_BYTE.slice(33, 127).replace('#', '')

const REQUESTS: [what: string, bytes: string][] = [
  ['GET', 'GET /a?b=1&c=%20 HTTP/1.1\r\nHost: HERE\r\nUser-Agent: me\r\nAccept: */*\r\n\r\n'],
  ['a Host of another name', 'GET /login HTTP/1.1\r\nHost: shop.test\r\nCookie: sid=1\r\n\r\n'],
  ['a Host of another port', 'GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['an absolute target', 'GET http://shop.test/a?b=[1] HTTP/1.1\r\nHost: shop.test\r\n\r\n'],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: HERE\r\n\r\n'],
  ['a path as it is', 'GET /a/../b/./%2e%2E/c[1-2]{x,y} HTTP/1.1\r\nHost: HERE\r\n\r\n'],
  ['two slashes first', 'GET //a//b HTTP/1.1\r\nHost: HERE\r\n\r\n'],
  ['every printable character of a path', `GET /${PRINTABLE} HTTP/1.1\r\nHost: HERE\r\n\r\n`],
  ['every printable character of a query', `GET /?${PRINTABLE} HTTP/1.1\r\nHost: HERE\r\n\r\n`],
  [
    'bytes above 127',
    "GET /\xe4'\xbd?\xe4\xbd\xa0! HTTP/1.1\r\nHost: HERE\r\nX-Raw: \xff!\r\nX-Text: \xe4\xbd\xa0\r\n\r\n",
  ],
  ['a tab in a value', 'GET / HTTP/1.1\r\nHost: HERE\r\nX-Tab: a\tb\r\n\r\n'],
  ['HEAD', 'HEAD / HTTP/1.1\r\nHost: HERE\r\nAccept: */*\r\nX-Empty:\r\n\r\n'],
  ['HEAD with a body', 'HEAD / HTTP/1.1\r\nHost: HERE\r\nContent-Length: 3\r\n\r\nabc'],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ['HTTP/1.0 with a body', 'POST / HTTP/1.0\r\nHost: HERE\r\nContent-Length: 3\r\n\r\nabc'],
  ['GET with a body', 'GET / HTTP/1.1\r\nHost: HERE\r\nContent-Length: 3\r\n\r\nabc'],
  ['a method of its own', 'm!#$%&*+.^_|~-1 / HTTP/1.1\r\nHost: HERE\r\n\r\n'],
  ['DELETE without a body', 'DELETE / HTTP/1.1\r\nHost: HERE\r\n\r\n'],
  ['POST of nothing', 'POST / HTTP/1.1\r\nHost: HERE\r\nContent-Length: 0\r\n\r\n'],
  ['POST without a length', 'POST / HTTP/1.1\r\nHost: HERE\r\n\r\n'],
  ['a length with zeros', 'POST / HTTP/1.1\r\nHost: HERE\r\nContent-Length: 003\r\n\r\nabc'],
  [
    'header fields that are empty, repeated, quoted',
    'GET / HTTP/1.1\r\nHost: HERE\r\nX-A: 1\r\nX-A: 2\r\nUser-Agent:\r\nAccept:\r\nX-Q: it\'s "$(id)" `id` \\ ;\r\nX-End: a;\r\nX-Under_score: 1\r\n\r\n',
  ],
  ['JSON', post('{"name": "it\'s \xe4\xbd\xa0", "n": 1}\n', 'application/json')],
  ['a form', post("a=it's!&b=%20", 'application/x-www-form-urlencoded')],
  ['a body that looks like a file name', post('@/etc/passwd')],
  ['a body that begins with a hyphen', post('--data @x')],
  ['a body of percent signs and backslashes', post("%s%%\\n\\\\'\\''")],
  ['a body with a last line feed', post('a\n\n')],
  ['every byte', post(EVERY_BYTE)],
  ['a multipart upload with a NUL', multipart('\0\xff\r\n')],
  ['a multipart upload of 200 kB', multipart(EVERY_BYTE.repeat(800))],
  ['text too long for an argument', post('%\n'.repeat(100_000))],
  ['a chunked body', 'POST / HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
  ['a chunked body of nothing', 'POST / HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  [
    'a chunked body of more pieces than its event counts',
    `POST / HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\n-\r\n'.repeat(5000)}0\r\n\r\n`,
  ],
]

describe.each(SHELLS)('in %s, the curl command sends the same request again', (shell) => {
  test('of every kind', async () => {
    const server = await startServer('echo.ts')
    for (const [what, bytes] of REQUESTS) {
      const id = await exchange(server, bytes.replace('HERE', `127.0.0.1:${server.port}`))
      const next = await again(server, id, shell, '?secrets=1')
      expect(requestOf(server, next), what).toEqual(requestOf(server, id))
    }
  })

  test('of a pipelined connection', async () => {
    const server = await startServer('echo.ts')
    const one = (path: string, body: string) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const id = await exchange(server, one('/1', '-') + one('/2', '\0') + one('/3', 'abc'), 3)
    for (const which of [id - 2, id - 1, id]) {
      const next = await again(server, which, shell)
      expect(requestOf(server, next)).toEqual(requestOf(server, which))
    }
  })

  test('that a tap has seen, through the tap', async () => {
    const behind = await startServer('echo.ts')
    const tap = await startServer('tap', '--to', `127.0.0.1:${behind.port}`)
    const id = await exchange(tap, multipart('\0-').replace('HERE', 'shop.test'))
    const next = await again(tap, id, shell)
    expect(requestOf(tap, next)).toEqual(requestOf(tap, id))
    expect(requestOf(behind, 2)).toEqual(requestOf(behind, 1))
  })

  test('that the sixty-line server was sent', async () => {
    const server = await startServer('echo.py:app', '--server', 'sixty-lines')
    const id = await exchange(server, multipart('\0').replace('HERE', 'shop.test'))
    const next = await again(server, id, shell)
    expect(requestOf(server, next)).toEqual(requestOf(server, id))
    expect(requestOf(server, next).headers).toContain('Host: shop.test')
  })
})

test("the page's terminal takes the same command, but for words that only a shell can print", async () => {
  const server = await startServer('echo.ts')
  for (const [what, bytes] of REQUESTS) {
    const id = await exchange(server, bytes.replace('HERE', `127.0.0.1:${server.port}`))
    const command = (await file(server, id, 'curl', '?secrets=1')).toString()
    if (command.includes('"$(printf')) continue
    const said: string[] = []
    const code = await runCommand(command, {
      gateway: { host: '127.0.0.1', port: server.port },
      version: '1',
      signal: new AbortController().signal,
      print: (stream, printed) => (stream === 'error' ? said.push(Buffer.from(printed).toString()) : undefined),
      room: () => null,
      heard: () => undefined,
    })
    expect([code, ...said], what).toEqual([0])
    const next = server.log.totals.requests
    await until(() => hasKind(server.log.exchange(next) ?? [], 'response.answered'))
    expect(requestOf(server, next), what).toEqual(requestOf(server, id))
  }
})

test.each(['0.0.0.0', '::', '::1'])(
  'the command goes to the address that was reached where %s is listened to',
  async (host) => {
    const server = await startServer('echo.ts', '--host', host).catch(() => null)
    if (server === null) return
    const here = host === '0.0.0.0' ? '127.0.0.1' : '[::1]'
    const url = `http://${here}:${server.port}`
    await run('curl', ['-g', '--noproxy', '*', '-H', 'Host: shop.test', `${url}/a[1]`])
    await until(() => hasKind(server.log.exchange(1) ?? [], 'response.answered'))
    const script = await fetch(new URL('/api/exchanges/1.curl', server.ui ?? ''))
    const command = await script.text()
    expect(command).toContain(`${url}/a[1]`)
    await runIn('dash', command)
    await until(() => hasKind(server.log.exchange(2) ?? [], 'response.answered'))
    expect(requestOf(server, 2)).toEqual(requestOf(server, 1))
  },
)

const commandOf = async (server: TestServer, id: number, query = '') =>
  (await file(server, id, 'curl', query)).toString()

test('a proxy that the environment names is passed by', async () => {
  const server = await startServer('echo.ts')
  const id = await exchange(server, 'GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  const command = await commandOf(server, id)
  await runIn(
    'dash',
    `http_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1\nexport http_proxy all_proxy\n${command}`,
  )
  expect(server.log.totals.requests).toBe(2)
})

describe('what curl cannot send is said', () => {
  test('of trailer fields', async () => {
    const server = await startServer('echo.ts')
    const id = await exchange(
      server,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n',
    )
    expect(await commandOf(server, id)).toMatch(/^# curl cannot send trailer fields: 2 of them are left out\.\n/)
    await again(server, id, 'dash')
  })

  test('of a body that did not come to its end, and what came is sent', async () => {
    const behind = await startServer('echo.ts')
    const tap = await startServer('tap', '--to', `127.0.0.1:${behind.port}`)
    for (const framing of ['Content-Length: 10\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\n']) {
      const id = tap.log.totals.requests + 1
      const client = await openClient(tap.port)
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}`)
      await until(() => hasKind(tap.log.exchange(id) ?? [], 'request.header'))
      client.socket.destroy()
      await until(() => hasKind(tap.log.exchange(id) ?? [], 'connection.closed'))
      expect(await commandOf(tap, id)).toContain(
        '# The body did not come to its end: this sends the 3 bytes that came.\n',
      )
      const next = await again(tap, id, 'dash')
      expect(requestOf(tap, next)).toMatchObject({ body: 'abc' })
    }
  })

  test('of a version that curl does not speak', async () => {
    const server = await startServer('echo.ts')
    const id = await exchange(server, 'GET / HTTP/1.2\r\nHost: a\r\n\r\n')
    expect(await commandOf(server, id)).toMatch(/^# curl cannot send HTTP\/1\.2: this sends HTTP\/1\.1\.\n/)
  })

  test('of a refused request', async () => {
    const server = await startServer('echo.ts')
    const id = await exchange(server, 'GET / HTTP/1.1\r\n\r\n')
    expect(await commandOf(server, id)).toMatch(/^# The gateway refused this request with 400 [a-z-]+: curl may/)
  })

  test('of a first line that could not be read', async () => {
    const server = await startServer('echo.ts')
    const id = await exchange(server, '\x16\x03\x01\x02\x00\x01')
    expect(await commandOf(server, id)).toMatch(/^# curl cannot send this request: its first line could not be read/)
  })

  test('of values that are masked, by their names, and how to get them', async () => {
    const server = await startServer('echo.ts')
    const id = await exchange(
      server,
      'GET / HTTP/1.1\r\nHost: a\r\nCookie: sid=abcdefgh\r\nAuthorization: Bearer x\r\n\r\n',
    )
    const command = await commandOf(server, id)
    const [note = ''] = command.split('\n')
    expect(note).toMatch(
      /^# Masked with asterisks: Cookie.*, Authorization\. The address of this file with \?secrets=1 behind it/,
    )
    expect(command).not.toContain('abcdefgh')
    expect(await commandOf(server, id, '?secrets=1')).toMatch(/^curl -i/)
  })
})

test.each([
  ['plain', 'plain'],
  ['', "''"],
  ['~a', "'~a'"],
  ['a=b', 'a=b'],
  ['=b', "'=b'"],
  ['two words', "'two words'"],
  ["it's", "'it'\\''s'"],
  ['\xe4\xbd\xa0', "'你'"],
  ["it's! \xff1%", `"$(printf 'it\\047s\\041 \\3771%%')"`],
  ['-\t', `"$(printf '\\055\\011')"`],
  ['\u00e2\u0080\u00ae', `"$(printf '\\342\\200\\256')"`],
])('%j is quoted as %s, and bash and dash read it as it was', async (bytes, quoted) => {
  expect(shellWord(bytes)).toBe(quoted)
  const script = `${scratchFolder()}/word`
  for (const shell of SHELLS) {
    await run('true', [])
    const { stdout } = await run(shell, ['-c', `printf %s ${quoted}`, script], { encoding: 'latin1' })
    expect(stdout).toBe(bytes)
  }
})
