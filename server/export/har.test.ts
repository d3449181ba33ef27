import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hasKind } from '../../shared/trace/query.ts'
import { exchangeDuration } from '../../shared/trace/times.ts'
import { openClient, startServer, type TestServer, until } from '../testing/harness.ts'
import { MOST_DECODED } from './content.ts'
import { exchange, file } from './testing/exported.ts'
import { Har } from './testing/har12.ts'

const CONTENTS = new URL('../testing/apps/contents.ts', import.meta.url).pathname
const EDGES = new URL('../testing/apps/edges.ts', import.meta.url).pathname

async function entryOf(server: TestServer, id: number, query = '') {
  const har = Har.parse(JSON.parse((await file(server, id, 'har', query)).toString()))
  const [entry] = har.log.entries
  if (entry === undefined) throw new Error('no entry')
  return entry
}

const get = (target: string, host = 'a') => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`

test('the HAR of an exchange is HAR 1.2', async () => {
  const server = await startServer('hello.ts')
  const head =
    'POST /?name=a%20b&x HTTP/1.1\r\nHost: a:1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n'
  const id = await exchange(server, `${head}3\r\nk=v\r\n2\r\n&l\r\n0\r\n\r\n`)
  expect(await entryOf(server, id)).toMatchObject({
    request: {
      method: 'POST',
      url: 'http://a:1/?name=a%20b&x',
      queryString: [
        { name: 'name', value: 'a b' },
        { name: 'x', value: '' },
      ],
      postData: { text: 'k=v&l', params: [{ name: 'k', value: 'v' }, { name: 'l' }] },
      headersSize: head.length,
      bodySize: 5,
    },
    response: {
      status: 200,
      statusText: 'OK',
      content: { size: 30, text: 'Hello, a b!\nYou sent 5 bytes.\n' },
      bodySize: 30,
    },
  })
})

test.each([
  ['GET', get('/a')],
  ['JSON', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'],
  [
    'multipart with a NUL',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5\r\n\r\n--b\0\xff',
  ],
  [
    'multipart of 200 kB',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 200000\r\n\r\n${'--b\0\xff'.repeat(40_000)}`,
  ],
  ['HEAD with a body', 'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a Host that is none', get('/', 'a b')],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['header fields above 127', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \xff\r\nCookie: a=\xe4\xbd\xa0; =; b\r\n\r\n'],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01'],
  ['nonsense', 'nonsense\r\n\r\n'],
])('also of %s', async (_, bytes) => {
  const server = await startServer('echo.ts')
  const id = await exchange(server, bytes)
  await entryOf(server, id)
  await entryOf(server, id, '?secrets=1')
})

test('also of each of several pipelined requests, and behind a tap', async () => {
  const behind = await startServer('echo.ts')
  const tap = await startServer('tap', '--to', `127.0.0.1:${behind.port}`)
  for (const server of [behind, tap]) {
    const id = await exchange(server, get('/1') + get('/2') + get('/3'), 3)
    for (const [i, path] of ['/3', '/2', '/1'].entries()) {
      const { request, response } = await entryOf(server, id - i)
      expect(request).toMatchObject({ url: `http://a${path}`, headersSize: get(path).length, bodySize: 0 })
      expect(response.content.text).toContain(path)
    }
  }
})

test('also of the sixty-line server, which answers with whatever it is given', async () => {
  const server = await startServer('echo.py:app', '--server', 'sixty-lines')
  const { request, response } = await entryOf(server, await exchange(server, get('/a?b')))
  expect(request.url).toBe('http://a/a?b')
  expect(response.status).toBe(200)
})

test.each([
  ['/\xe4\xbd\xa0?q=\xe5\xa5\xbd', 'http://a/%E4%BD%A0?q=%E5%A5%BD'],
  ['/a"b<c>d\\e^f`g{h|i}?j[]=1', 'http://a/a%22b%3Cc%3Ed%5Ce%5Ef%60g%7Bh%7Ci%7D?j%5B%5D=1'],
  ['/100%/%zz/%20?%', 'http://a/100%25/%25zz/%20?%25'],
  ['//a//b', 'http://a//a//b'],
])('the URL of %j is percent-encoded', async (target, url) => {
  const server = await startServer('echo.ts')
  expect((await entryOf(server, await exchange(server, get(target)))).request.url).toBe(url)
})

test('the URL of an absolute target is its own', async () => {
  const server = await startServer('echo.ts')
  const id = await exchange(server, get('HTTP://B.test:80/x?y', 'b.test'))
  expect((await entryOf(server, id)).request.url).toBe('http://B.test:80/x?y')
})

describe('the text of a body is decoded', () => {
  test.each([
    ['/gzip', 900],
    ['/x-gzip', 900],
    ['/deflate', 900],
    ['/deflate-raw', 900],
    ['/br', 900],
    ['/twice', 900],
  ])('%s, with the sizes of both', async (path, size) => {
    const server = await startServer(`${CONTENTS}:contents`)
    const { content, bodySize } = (await entryOf(server, await exchange(server, get(path)))).response
    expect(content.text).toBe('decoded text\n'.repeat(70).slice(0, size))
    expect(content).toMatchObject({ size, compression: size - bodySize })
    expect(content.encoding).toBe(undefined)
    expect(bodySize).toBeLessThan(100)
  })

  test.each([
    ['/iso-2022-jp', '日本'],
    ['/shift_jis', '日本'],
    ['/gbk', '你好'],
    ['/latin-1', 'café'],
    ['/utf-16', 'hi'],
    ['/utf-16-bom', 'hi'],
    ['/utf-16-unsaid', 'hi'],
    ['/meta', '<meta charset="gbk">你'],
    ['/unknown', '你'],
    ['/identity', 'decoded text\n'.repeat(70).slice(0, 900)],
  ])('%s, from its charset', async (path, text) => {
    const server = await startServer(`${CONTENTS}:contents`)
    const { content } = (await entryOf(server, await exchange(server, get(path)))).response
    expect(content.text).toBe(text)
    expect(content).not.toHaveProperty('encoding')
    expect(content).not.toHaveProperty('compression')
  })

  test.each([
    ['/binary', 'AP+A', undefined],
    ['/zstd', 'KLUv/QQA', 'the content coding zstd was not undone'],
  ])('but %s is base64', async (path, text, comment) => {
    const server = await startServer(`${CONTENTS}:contents`)
    const { content } = (await entryOf(server, await exchange(server, get(path)), '?secrets=1')).response
    expect(content).toMatchObject({ text, encoding: 'base64' })
    expect(content.comment).toBe(comment)
  })

  test('as far as it is what it says it is', async () => {
    const server = await startServer(`${CONTENTS}:contents`)
    const not = (await entryOf(server, await exchange(server, get('/not-gzip')))).response.content
    expect(not).toMatchObject({ text: 'plain after all', comment: expect.stringMatching(/^this is not gzip: /) })
    const cut = (await entryOf(server, await exchange(server, get('/cut')))).response.content
    expect('decoded text\n'.repeat(70)).toContain(cut.text)
    expect(cut.text?.length).toBeGreaterThan(13)
  })

  test('but no more of it than a limit', async () => {
    const server = await startServer(`${CONTENTS}:contents`)
    const { content, bodySize } = (await entryOf(server, await exchange(server, get('/bomb')), '?secrets=1')).response
    expect(bodySize).toBeLessThan(100_000)
    expect(content.size).toBe(MOST_DECODED)
    expect(content.text?.length).toBe(MOST_DECODED)
    expect(content.comment).toMatch(/^the first 8388608 bytes of what the gzip stands for: it goes on$/)
  })

  test('of a request as well', async () => {
    const server = await startServer('echo.ts')
    const body = gzipSync('{"a": 1}').toString('latin1')
    const id = await exchange(
      server,
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const { request } = await entryOf(server, id)
    expect(request.postData).toMatchObject({ text: '{"a": 1}', comment: 'sent as gzip' })
    expect(request.bodySize).toBe(body.length)
  })
})

describe('cookies', () => {
  test('have their attributes', async () => {
    const server = await startServer(`${CONTENTS}:cookies`)
    const { response, startedDateTime } = await entryOf(server, await exchange(server, get('/')), '?secrets=1')
    const [sid, theme, old, nameless] = response.cookies
    expect(sid).toEqual({
      name: 'sid',
      value: 'abcdefgh',
      path: '/',
      expires: '2035-10-21T07:28:00.000Z',
      httpOnly: true,
    })
    expect(theme).toMatchObject({
      name: 'theme',
      value: 'dark',
      domain: 'a.test',
      secure: true,
      comment: 'SameSite=Lax; Max-Age=60',
    })
    const age = Date.parse(theme?.expires ?? '') - Date.parse(startedDateTime)
    expect(Math.round(age / 60_000)).toBe(1)
    expect(old).toEqual({ name: 'old', value: '', expires: '1970-01-01T00:00:00.000Z' })
    expect(nameless).toEqual({ name: '', value: 'nameless' })
  })

  test('keep their names and attributes when their values are masked', async () => {
    const server = await startServer(`${CONTENTS}:cookies`)
    const id = await exchange(server, 'GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=two words; c="x"\r\n\r\n')
    const { request, response, comment } = await entryOf(server, id)
    expect(request.cookies).toEqual([
      { name: 'a', value: '*' },
      { name: 'b', value: '*********' },
      { name: 'c', value: '***' },
    ])
    expect(response.cookies.map(({ name, value, path, domain }) => [name, value, path, domain])).toEqual([
      ['sid', '********', '/', undefined],
      ['theme', '****', undefined, 'a.test'],
      ['old', '', undefined, undefined],
      ['', '********', undefined, undefined],
    ])
    expect(comment).toBe(
      'answered by the application; masked, unless asked for with ?secrets=1: Cookie a, Cookie b, Cookie c, Set-Cookie sid, Set-Cookie theme, Set-Cookie',
    )
  })
})

describe('the times of an exchange', () => {
  test('are those of the page and the NDJSON', async () => {
    const server = await startServer('hello.ts')
    const id = await exchange(server, get('/'))
    const { time, startedDateTime } = await entryOf(server, id)
    const events = server.log.exchange(id) ?? []
    expect(time).toBeCloseTo((exchangeDuration(events) ?? 0) / 1000, 6)
    expect(Date.parse(startedDateTime)).toBeGreaterThan(0)
    const [line = ''] = (await file(server, id, 'ndjson')).toString().split('\n')
    expect(time * 1000).toBeCloseTo(JSON.parse(line).took, 3)
  })

  test('count a wait from the end of the request, and a 100 is no answer', async () => {
    const server = await startServer('echo.ts')
    const client = await openClient(server.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n')
    await until(() => client.received.includes('100 Continue'))
    client.send('abc')
    await until(() => hasKind(server.log.exchange(1) ?? [], 'response.answered'))
    const { timings, response } = await entryOf(server, 1)
    const events = server.log.exchange(1) ?? []
    const body = events.findLast(({ kind }) => kind === 'socket.received')?.at ?? 0
    const head = events.find(({ kind, at }) => kind === 'socket.sent' && at > body)?.at ?? 0
    expect(timings.wait).toBeCloseTo((head - body) / 1000, 6)
    expect(timings.send).toBeCloseTo(
      (body - (events.find(({ kind }) => kind === 'socket.received')?.at ?? 0)) / 1000,
      6,
    )
    expect(response.status).toBe(200)
  })
})

describe('a torn response is marked', () => {
  const TORN = 'torn: the connection ended before the response did'

  test('of an application that promised more', async () => {
    const server = await startServer(`${EDGES}:endless`)
    const client = await openClient(server.port)
    client.send(get('/'))
    await until(() => client.received.length > 0)
    client.socket.destroy()
    await until(() => hasKind(server.log.exchange(1) ?? [], 'response.answered'))
    expect((await entryOf(server, 1)).response.comment).toBe(TORN)
  })

  test('of a server behind a tap', async () => {
    const server = createServer((socket: Socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const tap = await startServer('tap', '--to', `127.0.0.1:${port}`)
    const client = await openClient(tap.port)
    client.send(get('/'))
    await until(() => client.received.includes('abc'))
    client.socket.end()
    await until(() => hasKind(tap.log.exchange(1) ?? [], 'connection.closed'))
    const { response } = await entryOf(tap, 1)
    expect(response.comment).toBe(TORN)
    expect(response.content.text).toBe('abc')
  })

  test('and one that is whole is not', async () => {
    const server = await startServer('hello.ts')
    expect((await entryOf(server, await exchange(server, get('/')))).response.comment).toBe(undefined)
  })
})

test('a request that did not come to its end is marked', async () => {
  const behind = await startServer('echo.ts')
  const tap = await startServer('tap', '--to', `127.0.0.1:${behind.port}`)
  const client = await openClient(tap.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
  await until(() => hasKind(tap.log.exchange(1) ?? [], 'request.header'))
  client.socket.destroy()
  await until(() => hasKind(tap.log.exchange(1) ?? [], 'connection.closed'))
  const { request } = await entryOf(tap, 1)
  expect(request).toMatchObject({ bodySize: 3, comment: 'torn: the body did not come to its end' })
})
