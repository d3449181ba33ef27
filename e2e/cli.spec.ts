/** The command as a person runs it in a checkout, and the trace that it writes. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventOf } from '../shared/trace/events.ts'
import { bytesOf, eventsOfKind } from '../shared/trace/query.ts'
import { curl } from './clients.ts'
import { ROOT, runCommand } from './server.ts'
import { expect, test } from './test.ts'
import { traceWith } from './traces.ts'

const APP = `
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("201 Created", [("Content-Type", "text/plain"), ("X-Query", environ["QUERY_STRING"])])
    yield b"got "
    yield body.upper()
`

/** As `npm run -s wsgiscope -- …` in the checkout, while the person stands elsewhere. */
const NPM = ['npm', '--prefix', ROOT, 'run', '-s', 'wsgiscope', '--'] as const

type Entry = EventOf<'environ.built'>['entries'][number]

/** What the spans of an entry say, transformed as the entry declares; null where that is not a rule for bytes. */
function derived(entry: Entry, inbound: Buffer): string | null {
  if (typeof entry.from === 'string') return null
  const { spans, transform, separator } = entry.from
  const pieces = spans.map(({ start, end }) => inbound.subarray(start, end).toString('latin1'))
  switch (transform) {
    case 'identity':
      expect(pieces).toHaveLength(1)
      return pieces.join('')
    case 'percent':
      expect(pieces).toHaveLength(1)
      return pieces
        .join('')
        .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    case 'join':
      return pieces.join(separator)
    case 'computed':
      return null
  }
}

test('the command says in one line of JSON that it is ready, and its trace holds all that happened', async ({
  serve,
  folder,
}) => {
  await writeFile(join(folder, 'any.py'), APP)
  const server = await serve({ command: NPM, app: 'any.py:app', cwd: folder, args: ['--trace', 'trace.ndjson'] })
  const file = join(folder, 'trace.ndjson')
  const { stdout, sent } = await curl(
    ...['-i', '--raw', '-d', 'How are you', '-H', 'X-Two: one', '-H', 'X-Two: two', '-H', 'Cookie: a=1; b=2'],
    `${server.http}/caf%C3%A9/a%20b?name=Ada&x=%20`,
  )
  expect(stdout.toString()).toMatch(/^HTTP\/1\.1 201 Created\r\n/)
  expect(stdout.toString()).toContain('X-Query: name=Ada&x=%20')
  expect(stdout.toString()).toContain('HOW ARE YOU')
  expect(sent.length).toBeGreaterThan(100)

  const events = await traceWith(file, 'connection.closed', 1)
  expect(await server.stop()).toBe(0)
  expect(server.stdout().trimEnd().split('\n')).toHaveLength(1)
  expect(await readFile(file, 'utf8')).toContain(`"run":"${server.run}"`)

  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
  const story = ofExchange(events.map(({ kind, exchange }) => ({ kind, exchange })))
  for (const [before, after] of [
    ['request.line', 'request.header'],
    ['request.header', 'environ.built'],
    ['request.body', 'environ.built'],
    ['environ.built', 'app.called'],
    ['app.called', 'app.startResponse'],
    ['app.startResponse', 'app.yielded'],
    ['app.yielded', 'response.serialized'],
    ['response.serialized', 'socket.sent'],
    ['socket.sent', 'response.answered'],
  ] as const) {
    expect(story.indexOf(before), `${before}, then ${after}`).toBeGreaterThanOrEqual(0)
    expect(story.indexOf(before), `${before}, then ${after}`).toBeLessThan(story.indexOf(after))
  }

  const inbound = Buffer.from(bytesOf(events, 'socket.received'))
  expect(inbound.equals(sent)).toBe(true)
  expect(Buffer.from(bytesOf(events, 'socket.sent')).equals(stdout)).toBe(true)

  const [built] = eventsOfKind(events, 'environ.built')
  const entries = new Map(built?.entries.map((entry) => [entry.key, entry]))
  for (const entry of entries.values()) {
    const value = derived(entry, inbound)
    if (value !== null) expect(value, entry.key).toBe(entry.value)
  }
  // What must come from the request says so, and from which rule.
  const from = (key: string) => {
    const entry = entries.get(key)
    return entry === undefined || typeof entry.from === 'string' ? entry?.from : entry.from.transform
  }
  for (const key of ['REQUEST_METHOD', 'QUERY_STRING', 'SERVER_PROTOCOL', 'HTTP_HOST', 'HTTP_USER_AGENT']) {
    expect(from(key), key).toBe('identity')
  }
  for (const key of ['CONTENT_TYPE', 'CONTENT_LENGTH', 'HTTP_COOKIE', 'HTTP_ACCEPT']) {
    expect(from(key), key).toBe('identity')
  }
  expect(from('PATH_INFO')).toBe('percent')
  expect(from('HTTP_X_TWO')).toBe('join')
  expect(from('REMOTE_ADDR')).toBe('socket')
  expect(from('wsgi.version')).toBe('server')
  expect(entries.get('HTTP_X_TWO')?.value).toBe('one, two')
  expect(entries.get('PATH_INFO')?.value).toBe('/caf\u00c3\u00a9/a b')
})

/** The kinds of the first exchange's events, in their order. */
function ofExchange(events: { kind: string; exchange: number | null }[]): string[] {
  return events.filter(({ exchange }) => exchange === 1).map(({ kind }) => kind)
}

test('a chunked upload is traced as it came, and its length is computed', async ({ serve, folder }) => {
  await writeFile(join(folder, 'any.py'), APP)
  const file = join(folder, 'trace.ndjson')
  const server = await serve({ app: 'any.py:app', cwd: folder, args: ['--trace', file, '--no-ui'] })
  const { stdout, sent } = await curl('-H', 'Transfer-Encoding: chunked', '-d', 'How are you', `${server.http}/`)
  expect(stdout.toString()).toBe('got HOW ARE YOU')
  const events = await traceWith(file, 'connection.closed', 1)
  const inbound = Buffer.from(bytesOf(events, 'socket.received'))
  expect(inbound.equals(sent)).toBe(true)
  const [body] = eventsOfKind(events, 'request.body')
  expect(body).toMatchObject({ framing: 'chunked', length: 11 })
  const pieces = body?.spans.map(({ start, end }) => inbound.subarray(start, end).toString()) ?? []
  expect(pieces.join('')).toBe('How are you')
  const [built] = eventsOfKind(events, 'environ.built')
  const length = built?.entries.find(({ key }) => key === 'CONTENT_LENGTH')
  expect(length).toMatchObject({ value: '11', from: { transform: 'computed' } })
})

const UNUSABLE: { what: string; args: string[]; says: RegExp }[] = [
  { what: 'a module that is not there', args: ['nowhere.py:app'], says: /nowhere\.py/ },
  { what: 'a callable that is not there', args: ['any.py:application'], says: /application/ },
  { what: 'a flag that is none', args: ['any.py:app', '--prot', '0'], says: /did you mean --port\?/ },
  { what: 'a port that is none', args: ['any.py:app', '--port', '70000'], says: /--port/ },
  { what: 'a trace that cannot be written', args: ['any.py:app', '--trace', 'no/such/folder/x'], says: /folder/ },
]

for (const { what, args, says } of UNUSABLE) {
  test(`${what} is said in one line, with what to do, and exit code 2`, async ({ folder }) => {
    await writeFile(join(folder, 'any.py'), APP)
    const { code, stdout, stderr } = await runCommand([...args, '--no-ui', '--json'], folder)
    expect(code).toBe(2)
    expect(stdout.toString()).toBe('')
    const said = stderr.trimEnd().split('\n')
    expect(said.at(-1)).toMatch(/^wsgiscope: /)
    expect(said.at(-1)).toMatch(says)
    expect(said.filter((line) => !line.startsWith('worker '))).toHaveLength(1)
  })
}

test('a port that is taken is said in one line, with what to do, and exit code 2', async ({ serve, folder }) => {
  await writeFile(join(folder, 'any.py'), APP)
  const { port } = await serve({ app: 'any.py:app', cwd: folder })
  const { code, stderr } = await runCommand(['any.py:app', '--no-ui', '--port', String(port)], folder)
  expect(code).toBe(2)
  expect(stderr).toContain(String(port))
  expect(stderr).toContain('--port')
})

test('an application with a syntax error is said with its traceback, and exit code 2', async ({ folder }) => {
  await writeFile(join(folder, 'broken.py'), 'def app(environ, start_response:\n    return []\n')
  const { code, stderr } = await runCommand(['broken.py:app', '--no-ui', '--port', '0'], folder)
  expect(code).toBe(2)
  expect(stderr).toContain('SyntaxError')
  expect(stderr).toMatch(/broken\.py", line 1/)
})
