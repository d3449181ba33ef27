/**
 * Applications as people have them: named by files of whatever name, packages and factories; and what cannot be served, told
 * for what it is. One set for each way Python runs here.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { type HostOptions, LoadError } from '../../shared/gateway/host.ts'
import { openClient, startServer } from '../testing/harness.ts'
import { createHost } from './createHost.ts'
import { callHost, hostOptions } from './testing/callHost.ts'

const APP = (text: string) => `def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [${text}]
`

const FILES: Record<string, string> = {
  // Packages.
  'initpkg/__init__.py': `from . import db\n\n\ndef create_app():\n    return app\n\n\n${APP('db.NAME')}`,
  'initpkg/db.py': "NAME = b'init-db'\n",
  'initpkg/inner/__init__.py': `from ..db import NAME\n${APP('NAME')}`,
  'initpkg/v1.2.py': `from . import db\n${APP('db.NAME')}`,
  'my-pkg/__init__.py': `from .db import NAME\n${APP('NAME')}`,
  'my-pkg/db.py': "NAME = b'my-pkg'\n",
  // Names that cannot be imported.
  'my.app.py': APP("b'dots'"),
  'my-app.py': APP("b'hyphen'"),
  'class.py': APP("b'keyword'"),
  'App.PY': APP("b'upper'"),
  'app.wsgi': APP("b'wsgi'"),
  script: `#!/usr/bin/env python3\n${APP("b'script'")}`,
  'app:v2.py': APP("b'colon'"),
  'both.wsgi': APP("b'the file'"),
  'both/__init__.py': '',
  'both/wsgi.py': APP("b'the module'"),
  // Factories.
  'factories.py': `def create_app(mode='prod', debug=False):
    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [repr((mode, debug)).encode()]
    return app

def needs(mode):
    return create_app(mode)

async def later():
    return create_app()

def makes_asgi():
    async def app(scope, receive, send):
        pass
    return app

class Site:
    def __call__(self, environ, start_response):
        return create_app()(environ, start_response)

class Decorated:
    'As a decorator makes it: the signature of what was decorated says nothing.'
    def __init__(self, view):
        import functools
        functools.update_wrapper(self, view)
    def __call__(self, *args):
        return create_app()(*args)

@Decorated
def view(request):
    pass

def optional(environ=None, start_response=None):
    return create_app()(environ, start_response)
`,
  // ASGI.
  'asgi.py': `async def app(scope, receive, send):
    pass

class Fast:
    async def __call__(self, scope, receive, send):
        pass

fast = Fast()

def plain(scope, receive, send):
    pass

def asgi2(scope):
    async def inner(receive, send):
        pass
    return inner

async def half(environ, start_response):
    return [b'x']

async def agen(environ, start_response):
    yield b'x'
`,
  'django_like.py': `class ASGIHandler:
    async def __call__(self, scope, receive, send):
        pass

application = ASGIHandler()
`,
  // Objects that answer every attribute.
  'answers.py': `from unittest.mock import MagicMock, Mock

def wsgi(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'answers']

mock = Mock(side_effect=wsgi)
magic = MagicMock(side_effect=wsgi)

class Everything:
    def __getattr__(self, name):
        return self
    def __call__(self, environ, start_response):
        return wsgi(environ, start_response)

class Refuses(Everything):
    def __getattribute__(self, name):
        raise RuntimeError('working outside of context')

everything, refuses = Everything(), Refuses()
made = Mock(return_value=everything)
`,
  'proxy.py': `from answers import wsgi
from werkzeug.local import LocalProxy
app = LocalProxy(lambda: wsgi)
`,
  'app.ts': `
export const makeApp = (mode: string, more: { debug: boolean }) => (_: unknown, start: (s: string, h: []) => void) => {
  start('200 OK', [])
  return [new TextEncoder().encode(JSON.stringify([mode, more]))]
}
export const createApp = () => makeApp('x', { debug: false })
`,
}

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const [name, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
mkdirSync(join(folder, 'special'))
execFileSync('mkfifo', [join(folder, 'special', 'fifo')])

const env = { ...process.env }
delete env.VIRTUAL_ENV
interface Where extends Partial<HostOptions> {
  python?: string
  cwd?: string
}

async function answerOf(spec: string, where: Where = {}): Promise<string> {
  const { options } = hostOptions()
  const host = await createHost(spec, { ...options, cwd: folder, env, ...where })
  onTestFinished(() => host.close())
  const { events, over } = callHost(host)
  await over
  return events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')
}

async function failureOf(spec: string, where: Where = {}): Promise<string> {
  const error = await answerOf(spec, where).catch((reason: unknown) => reason)
  if (!(error instanceof LoadError)) throw new Error(`${spec} was loaded: ${String(error)}`)
  expect(error.message).not.toContain('\n')
  return error.message
}

const NAMED: [string, string][] = [
  ['initpkg/__init__.py:app', 'init-db'],
  ['initpkg/__init__.py:create_app()', 'init-db'],
  ['./initpkg:app', 'init-db'],
  ['initpkg/inner/__init__.py:app', 'init-db'],
  ['initpkg/v1.2.py:app', 'init-db'],
  ['my-pkg/__init__.py:app', 'my-pkg'],
  ['my.app.py:app', 'dots'],
  ['my-app.py:app', 'hyphen'],
  ['class.py:app', 'keyword'],
  ['App.PY:app', 'upper'],
  ['app.wsgi:app', 'wsgi'],
  ['script:app', 'script'],
  ['./script:app', 'script'],
  ['app:v2.py:app', 'colon'],
  ['both.wsgi:app', 'the module'],
  ['./both.wsgi:app', 'the file'],
  ["factories.py:create_app('a:b(c)', debug=[1, -2.5, None])", "('a:b(c)', [1, -2.5, None])"],
  ['factories.py:create_app()', "('prod', False)"],
]

describe('a file, package or factory is found, whatever its name', () => {
  test.each(NAMED)('in a process: %s', async (spec, answer) => {
    expect(await answerOf(spec)).toBe(answer)
  })

  test.each(NAMED)('in sixty lines: %s', async (spec, answer) => {
    const server = await startServer(join(folder, spec.replace(/^\.\//, '')), '--server', 'sixty-lines')
    const client = await openClient(server.port)
    client.send('GET / HTTP/1.1\r\n\r\n')
    await client.ended
    if (spec !== 'both.wsgi:app') expect(client.received.split('\r\n\r\n')[1]).toBe(answer)
  })

  test.each(NAMED.filter((_, index) => index % 2 === 0))('in embedded Python: %s', async (spec, answer) => {
    expect(await answerOf(spec, { python: 'embedded' })).toBe(answer)
  })

  test('in a process that is told not to look beside its script', async () => {
    expect(await answerOf('my.app.py:app', { env: { ...env, PYTHONSAFEPATH: '1' } } as Where)).toBe('dots')
  })

  test('in TypeScript, called with JavaScript’s literals', async () => {
    expect(await answerOf("app.ts:makeApp('a:b', {debug: true})")).toBe('["a:b",{"debug":true}]')
  })

  test('and bytecode of a file whose name does not end in .py is not taken for that of another', async () => {
    const place = mkdtempSync(join(folder, 'bytecode-'))
    writeFileSync(join(place, 'app.wsgi'), APP("b'wsgi'"))
    const written = { ...env }
    delete written.PYTHONDONTWRITEBYTECODE
    await answerOf('./app.wsgi:app', { cwd: place, env: written } as Where)
    expect(existsSync(join(place, '__pycache__'))).toBe(false)
  })
})

test.each([
  ['answers.py:mock', 'answers'],
  ['answers.py:magic', 'answers'],
  ['answers.py:everything', 'answers'],
  ['answers.py:refuses', 'answers'],
  ['answers.py:made()', 'answers'],
  ['factories.py:view', "('prod', False)"],
  ['factories.py:optional', "('prod', False)"],
  ['factories.py:Site()', "('prod', False)"],
])('an object that answers every attribute, or whose signature says nothing, is loaded: %s', async (spec, answer) => {
  expect(await answerOf(spec)).toBe(answer)
})

test.runIf(existsSync('/usr/lib/python3/dist-packages/werkzeug'))('a LocalProxy is loaded', async () => {
  expect(await answerOf('proxy.py:app', { python: '/usr/bin/python3' })).toBe('answers')
})

const ASGI =
  'which no WSGI server can do: name a WSGI application, wrap it with a2wsgi.ASGIMiddleware, or serve it with an ASGI server such as uvicorn'
const CALLED = 'the WSGI application, which is called with (environ, start_response)'

const REFUSED: [string, string][] = [
  ['asgi.py:app', `asgi.py:app is an ASGI application, called with (scope, receive, send), ${ASGI}`],
  ['asgi.py:fast', `asgi.py:fast is an ASGI application, called with (scope, receive, send), ${ASGI}`],
  ['asgi.py:plain', `asgi.py:plain is an ASGI application, called with (scope, receive, send), ${ASGI}`],
  ['asgi.py:asgi2', `asgi.py:asgi2 is an ASGI application, called with (scope), ${ASGI}`],
  ['asgi.py:half', 'asgi.py:half is an async function, which no WSGI server can call: write it without async'],
  ['asgi.py:agen', 'asgi.py:agen is an async generator, which no WSGI server can iterate: write it without async'],
  [
    'factories.py:create_app',
    `factories.py:create_app can be called without arguments: if it makes the application, write factories.py:create_app(); else name ${CALLED}`,
  ],
  [
    'factories.py:Site',
    `factories.py:Site can be called without arguments: if it makes the application, write factories.py:Site(); else name ${CALLED}`,
  ],
  [
    'factories.py:needs',
    `factories.py:needs takes (mode): name ${CALLED}, or write factories.py:needs(…) with its arguments if it makes the application`,
  ],
  [
    'factories.py:later()',
    'factories.py:later is an async function: what makes the application must return it, without await',
  ],
  [
    'factories.py:makes_asgi()',
    `factories.py:makes_asgi() is an ASGI application, called with (scope, receive, send), ${ASGI}`,
  ],
]

describe('what WSGI cannot call is told at the start, for what it is', () => {
  test.each([
    ...REFUSED,
    [
      'factories.py',
      "factories.py has no attribute 'app' or 'application'; it has: create_app, needs, later, makes_asgi, Site, Decorated, view, optional — did you mean factories.py:create_app()?",
    ],
    [
      'factories.py:creat_app(1)',
      "factories.py has no attribute 'creat_app'; it has: create_app, needs, later, makes_asgi, Site, Decorated, view, optional — did you mean factories.py:create_app(1)?",
    ],
    [
      'factories.py:create_app(os.environ)',
      "factories.py:create_app(os.environ) cannot be called: what a factory is given must be literals, such as 'dev', 8, [1, 2], or debug=True in Python",
    ],
    ['factories.py:create_app("it")("that")', /must be literals/],
    ['factories.py:create_app(**{"mode": 1})', /must be literals/],
    ['factories.py:create_app(__import__("os").system("true"))', /must be literals/],
    [
      'django_like.py:application',
      /^django_like\.py:application is an ASGI application.*: name a WSGI application \(Django's is in its wsgi\.py\), wrap/,
    ],
    [
      './special/fifo:app',
      './special/fifo is no file that can be read as a whole: write it as module:callable or path/to/file.py:callable',
    ],
    ['app.ts:createApp', /^app\.ts:createApp can be called without arguments: .* write app\.ts:createApp\(\);/],
    ['app.ts:makeApp(mode)', /^app\.ts:makeApp\(mode\) cannot be called: what a factory is given must be literals/],
    ['app.ts', /did you mean app\.ts:createApp\(\)\?$/],
  ])('%s', async (spec, message) => {
    const said = await failureOf(spec)
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
  })

  test.each(REFUSED)('in sixty lines: %s', async (spec, message) => {
    const place = mkdtempSync(join(folder, 'sixty-'))
    cpSync(join(folder, spec.split(':', 1)[0] ?? ''), join(place, spec.split(':', 1)[0] ?? ''))
    const started = startServer(join(place, spec), '--server', 'sixty-lines')
    await expect(started).rejects.toThrow(message.replace(/^\S+?\.py:\w+(\(\))?/, ''))
  })

  test('in embedded Python: asgi.py:fast', async () => {
    expect(await failureOf('asgi.py:fast', { python: 'embedded' })).toContain('is an ASGI application')
  })
})
