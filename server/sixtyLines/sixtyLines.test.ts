import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { checkOrder } from '../../shared/testing/checkOrder.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { bytesOf, eventsOfKind } from '../../shared/trace/query.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { openClient, Page, startServer, type TestServer, until } from '../testing/harness.ts'
import { LISTING } from './listingProcess.ts'

const MIRROR = fileURLToPath(new URL('./testing/mirror.py', import.meta.url))

const ELEVEN = [
  ...['wsgi.version', 'wsgi.url_scheme', 'wsgi.input', 'wsgi.errors'],
  ...['wsgi.multithread', 'wsgi.multiprocess', 'wsgi.run_once'],
  ...['REQUEST_METHOD', 'PATH_INFO', 'SERVER_NAME', 'SERVER_PORT'],
]

describe('the listing', () => {
  const source = readFileSync(LISTING, 'utf8')
  const statements = source.replace(/^"""[\s\S]*?"""$/gm, '').replace(/^ *"""[^\n]*"""$/gm, '')

  test('is about sixty lines', () => {
    const lines = statements.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
    expect(lines.length).toBeGreaterThan(45)
    expect(lines.length).toBeLessThanOrEqual(66)
    expect(source.split('\n').length).toBeLessThanOrEqual(75)
  })

  test('needs nothing but four modules of the standard library', () => {
    const imports = [...source.matchAll(/^ *(?:from (\S+) )?import (.*)$/gm)].map(([, from, name]) => from ?? name)
    expect(imports).toEqual(['importlib', 'io', 'socket', 'sys'])
  })
})

/** The program by itself, as a person runs it. Resolves with its port. */
async function startAlone(application: string, python: string): Promise<number> {
  const child = spawn(python, [LISTING, `${MIRROR}:${application}`, '0'], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  return Number(/:(\d+)\/$/.exec(line)?.[1])
}

const startUnder = (application: string, ...words: string[]): Promise<TestServer> =>
  startServer(`${MIRROR}:${application}`, '--server', 'sixty-lines', ...words)

/** Each of the parts is sent when the one before it has been answered. */
async function talk(port: number, parts: readonly string[]): Promise<string> {
  const client = await openClient(port)
  for (const [n, part] of parts.entries()) {
    if (n > 0) await until(() => client.received.includes('\n'))
    client.send(part)
  }
  // A connection with bytes that nobody read is reset, not ended.
  await client.ended.catch(() => undefined)
  client.socket.destroy()
  return client.received
}

/** Connects, and resolves with the error that the connection ends with. */
const knock = (port: number): Promise<string> =>
  new Promise((resolve) => {
    connect({ port, host: '127.0.0.1' }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })

/** Without what differs between any two runs: ports, and where objects lie in memory. */
const steady = (text: string): string => text.replace(/0x[0-9a-f]+/g, '0x').replace(/(SERVER_PORT = )'\d+'/, '$1')

const HEAD = 'Host: localhost\r\nX-Head: 1\r\n'
const CASES: [string, string, string[]][] = [
  ['a query', 'app', [`GET /a%20b?x=1&y=%41 HTTP/1.1\r\n${HEAD}\r\n`]],
  ['a body in the first recv', 'app', [`POST /p HTTP/1.1\r\n${HEAD}Content-Length: 3\r\n\r\nabc`]],
  ['more than 1024 bytes', 'app', [`POST /p HTTP/1.1\r\n${HEAD}Content-Length: 3000\r\n\r\n${'z'.repeat(3000)}`]],
  ['HEAD', 'app', [`HEAD / HTTP/1.1\r\n${HEAD}\r\n`]],
  ['headers in two segments', 'app', ['GET / HTTP/1.1\r\nHost: lo', 'calhost\r\n\r\n']],
  ['garbage', 'app', ['\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03']],
  ['three words that are no HTTP', 'app', ['how are you?\r\n\r\n']],
  ['a request line of two parts', 'app', ['GET /\r\n\r\n']],
  ['bytes that are no UTF-8', 'app', ['GET /\xe9\xff\x85\xa0?\x80 HTTP/1.1\r\nX: \xfe\r\n\r\n\xc3']],
  ['write()', 'written', ['GET / HTTP/1.1\r\n\r\n']],
  ['an application that raises', 'raises', ['GET / HTTP/1.1\r\n\r\n']],
  ['an application that raises after its first chunk', 'raises_late', ['GET / HTTP/1.1\r\n\r\n']],
  ['a close() that nobody calls', 'Closing', ['GET / HTTP/1.1\r\n\r\n']],
  ['a chunk that is no bytes', 'text', ['GET / HTTP/1.1\r\n\r\n']],
  ['no start_response', 'silent', ['GET / HTTP/1.1\r\n\r\n']],
]

describe.each(['python3', '/usr/bin/python3'])('with %s', (python) => {
  test.each(CASES)('%s: alone and watched, the answer is the same to the byte', async (_name, application, parts) => {
    const alone = await talk(await startAlone(application, python), parts)
    const server = await startUnder(application, '--python', python)
    const page = await Page.open(server.uiPort)
    await until(() => page.messages.length >= 2)
    const watched = await talk(server.port, parts)
    expect(steady(watched)).toBe(steady(alone))
    await until(() => page.events.some(({ kind }) => kind === 'connection.closed'))
    checkOrder(page.events)
    expect(passedOn(page.events)).toBe(watched)
  })
})

/** What the trace says was sent to the client. */
const passedOn = (events: readonly TraceEvent[]): string => latin1Decode(bytesOf(events, 'socket.sent'))

/** One request to the end of its connection, and all the events there are then. */
async function traced(application: string, ...parts: string[]): Promise<TraceEvent[]> {
  const server = await startUnder(application)
  const page = await Page.open(server.uiPort)
  await until(() => page.messages.length >= 2)
  await talk(server.port, parts)
  await until(() => eventsOfKind(page.events, 'connection.closed').length === 1)
  checkOrder(page.events)
  return page.events
}

describe('the trace', () => {
  test('has the lines of the application that read, returned and yielded', async () => {
    const source = readFileSync(MIRROR, 'utf8').split('\n')
    const textOf = ({ frame }: { frame?: { line: number } | undefined }) => source[(frame?.line ?? 0) - 1]?.trim()
    const events = await traced('app', 'GET / HTTP/1.1\r\n\r\n')
    expect(eventsOfKind(events, 'input.read').map(textOf)).toEqual(Array(2).fill(source[5]?.trim()))
    expect(eventsOfKind(events, 'app.returned').map(textOf)).toEqual(['def app(environ, start_response):'])
    expect(eventsOfKind(events, 'app.yielded').map(textOf)[0]).toMatch(/^yield /)
    const written = await traced('written', 'GET / HTTP/1.1\r\n\r\n')
    expect(eventsOfKind(written, 'app.returned').map(textOf)).toEqual([source[15]?.trim()])
  })

  test('has an environ of eleven keys, the one that the application was given', async () => {
    const events = await traced('app', CASES[0]?.[2][0] ?? '')
    const entries = eventsOfKind(events, 'environ.built')[0]?.entries ?? []
    expect(entries.map(({ key }) => key)).toEqual(ELEVEN)
    const said = entries.map(({ key, value, type }) => `${key} = ${type === 'str' ? `'${value}'` : value}\n`).join('')
    expect(passedOn(events)).toContain(said)
    expect(entries.find(({ key }) => key === 'PATH_INFO')).toEqual({
      key: 'PATH_INFO',
      value: '/a%20b?x=1&y=%41',
      type: 'str',
      from: { spans: [{ start: 4, end: 20 }], transform: 'identity' },
    })
    expect(entries.find(({ key }) => key === 'REQUEST_METHOD')?.from).toMatchObject({ spans: [{ start: 0, end: 3 }] })
    expect(entries.find(({ key }) => key === 'SERVER_NAME')?.from).toBe('server')
  })

  test('has no header, since nobody reads them, and no query, since nobody looks for one', async () => {
    const events = await traced('app', 'GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(eventsOfKind(events, 'request.header')).toEqual([])
    expect(eventsOfKind(events, 'request.line')).toMatchObject([{ target: '/a?b=c', spans: { query: null } }])
  })

  test('says how much one recv() took, and has the bytes that nobody read', async () => {
    const request = `POST / HTTP/1.1\r\n\r\n${'z'.repeat(2000)}`
    const events = await traced('app', request)
    expect(eventsOfKind(events, 'server.received')).toMatchObject([{ start: 0, length: 1024 }])
    expect(eventsOfKind(events, 'socket.received').reduce((sum, { length }) => sum + length, 0)).toBe(request.length)
  })

  test('tells each step of the application, in its order', async () => {
    const events = await traced('app', 'GET / HTTP/1.1\r\n\r\n')
    const kinds = events.filter(({ exchange }) => exchange === 1).map(({ kind }) => kind)
    const once = kinds.filter((kind, n) => kind !== 'app.line' && kinds.indexOf(kind) === n)
    expect(once).toEqual([
      ...['server.accepted', 'server.received', 'request.line', 'environ.built', 'referee.finding'],
      ...['app.called', 'app.returned'],
      ...['input.read', 'app.startResponse', 'app.yielded', 'response.serialized', 'socket.sent', 'response.answered'],
    ])
    expect(eventsOfKind(events, 'input.read')).toMatchObject([
      { method: 'readline', returned: 16, offset: 0 },
      { method: 'read', returned: 2, offset: 16 },
    ])
    expect(eventsOfKind(events, 'app.called')).toMatchObject([{ callable: 'app', file: MIRROR, line: 4 }])
    expect(eventsOfKind(events, 'app.startResponse')).toMatchObject([
      {
        status: '200 OK',
        headers: [
          ['Content-Type', 'text/plain'],
          ['X-Number', '5'],
        ],
        stack: [{ file: MIRROR, line: 7 }],
      },
    ])
    expect(eventsOfKind(events, 'app.yielded')).toHaveLength(ELEVEN.length + 1)
    const segments = eventsOfKind(events, 'response.serialized').flatMap((event) => event.segments)
    expect(segments.map(({ from }) => from).slice(0, 8)).toEqual([
      ...['server:version', 'status', 'framing', 'header:0', 'framing', 'header:1', 'framing', 'framing'],
    ])
  })

  test('names the packages of the frames between the application and start_response', async () => {
    const events = await traced('through_library', 'GET / HTTP/1.1\r\n\r\n')
    expect(eventsOfKind(events, 'app.startResponse').map(({ stack }) => stack)).toMatchObject([
      [{ of: ['contextlib'] }, { file: MIRROR, function: 'through_library' }],
    ])
  })

  test('tells each line of the program before it runs, with its variables while somebody watches', async () => {
    const source = readFileSync(LISTING, 'utf8').split('\n')
    const events = await traced('written', 'GET /x HTTP/1.1\r\n\r\n')
    const lines = eventsOfKind(events, 'app.line')
    expect(new Set(lines.map(({ file }) => file))).toEqual(new Set([LISTING]))
    const at = (text: string) => lines.find(({ line }) => source[line - 1]?.includes(text))
    expect(at('connection.recv')).toMatchObject({ locals: { connection: '<socket>' } })
    expect(at('for chunk in')?.locals).toMatchObject({ method: "'GET'", path: "'/x'", environ: '{11 keys}' })
    expect(at('connection.close')?.locals).toMatchObject({ body: "[b'first, ', b'second, ', b'third']" })
    expect(eventsOfKind(events, 'app.wrote').map(({ length }) => length)).toEqual([7])
    expect(eventsOfKind(events, 'app.source').map(({ file }) => file)).toEqual([MIRROR, LISTING])
  })

  test('finds fault with what PEP 3333 requires and this server does not do', async () => {
    const rules = async (application: string, path: string) =>
      eventsOfKind(await traced(application, `GET ${path} HTTP/1.1\r\n\r\n`), 'referee.finding').map(({ rule }) => rule)
    expect(await rules('written', '/')).toEqual(['server-protocol-missing'])
    expect(await rules('Closing', '/?a')).toEqual([
      ...['server-protocol-missing', 'query-string-missing', 'close-not-called'],
    ])
  })

  test('has no app.closed where close() was there and was not called', async () => {
    expect(eventsOfKind(await traced('Closing', 'GET / HTTP/1.1\r\n\r\n'), 'app.closed')).toEqual([])
    expect(eventsOfKind(await traced('written', 'GET / HTTP/1.1\r\n\r\n'), 'app.closed')).toHaveLength(1)
  })

  test('tells of what happened before anybody looked, without variables', async () => {
    const server = await startUnder('app')
    await talk(server.port, ['GET / HTTP/1.1\r\n\r\n'])
    const page = await Page.open(server.uiPort)
    await until(() => eventsOfKind(page.events, 'connection.closed').length === 1)
    const lines = eventsOfKind(page.events, 'app.line')
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.every(({ locals }) => Object.keys(locals).length === 0)).toBe(true)
  })
})

describe('a server that an exception has ended', () => {
  test.each([
    ['raises', 'GET / HTTP/1.1\r\n\r\n', 'LookupError: on purpose', true],
    ['exits', 'GET / HTTP/1.1\r\n\r\n', 'SystemExit: 3', true],
    ['app', 'garbage', 'ValueError: not enough values to unpack (expected 3, got 1)', false],
    ['silent', 'GET / HTTP/1.1\r\n\r\n', 'ValueError: not enough values to unpack (expected 2, got 0)', false],
    ['killed', 'GET / HTTP/1.1\r\n\r\n', 'its process was killed by SIGKILL', false],
  ])('%s, asked %j, dies of %s', async (application, request, reason, ofApplication) => {
    const events = await traced(application, request)
    expect(eventsOfKind(events, 'server.died')).toMatchObject([{ exchange: 1, reason }])
    expect(eventsOfKind(events, 'app.raised')).toHaveLength(ofApplication ? 1 : 0)
    expect(eventsOfKind(events, 'response.answered')).toEqual([])
    const index = new TraceIndex()
    index.append(events)
    expect(index.exchanges).toMatchObject([{ state: 'failed' }])
    expect(index.facts.dead).toMatchObject({ reason })
  })

  test('dies of a connection on which nothing was said', async () => {
    const server = await startUnder('app')
    const client = await openClient(server.port)
    client.socket.end()
    await client.ended.catch(() => undefined)
    await until(() => server.lines.some((line) => line.includes('has died (ValueError')))
    const events = server.log.snapshot()
    expect(eventsOfKind(events, 'server.received')).toMatchObject([{ length: 0 }])
    expect(eventsOfKind(events, 'server.died')).toMatchObject([{ exchange: 1 }])
  })

  test('turns clients away until it is started again, and serves them then', async () => {
    const server = await startUnder('app')
    const page = await Page.open(server.uiPort)
    await until(() => page.messages.length >= 2)
    await talk(server.port, ['garbage'])
    await until(() => server.lines.some((line) => line.includes('has died')))
    expect(await knock(server.port)).toBe('ECONNRESET')
    await until(() => eventsOfKind(page.events, 'connection.closed').length === 2)
    expect(eventsOfKind(page.events, 'server.absent')).toMatchObject([{ exchange: 2 }])
    expect(eventsOfKind(page.events, 'server.absent')[0]?.reason).toMatch(/^ValueError: /)
    page.send({ type: 'server.restart' })
    page.send({ type: 'server.restart' })
    await until(() => eventsOfKind(page.events, 'server.started').length === 2)
    expect(eventsOfKind(page.events, 'server.started').map(({ again }) => again)).toEqual([false, true])
    expect(await talk(server.port, ['GET / HTTP/1.1\r\n\r\n'])).toContain('200 OK')
    await until(() => eventsOfKind(page.events, 'response.answered').length === 1)
    checkOrder(page.events)
    expect(eventsOfKind(page.events, 'server.started')).toHaveLength(2)
  })

  test('takes those with it who wait for it', async () => {
    const server = await startUnder('app')
    const [first, second] = [await openClient(server.port), await openClient(server.port)]
    second.send('GET / HTTP/1.1\r\n\r\n')
    await until(() => eventsOfKind(server.log.snapshot(), 'socket.received').length === 1)
    first.send('garbage')
    await Promise.allSettled([first.ended, second.ended])
    await until(() => eventsOfKind(server.log.snapshot(), 'connection.closed').length === 2)
    const kinds = server.log.snapshot().map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'server.died' || kind === 'server.absent')).toEqual([
      ...['server.died', 'server.absent'],
    ])
  })

  test('is not started by a page where there is no such server', async () => {
    const server = await startServer('hello.ts')
    const page = await Page.open(server.uiPort)
    page.send({ type: 'server.restart' })
    await until(() => page.all('error').length === 1)
    expect(page.all('error')).toMatchObject([{ message: 'this server is not started from a page' }])
  })
})

test('a client that has said nothing does not hold up the end', async () => {
  const server = await startUnder('app')
  await openClient(server.port)
  await until(() => eventsOfKind(server.log.snapshot(), 'server.accepted').length === 1)
  await server.close()
  expect(server.lines.filter((line) => /unfinished|died/.test(line))).toEqual([])
})

describe('an application that says much', () => {
  const SAYS_MUCH = fileURLToPath(new URL('../hosts/testing/fixtures/says_much.py', import.meta.url))
  const start = () => startServer(`${SAYS_MUCH}:app`, '--server', 'sixty-lines')

  test('has its answer in full; of a large piece of it, the trace of the step has the length', async () => {
    const server = await start()
    server.log.sink(() => undefined)
    expect(await talk(server.port, ['GET /large_piece HTTP/1.1\r\n\r\n'])).toHaveLength(
      5_000_000 + 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n'.length,
    )
    await until(() => eventsOfKind(server.log.snapshot(), 'response.answered').length === 1)
    expect(eventsOfKind(server.log.snapshot(), 'app.yielded')).toMatchObject([{ length: 5_000_000, bytes: null }])
  })

  test('prints a long line in pieces', async () => {
    const server = await start()
    await talk(server.port, ['GET /long_line HTTP/1.1\r\n\r\n'])
    await until(() => server.lines.join('').includes('x'.repeat(3_000_000)))
    expect(Math.max(...server.lines.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024)
  })

  test('or writes a line without an end into the channel, is ended', async () => {
    const server = await start()
    await talk(server.port, ['GET /line_in_channel HTTP/1.1\r\n\r\n'])
    await until(() => server.lines.some((line) => line.startsWith('the sixty-line server has died')))
    expect(server.lines.filter((line) => line.includes('file descriptor 3'))).toHaveLength(1)
  })
})

test('one request is served at a time: another one waits', async () => {
  const server = await startUnder('app')
  const [first, second] = [await openClient(server.port), await openClient(server.port)]
  await until(() => eventsOfKind(server.log.snapshot(), 'server.accepted').length === 1)
  second.send('GET /second HTTP/1.1\r\n\r\n')
  await until(() => eventsOfKind(server.log.snapshot(), 'socket.received').length === 1)
  expect(second.received).toBe('')
  first.send('GET /first HTTP/1.1\r\n\r\n')
  await first.ended
  await second.ended
  expect(first.received).toContain("PATH_INFO = '/first'")
  expect(second.received).toContain("PATH_INFO = '/second'")
  first.socket.end()
  second.socket.end()
  await until(() => eventsOfKind(server.log.snapshot(), 'connection.closed').length === 2)
  checkOrder(server.log.snapshot())
})

test.each([
  ['nothing_here', 'AttributeError'],
  ['app()', 'missing 2 required positional arguments'],
])('%s cannot be served, and is said to be so at once', async (application, message) => {
  await expect(startUnder(application)).rejects.toThrow(message)
})

test.each([
  ['grandchild_works', /^$/],
  ['child_exits', /^$/],
  ['nested_processes', /^$/],
  ['child_raises', /^Traceback .*\n(?:.*\n)*LookupError: nothing found$/],
])(
  'an application that forks and %s leaves nothing of the tracer behind, and the server goes on',
  async (path, says) => {
    const folder = mkdtempSync(join(tmpdir(), 'forks-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'done')
    // This server leaves the query in PATH_INFO.
    const code = `import forks\ndef app(environ, start_response):\n    return getattr(forks, environ['PATH_INFO'][1:])(${JSON.stringify(file)}, start_response)\n`
    writeFileSync(join(folder, 'app.py'), code)
    cpSync(fileURLToPath(new URL('../hosts/testing/fixtures/forks.py', import.meta.url)), join(folder, 'forks.py'))
    const { port, lines } = await startServer(`${folder}/app.py:app`, '--server', 'sixty-lines', '--no-ui')
    const began = lines.length
    expect(await talk(port, [`GET /${path} HTTP/1.1\r\n\r\n`])).toMatch(/^HTTP\/1\.\d 200 /)
    await until(() => existsSync(file))
    expect(await talk(port, ['GET /hello HTTP/1.1\r\n\r\n'])).toMatch(/^HTTP\/1\.\d 200 /)
    const printed = () => lines.slice(began).join('\n')
    await until(() => says.test(printed()) || /trace_lines|Exception ignored|Error/.test(printed()))
    expect(printed()).toMatch(says)
  },
)
