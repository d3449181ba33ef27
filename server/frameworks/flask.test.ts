/** Flask behind the real server: what it answers, who is said to have answered, and what the trace shows of it. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openClient, until } from '../testing/harness.ts'
import { pythonWith } from './testing/interpreter.ts'
import { type Served, serve } from './testing/served.ts'

const FOLDER = fileURLToPath(new URL('testing/flask', import.meta.url))
const SHOP = join(FOLDER, 'shop.py')
const SOURCE = readFileSync(SHOP, 'utf8')
const lineOf = (text: string): number => SOURCE.split('\n').findIndex((line) => line.includes(text)) + 1

const python = pythonWith('flask')

describe.skipIf(python === null)('a Flask application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  let shop: Served
  beforeAll(async () => {
    shop = await serve('shop:app', FOLDER, python ?? '')
  })
  afterAll(async () => {
    await shop.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each([
    ['a route', '/', [], 200, 'the shop\n'],
    ['a converter', '/hello/%E4%BD%A0', [], 200, 'hello, 你\n'],
    ['a converter that makes a number, in a blueprint', '/api/items/7', [], 200, /"kind": ?"int", ?"number": ?7/],
    ['a converter that takes slashes', '/api/files/a/b%20c.txt', [], 200, /"name": ?"a\/b c.txt"/],
    ['a converter that does not fit', '/api/items/seven', [], 404, 'nothing here: /api/items/seven\n'],
    ['a handler of errors', '/nowhere', [], 404, 'nothing here: /nowhere\n'],
    ['a method that there is not', '/login', [], 405, /Method Not Allowed/],
    ['OPTIONS', '/login', ['-X', 'OPTIONS'], 200, ''],
    ['HEAD', '/', ['--head'], 200, ''],
    ['what before_request answers', '/closed', ['-H', 'X-Visitor: Ada'], 503, 'closed, Ada\n'],
    ['abort()', '/teapot', [], 418, /teapot/],
    ['a form without the field that is needed', '/login', ['-d', 'cart=a'], 400, /Bad Request/],
  ] as const)('%s is answered by the application, and nothing is found', async (_, path, args, status, text) => {
    const answer = await shop.curl(path, ...args)
    expect(answer.status).toBe(status)
    if (typeof text === 'string') expect(answer.text).toBe(text)
    else expect(answer.text).toMatch(text)
    expect(answer.exchange.answered).toBe(`application ${status}`)
    expect(answer.exchange.findings).toEqual([])
  })

  test('a redirect of its own, and one to the slash', async () => {
    const own = await shop.curl('/old')
    expect([own.status, own.headers.get('location')]).toEqual([302, '/hello/new'])
    const slash = await shop.curl('/folder')
    expect(slash.status).toBe(308)
    expect(slash.headers.get('location')).toMatch(/\/folder\/$/)
    expect((await shop.curl('/folder', '--location')).text).toContain('with a slash')
  })

  test('what the gateway refuses never reaches it', async () => {
    const { status, exchange } = await shop.curl('/', '-H', 'No Name: x')
    expect(status).toBe(400)
    expect(exchange.answered).toBe('gateway 400')
    expect(exchange.all('app.called')).toEqual([])
  })

  test('a session is set by a form, and read back from its cookie', async () => {
    const login = await shop.curl('/login', '-d', 'user=ada&cart=tea&cart=cup')
    expect([login.status, login.headers.get('location')]).toEqual([303, '/cart'])
    const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    expect(cookie).toMatch(/^session=/)
    const { text, exchange } = await shop.curl('/cart', '-H', `Cookie: ${cookie}`)
    expect(JSON.parse(text)).toEqual({ user: 'ada', cart: ['tea', 'cup'] })
    expect(exchange.one('environ.built').entries).toContainEqual(
      expect.objectContaining({ key: 'HTTP_COOKIE', value: cookie }),
    )
    expect(login.exchange.all('input.read').reduce((sum, { returned }) => sum + returned, 0)).toBe(26)
    expect(login.exchange.findings).toEqual([])
  })

  test('a generator is sent piece by piece, while it runs', async () => {
    const go = join(folder, 'go')
    const id = shop.requests + 1
    const client = await openClient(shop.port)
    client.send(`GET /ticker?go=${go} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    await until(() => client.received.includes('two\n'))
    expect(client.received).not.toContain('three')
    expect(shop.events.filter(({ exchange, kind }) => exchange === id && kind === 'response.answered')).toEqual([])
    writeFileSync(go, '')
    await client.ended
    expect(client.received).toMatch(/\r\nthree, for \/ticker\n\r\n0\r\n\r\n$/)
    const exchange = await shop.exchange(id)
    const order = exchange.events.map(({ kind }) => kind).filter((kind) => /yielded|sent/.test(kind))
    expect(order.slice(0, 6)).toEqual(Array(3).fill(['app.yielded', 'socket.sent']).flat())
    expect(exchange.one('app.returned').length).toBeNull()
    expect(exchange.findings).toEqual([])
  })

  test('an upload arrives as it was sent', async () => {
    const file = join(folder, 'numbers.bin')
    const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, n) => (n * n) >> 3))
    writeFileSync(file, bytes)
    const { text, exchange } = await shop.curl('/upload', '-F', 'note=numbers, 数', '-F', `file=@${file}`)
    expect(JSON.parse(text)).toEqual({
      name: 'numbers.bin',
      note: 'numbers, 数',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(exchange.findings).toEqual([])
  })

  test('a file goes out through wsgi.file_wrapper, whole, in part, and not at all where it is known', async () => {
    const whole = await shop.curl('/source')
    expect(whole.text).toBe(SOURCE)
    expect(whole.exchange.all('app.yielded').length).toBe(Math.ceil(SOURCE.length / 8192))
    const part = await shop.curl('/source', '-H', 'Range: bytes=3-8')
    expect([part.status, part.text]).toEqual([206, SOURCE.slice(3, 9)])
    const known = await shop.curl('/source', '-H', `If-None-Match: ${whole.headers.get('etag')}`)
    expect([known.status, known.text]).toEqual([304, ''])
    const head = await shop.curl('/source', '--head')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(SOURCE.length)])
    for (const { exchange } of [whole, part, known, head]) expect(exchange.findings).toEqual([])
  })

  test('a 204 of a text has a Content-Type, and that is remarked on', async () => {
    const { status, exchange } = await shop.curl('/gone')
    expect(status).toBe(204)
    expect(exchange.findings).toEqual(['content-type-forbidden'])
  })

  test('an exception in a view is answered by Flask, not by the server, and its traceback is in the log', async () => {
    const { status, text, exchange } = await shop.curl('/broken')
    expect([status, exchange.answered]).toEqual([500, 'application 500'])
    expect(text).toContain('Internal Server Error')
    expect(text).not.toContain('ZeroDivisionError')
    expect(exchange.all('app.raised')).toEqual([])
    const log = exchange.all('log.line').map(({ text }) => text)
    expect(log).toContainEqual(`  File "${SHOP}", line ${lineOf('1 // 0')}, in broken`)
    expect(log.at(-1)).toMatch(/^ZeroDivisionError/)
    const line = lineOf('1 // 0')
    const caught = exchange.one('app.caught')
    expect(caught).toMatchObject({ type: 'ZeroDivisionError', message: expect.stringContaining('by zero') })
    expect(caught.traceback).toContain(`File "${SHOP}", line ${line}, in broken`)
    expect(caught.stack).toEqual([
      { file: SHOP, line, function: expect.stringContaining('broken') },
      { folded: expect.any(Number), of: ['flask'] },
    ])
    expect(exchange.one('app.startResponse').answer).toMatchObject({ file: SHOP, line })
    expect(exchange.findings).toEqual([])
  })

  test('the line that made it is where it is; no line of its own called start_response, which is said', async () => {
    const { exchange } = await shop.curl('/')
    expect(exchange.one('app.called')).toMatchObject({
      callable: 'Flask.__call__',
      file: SHOP,
      line: lineOf('app = create'),
    })
    const [frame, ...others] = exchange.one('app.startResponse').stack
    expect(others).toEqual([])
    expect(frame).toMatchObject({ of: ['werkzeug', 'flask'] })
    const sources = shop.events.flatMap((event) => (event.kind === 'app.source' ? [event.file] : []))
    expect(sources).toEqual([SHOP])
  })

  test.each([
    ['a view', '/', 'return "the shop'],
    ['a view that redirects', '/old', 'return redirect(url_for("hello"'],
    ['a hook that answers in place of the view', '/closed', 'return "closed, %s'],
    ['a handler of errors', '/nowhere', 'return "nothing here'],
    ['what a view raised', '/teapot', 'abort(418)'],
  ])('%s is said to be where the answer comes from, with its line', async (_, path, text) => {
    const { exchange } = await shop.curl(path, ...(path === '/closed' ? ['-H', 'X-Visitor: Ada'] : []))
    expect(exchange.one('app.startResponse').answer).toMatchObject({ file: SHOP, line: lineOf(text) })
    expect(exchange.all('app.caught')).toEqual([])
  })

  test.each([
    ['a form that is asked for a field', '/login', ['-d', 'user=ada'], 'request.form["user"]'],
    ['an upload that is asked for a file', '/upload', ['-F', 'note=n', '-F', `file=@${SHOP}`], 'request.files["file"]'],
  ])('what is read below it is told with the line of the view: %s', async (_, path, args, text) => {
    const { exchange } = await shop.curl(path, ...args)
    const lines = exchange.all('input.read').map(({ frame }) => frame?.line)
    expect(new Set(lines)).toEqual(new Set([lineOf(text)]))
  })

  test('what is returned is told with the line of the view, and what is streamed with the yield', async () => {
    const go = join(folder, 'went')
    writeFileSync(go, '')
    const { exchange } = await shop.curl(`/ticker?go=${go}`)
    expect(exchange.one('app.returned').frame).toMatchObject({
      file: SHOP,
      line: lineOf('return Response(stream_with'),
    })
    expect(exchange.all('app.yielded').map(({ frame }) => frame?.line)).toEqual(
      ['yield "one', 'yield "two', 'yield "three'].map(lineOf),
    )
  })

  test('a factory is where the application is made', async () => {
    const made = await serve('shop.py:create_app()', FOLDER, python ?? '')
    const { text, exchange } = await made.curl('/hello/factory')
    await made.close()
    expect(text).toBe('hello, factory\n')
    expect(exchange.one('app.called')).toMatchObject({ file: SHOP, line: lineOf('def create_app') })
  })
})
