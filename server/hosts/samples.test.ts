/** The sample applications: what they answer, and that wsgiref's validator has nothing to say of them or of the host. */
import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import type { Host } from '../../shared/gateway/host.ts'
import { createHost } from './createHost.ts'
import { type CallOptions, callHost, hostOptions, inMemory, type Transcript } from './testing/callHost.ts'

const APPS = fileURLToPath(new URL('../../shared/apps', import.meta.url))
const SAMPLES = readdirSync(APPS).filter((name) => name.endsWith('.py'))
const installed = ['/usr/bin/python3', 'python3'].filter((path) => !path.startsWith('/') || existsSync(path))
const interpreters = [...installed, 'embedded']

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
// One module under each name, so that the validator stands between the host and the sample.
mkdirSync(join(folder, 'samples'))
for (const name of SAMPLES) {
  copyFileSync(join(APPS, name), join(folder, 'samples', name))
  writeFileSync(
    join(folder, name),
    `import importlib.util, warnings
from wsgiref.validate import validator
spec = importlib.util.spec_from_file_location("sample", ${JSON.stringify(join(folder, 'samples', name))})
sample = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sample)
warnings.simplefilter("error")
app = validator(sample.app)
`,
  )
}

async function start(spec: string, cwd: string, python?: string): Promise<Host> {
  const { options } = hostOptions()
  const chosen = python === undefined ? {} : { python }
  const host = await createHost(spec, { ...options, ...chosen, cwd, env: process.env })
  onTestFinished(() => host.close())
  return host
}

const answer = ({ events }: Transcript): string =>
  events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')

async function ask(host: Host, path: string, options: CallOptions = {}): Promise<Transcript> {
  const [PATH_INFO = '', QUERY_STRING = ''] = path.split('?')
  const asked = callHost(host, { ...options, environ: { PATH_INFO, QUERY_STRING, ...options.environ } })
  await asked.over
  return asked
}

const POST = { REQUEST_METHOD: 'POST' }

describe.each(interpreters)('around each sample, the validator is silent: %s', (python) => {
  test.each(SAMPLES)('%s', async (name) => {
    const host = await start(name, folder, python)
    const raises = name === 'error.py' ? ['/', '/exc_info'] : ['/', '/shop/a', '/?n=2&delay=0&seconds=0&name=Ada']
    const query = name === 'slow.py' || name === 'stream.py' ? '?n=2&delay=0&seconds=0' : ''
    for (const path of raises) {
      for (const environ of [{}, POST]) {
        // hello, form, echo and upload read the body with a size or to its end; the validator wants a size.
        if (environ === POST && ['hello.py', 'echo.py'].includes(name)) continue
        if (name === 'echo.py' || (name === 'middleware.py' && path === '/')) continue
        const { events } = await ask(host, path.includes('?') ? path : path + query, { environ, body: 'a=b' })
        expect(events.filter(({ kind }) => kind === 'raised' || kind === 'logged')).toEqual([])
        expect(events.at(-1)).toEqual({ kind: 'closed' })
      }
    }
  })
})

describe.each(['hello.py', 'hello.ts'])('%s', (name) => {
  test('greets', async () => {
    const host = await start(name, APPS)
    expect(answer(await ask(host, '/'))).toBe('Hello, world!\n')
    expect(answer(await ask(host, '/?name=Ada+L.'))).toBe('Hello, Ada L.!\n')
    const chinese = answer(await ask(host, '/?name=%E4%BD%A0%E5%A5%BD'))
    expect(Buffer.from(chinese, 'latin1').toString()).toBe('Hello, 你好!\n')
    expect(answer(await ask(host, '/', { environ: POST, body: '12345' }))).toBe('Hello, world!\nYou sent 5 bytes.\n')
  })
})

describe.each(['echo.py', 'echo.ts'])('%s', (name) => {
  test('gives back the str entries of its environ and its body', async () => {
    const host = await start(name, APPS)
    const body = inMemory(Uint8Array.from({ length: 256 }, (_, i) => i))
    const told = JSON.parse(answer(await ask(host, '/a\xc3\xa4', { environ: { ...POST, __proto__x: '"\\' }, body })))
    expect(told.body).toBe(latin1Decode(Uint8Array.from({ length: 256 }, (_, i) => i)))
    expect(told.environ).toMatchObject({ PATH_INFO: '/a\xc3\xa4', CONTENT_LENGTH: '256', __proto__x: '"\\' })
    expect(Object.keys(told.environ)).toEqual(Object.keys(told.environ).toSorted())
    expect(told.environ).not.toHaveProperty('wsgi.input')
  })
})

test('form.py shows its form, and thanks for what it is sent', async () => {
  const host = await start('form.py', APPS)
  expect(answer(await ask(host, '/'))).toContain('<form method="post">')
  const body = 'name=%3CAda%3E&city=London'
  const sent = answer(await ask(host, '/', { environ: POST, body }))
  expect(sent).toContain('Hello, &lt;Ada&gt;!')
  expect(sent).toContain('in London?')
})

test('upload.py tells size and hash of each file, wherever a block ends', async () => {
  const host = await start('upload.py', APPS)
  const tell = (name: string, bytes: Uint8Array) =>
    `${name}: ${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}\n`
  const raw = randomBytes(200_000)
  expect(answer(await ask(host, '/', { environ: POST, body: inMemory(raw) }))).toBe(tell('body', raw))
  const contents = [
    Buffer.from(''),
    Buffer.from('\r\n'),
    Buffer.from('a\r\n--not\r\n'),
    // A line break at the very end of a block of 64 KiB, and one byte to each side of it.
    ...[65_534, 65_535, 65_536, 65_537].map((length) => Buffer.from(`${'x'.repeat(length - 1)}\r\ny\r`)),
    randomBytes(300_000),
  ]
  const parts = contents.flatMap((content, i) => [
    Buffer.from(`--mark\r\nContent-Disposition: form-data; name="f"; filename="${i}.bin"\r\nX: y\r\n\r\n`),
    content,
    Buffer.from('\r\n'),
  ])
  const CONTENT_TYPE = 'multipart/form-data; boundary="mark"'
  const body = inMemory(...parts, Buffer.from('--mark--\r\n'))
  expect(answer(await ask(host, '/', { environ: { ...POST, CONTENT_TYPE }, body }))).toBe(
    contents.map((content, i) => tell(`${i}.bin`, content)).join(''),
  )
})

test('stream.py gives one chunk at a time', async () => {
  const host = await start('stream.py', APPS)
  const { events } = await ask(host, '/?n=3&delay=0')
  const chunks = events.flatMap((event) => (event.kind === 'chunk' ? [latin1Decode(event.data)] : []))
  expect(chunks).toEqual(['chunk 1 of 3\n', 'chunk 2 of 3\n', 'chunk 3 of 3\n'])
})

test('slow.py takes as long as it is told', async () => {
  const host = await start('slow.py', APPS)
  expect(answer(await ask(host, '/?seconds=0'))).toBe('That took 0 s.\n')
})

test('error.py fails before its head, after it, and changes its mind', async () => {
  const host = await start('error.py', APPS)
  const kinds = async (path: string) => (await ask(host, path)).events.map(({ kind }) => kind)
  expect(await kinds('/before')).toEqual(['called', 'raised', 'closed'])
  expect(await kinds('/after')).toEqual(['called', 'returned', 'startResponse', 'chunk', 'raised', 'closed'])
  const changed = await ask(host, '/exc_info')
  const starts = changed.events.flatMap((event) => (event.kind === 'startResponse' ? [event.status] : []))
  expect(starts).toEqual(['200 OK', '503 Not Today'])
})

test('middleware.py changes the environ on the way in and the headers on the way out', async () => {
  const host = await start('middleware.py', APPS)
  const asked = await ask(host, '/shop/cart', { trace: true })
  expect(answer(asked)).toBe('Ada is at /shop/cart\n')
  const changes = asked.events.flatMap((event) => (event.kind === 'environChanged' ? [[event.key, event.after]] : []))
  expect(changes).toEqual([
    ['SCRIPT_NAME', "'/shop'"],
    ['PATH_INFO', "'/cart'"],
    ['example.user', "'Ada'"],
  ])
  expect(asked.events).toContainEqual(
    expect.objectContaining({ headers: expect.arrayContaining([['X-Served-By', 'Mounted']]) }),
  )
})

test('every sample is called app, says in its first line what it is, and fits a projector', async () => {
  for (const name of readdirSync(APPS).filter((entry) => extname(entry) !== '')) {
    const { heard, options } = hostOptions()
    const host = await createHost(name, { ...options, cwd: APPS, env: process.env })
    await host.close()
    expect(host.app.spec).toBe(`${name}:app`)
    const [source] = heard.sources
    expect(source?.text.split('\n')[0], basename(name)).toMatch(/^("""|\/\*\*)./)
    expect(source?.text.split('\n').filter((line) => line.length > 60 && !line.startsWith('import'))).toEqual([])
  }
})
