/** Applications that cannot be used: one line says what is wrong and what to do. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { type Host, LoadError } from '../../shared/gateway/host.ts'
import { createHost } from './createHost.ts'
import { callHost, hostOptions } from './testing/callHost.ts'

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FILES: Record<string, string> = {
  'hello.py': `
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]

def make():
    return app

def make_nothing():
    pass

class Site:
    def app(self, environ, start_response):
        return app(environ, start_response)

site = Site()
number = 1
`,
  'only_application.py': 'from hello import app as application\n',
  'pkg/__init__.py': '',
  'pkg/inner.py': 'from hello import app\n',
  'pkg/deep/__init__.py': '',
  'pkg/deep/part.py': 'from ..inner import app\nimport sibling\n',
  'pkg/deep/sibling.py': '',
  'needs.py': 'import no_such_library\n',
  'pkg/needs.py': 'from pkg import no_such_part\n',
  'syntax.py': 'def app(:\n    pass\n',
  'broken.py': 'def load():\n    return 1 / 0\n\nload()\n',
  'leaves.py': 'import sys\nsys.exit("no configuration")\n',
  'dies.py': 'import os, sys\nprint("out of luck", file=sys.stderr)\nos._exit(7)\n',
  'empty.py': '',
  'wrapped.py': `
import functools
from hello import app as inner

def decorated(f):
    @functools.wraps(f)
    def outer(*args):
        return f(*args)
    return outer

@decorated
def app(environ, start_response):
    return inner(environ, start_response)

class Classy:
    def __init__(self, environ, start_response):
        self.answer = inner(environ, start_response)
    def __iter__(self):
        return iter(self.answer)

class Instance:
    def __call__(self, environ, start_response):
        return inner(environ, start_response)

instance = Instance()
partial = functools.partial(inner)
method = instance.__call__
`,
  'plain.js': 'export const app = (_, start) => (start("200 OK", []), [new Uint8Array([104, 105])])\n',
  'hello.ts': `
export function app(environ: unknown, start: (status: string, headers: string[][]) => void) {
  start('200 OK', [])
  return [new Uint8Array([104, 105])]
}
export const make = async () => app
export const number = 1
`,
  'esm/package.json': '{ "type": "module" }',
  'esm/hello.mts': 'export const application = await Promise.resolve(() => [])\n',
  'needs.ts': 'import "no-such-library"\n',
  'broken.ts': 'export const app = nowhere\n',
  'syntax.ts': 'export const app = (\n',
}
for (const [name, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const { options } = hostOptions()
const env = { ...process.env }
delete env.VIRTUAL_ENV

async function load(spec: string, more: { python?: string; env?: typeof env } = {}): Promise<Host> {
  const host = await createHost(spec, { ...options, cwd: folder, env, ...more })
  onTestFinished(() => host.close())
  return host
}

async function failure(spec: string, more: Parameters<typeof load>[1] = {}): Promise<LoadError> {
  try {
    await load(spec, more)
  } catch (error) {
    if (error instanceof LoadError) return error
    throw error
  }
  throw new Error(`${spec} was loaded`)
}

describe('an application is found', () => {
  test.each([
    ['hello.py:app', 'hello.py:app', 'app', 'hello.py', 2],
    ['hello.py', 'hello.py:app', 'app', 'hello.py', 2],
    ['hello', 'hello:app', 'app', 'hello.py', 2],
    ['./hello.py:app', './hello.py:app', 'app', 'hello.py', 2],
    [`${join(folder, 'hello.py')}:app`, `${join(folder, 'hello.py')}:app`, 'app', 'hello.py', 2],
    ['hello:make()', 'hello:make()', 'app', 'hello.py', 2],
    ['hello:site.app', 'hello:site.app', 'Site.app', 'hello.py', 13],
    ['only_application.py', 'only_application.py:application', 'app', 'hello.py', 2],
    ['pkg.inner:app', 'pkg.inner:app', 'app', 'hello.py', 2],
    ['pkg/inner.py:app', 'pkg/inner.py:app', 'app', 'hello.py', 2],
    ['pkg/deep/part.py', 'pkg/deep/part.py:app', 'app', 'hello.py', 2],
    ['wrapped:app', 'wrapped:app', 'app', 'wrapped.py', 11],
    ['wrapped:Classy', 'wrapped:Classy', 'Classy', 'wrapped.py', 15],
    ['wrapped:instance', 'wrapped:instance', 'Instance.__call__', 'wrapped.py', 22],
    ['wrapped:partial', 'wrapped:partial', 'app', 'hello.py', 2],
    ['wrapped:method', 'wrapped:method', 'Instance.__call__', 'wrapped.py', 22],
    ['hello.ts:app', 'hello.ts:app', 'app', 'hello.ts', 2],
    ['hello.ts:make()', 'hello.ts:make()', 'app', 'hello.ts', 6],
    ['esm/hello.mts', 'esm/hello.mts:application', 'application', 'esm/hello.mts', 1],
    ['plain.js', 'plain.js:app', 'app', 'plain.js', 1],
  ])('%s', async (given, spec, callable, file, line) => {
    const { app } = await load(given)
    expect(app).toMatchObject({ spec, callable, file: join(folder, file), line })
  })

  test('and the object of a framework is pointed at where it is made', async () => {
    writeFileSync(join(folder, 'framework.py'), 'from wsgiref.validate import validator\n\n\napp = validator(print)\n')
    const { app } = await load('framework.py')
    expect(app).toMatchObject({ callable: 'validator.<locals>.lint_app', file: join(folder, 'framework.py'), line: 4 })
    writeFileSync(
      join(folder, 'nested.py'),
      `from wsgiref.validate import validator

app = print


class Site:
    app = None


if app is print:
    app = validator(app)
site = Site()
site.app = app
`,
    )
    const nested = await load('nested.py')
    expect(nested.app).toMatchObject({ file: join(folder, 'nested.py'), line: 11 })
    const attribute = await load('nested.py:site.app')
    expect(attribute.app).toMatchObject({ file: join(folder, 'nested.py'), line: 12 })
  })

  test.each(['wrapped:Classy', 'hello.ts', 'plain.js'])('and answers: %s', async (spec) => {
    const { events, over } = callHost(await load(spec))
    await over
    const answer = events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')
    expect(answer).toMatch(/^(hello|hi)$/)
  })
})

describe('an application that cannot be used says', () => {
  test.each([
    ['helo.py', 'no such file: helo.py — did you mean hello.py or hello.ts?'],
    ['pkg/iner.py:app', 'no such file: pkg/iner.py — did you mean pkg/inner.py?'],
    ['nowhere/hello.py', `no such file: nowhere/hello.py (there is no folder ${join(folder, 'nowhere')})`],
    ['hello.py/app.py', `no such file: hello.py/app.py (there is no folder ${join(folder, 'hello.py')})`],
    [`${'x'.repeat(300)}:app`, /^no module named x+ in /],
    [`${'x'.repeat(300)}.py`, /^no such file: x+\.py/],
    ['./pkg', "pkg/__init__.py has no attribute 'app' or 'application'; it has no callable at all"],
    ['./esm', './esm is a folder, and no package: name a file in it, like esm/app.py:app'],
    [
      'esm/package.json',
      /^package\.json has no attribute .*; it was read as Python, since its name does not end in \.ts, \.mts, \.js or \.mjs$/,
    ],
    ['', /^no application is named: write it as module:callable/],
    [':app', /^nothing stands before the colon of ":app": /],
    ['hello.py:1', /^"1" is not the name of a callable: /],
    ['hello:make(1)', 'hello could not be loaded: TypeError: make() takes 0 positional arguments but 1 was given'],
    [
      'hello.py:ap',
      "hello.py has no attribute 'ap'; it has: app, make, make_nothing, Site — did you mean hello.py:app?",
    ],
    ['empty.py', "empty.py has no attribute 'app' or 'application'; it has no callable at all"],
    ['hello:number', 'hello:number is not callable, it is an int: name the WSGI application, a callable'],
    ['hello:make_nothing()', 'hello:make_nothing() returned None, not a callable: it must return the application'],
    ['helo', /^no module named helo in .* or in Python 3\..* — did you mean hello.py\?$/],
    ['pkg.nothing:app', /^no module named pkg.nothing in /],
    [
      'needs.py',
      /^needs\.py imports no_such_library, which Python 3\S+ \(\/\S+\) does not have: install it there, or /,
    ],
    ['pkg.needs', /^pkg\.needs could not be loaded: ImportError: cannot import name 'no_such_part'/],
    ['syntax.py', /^syntax\.py could not be loaded: SyntaxError: invalid syntax.* \(syntax\.py, line 1\)$/],
    ['broken.py', 'broken.py could not be loaded: ZeroDivisionError: division by zero'],
    ['leaves.py', /^leaves\.py could not be loaded: SystemExit: no configuration: the module ends the program/],
    ['dies.py', 'the application could not be loaded: its python3 exited with code 7: out of luck'],
    ['hello.ts:ap', "hello.ts has no attribute 'ap'; it has: app, make — did you mean hello.ts:app?"],
    ['hello.ts:number', 'hello.ts:number is not callable, it is an int: name the WSGI application, a callable'],
    ['needs.ts', 'needs.ts imports no-such-library, which is not there: install it beside the application'],
    ['broken.ts', 'broken.ts could not be loaded: ReferenceError: nowhere is not defined'],
    ['syntax.ts', /^syntax\.ts could not be loaded: TransformError: .*syntax\.ts:2:0: ERROR: Unexpected end of file/],
  ])('%s: %s', async (spec, message) => {
    const error = await failure(spec)
    if (typeof message === 'string') expect(error.message).toBe(message)
    else expect(error.message).toMatch(message)
    expect(error.message).not.toContain('\n')
  })

  test('where its own code failed, with the frames of its own code', async () => {
    const { traceback } = await failure('broken.py')
    expect([...(traceback ?? '').matchAll(/File "(.*)", line (\d+)/g)].map(([, file, line]) => [file, line])).toEqual([
      [join(folder, 'broken.py'), '4'],
      [join(folder, 'broken.py'), '2'],
    ])
  })

  test.each(['nowhere.py', 'itself.py'])('of a link that cannot be followed, where it leads: %s', async (leadsTo) => {
    symlinkSync(leadsTo, join(folder, 'itself.py'))
    onTestFinished(() => rmSync(join(folder, 'itself.py')))
    expect((await failure('itself.py:app')).message).toBe(
      `itself.py is a link to ${leadsTo}, which cannot be found: mend the link`,
    )
    expect((await failure('itself:app')).message).toMatch(/^no module named itself in /)
  })

  test('which interpreter is missing', async () => {
    const script = join(folder, 'python-no-x')
    writeFileSync(script, '')
    chmodSync(script, 0o644)
    expect((await failure('hello.py', { python: './python-no-x' })).message).toMatch(
      /^--python \.\/python-no-x: not an exec/,
    )
    expect((await failure('hello.py', { python: 'pyton3' })).message).toMatch(/^--python pyton3: not found on PATH/)
    expect((await failure('hello.py', { env: { VIRTUAL_ENV: '/gone' } })).message).toMatch(
      /^VIRTUAL_ENV is \/gone, which has/,
    )
  })

  test.runIf(existsSync('/usr/bin/python3'))('and one that is named is the one that runs', async () => {
    const { app } = await load('hello.py', { python: '/usr/bin/python3' })
    expect(app.runtime).toMatch(/^Python 3\.\d+\.\d+ \(\/usr\/bin\/python3\)$/)
  })
})
