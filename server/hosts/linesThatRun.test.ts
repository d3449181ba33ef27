/** Which line of the application's own runs as it reads, returns and yields: on every Python there is, and in TypeScript. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '../../shared/gateway/host.ts'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { createHost } from './createHost.ts'
import { callHost, hostOptions } from './testing/callHost.ts'

/** Reads the form for its view, as frameworks do. */
const FRAMEWORK = `
class Request:
    def __init__(self, environ):
        self.environ = environ

    @property
    def form(self):
        return self.environ['wsgi.input'].read()

class Application:
    def __init__(self, view):
        self.view = view

    def __call__(self, environ, start_response):
        text = self.view(Request(environ))
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [text]
`

const APP = `
import sys
import os
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'site-packages'))
import mini

TEXT = [('Content-Type', 'text/plain')]

def direct(environ, start_response):
    body = environ['wsgi.input'].read()  # line: direct reads
    start_response('200 OK', TEXT)
    if not body:
        return []
    return [body]  # line: direct returns

def streams(environ, start_response):
    start_response('200 OK', TEXT)
    yield b'one'  # line: first
    for line in environ['wsgi.input']:  # line: streams read
        yield line  # line: others

def returns_generator(environ, start_response):
    start_response('200 OK', TEXT)
    return pieces()  # line: returns generator

def pieces():
    yield b'a'  # line: a
    yield b'b'  # line: b

class Callable:
    def __call__(self, environ, start_response):
        start_response('200 OK', TEXT)
        return self.answer()  # line: callable returns

    def answer(self):
        return [b'from a method']

instance = Callable()

def view(request):
    text = request.form  # line: view reads
    return text + b'!'  # line: view returns

framework = mini.Application(view)

def fails(environ, start_response):
    start_response('200 OK', TEXT)
    raise ValueError('no')
`

const lineOf = (mark: string) => APP.split('\n').findIndex((line) => line.endsWith(`# line: ${mark}`)) + 1

const APPS = ['direct', 'streams', 'returns_generator', 'instance', 'framework', 'fails']
const pythons = ['python3', '/usr/bin/python3', ...[8, 9, 10, 12, 13, 14].map((minor) => `python3.${minor}`)]
const found = pythons.filter((name) => spawnSync(name, ['-c', '']).status === 0)

type Of<K extends AppEvent['kind']> = Extract<AppEvent, { kind: K }>
const all = <K extends AppEvent['kind']>(events: readonly AppEvent[], kind: K): Of<K>[] =>
  events.filter((event): event is Of<K> => event.kind === kind)

describe.each([...found, 'embedded'])('with %s', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  const file = join(folder, 'app.py')
  const hosts: Record<string, Host> = {}
  beforeAll(async () => {
    mkdirSync(join(folder, 'site-packages'))
    writeFileSync(join(folder, 'site-packages', 'mini.py'), FRAMEWORK)
    writeFileSync(file, APP)
    const { options } = hostOptions()
    for (const name of APPS) {
      const env = { PATH: process.env.PATH }
      hosts[name] = await createHost(`app.py:${name}`, { cwd: folder, env, python, ...options })
    }
  })
  afterAll(async () => {
    await Promise.all(Object.values(hosts).map((host) => host.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  async function ask(app: string, trace = true) {
    const host = hosts[app]
    if (host === undefined) throw new Error(`${app} was not started`)
    const asked = callHost(host, { body: 'How\nare\nyou', trace })
    await asked.over
    return {
      reads: all(asked.events, 'inputRead').map(({ frame }) => frame?.line ?? null),
      returned: all(asked.events, 'returned')[0]?.frame ?? null,
      yields: all(asked.events, 'chunk').map(({ frame }) => frame?.line ?? null),
    }
  }

  test('the line that reads is told, and the one that returns, also from a branch', async () => {
    for (let again = 0; again < 2; again++) {
      const { reads, returned, yields } = await ask('direct')
      expect(reads).toEqual([lineOf('direct reads')])
      expect(returned).toEqual({ file, line: lineOf('direct returns'), function: 'direct' })
      expect(yields).toEqual([null])
    }
  })

  test('of a generator, the line of a yield where it is another one than before, and no line that returned', async () => {
    const { reads, returned, yields } = await ask('streams')
    expect(returned).toBeNull()
    expect(yields).toEqual([lineOf('first'), lineOf('others'), null, null])
    expect(new Set(reads)).toEqual(new Set([lineOf('streams read')]))
  })

  test('of a function that returns a generator, first the line that returned it', async () => {
    const { returned, yields } = await ask('returns_generator')
    expect(returned?.line).toBe(lineOf('returns generator'))
    expect(yields).toEqual([lineOf('a'), lineOf('b')])
  })

  test('of an object, the line of its __call__ that returned to the server', async () => {
    const { returned } = await ask('instance')
    expect(returned?.line).toBe(lineOf('callable returns'))
  })

  test('below a framework, the line of the view that led to the reading, and the one it had its answer from', async () => {
    const { reads, returned } = await ask('framework')
    expect(reads).toEqual([lineOf('view reads')])
    expect(returned?.line).toBe(lineOf('view returns'))
  })

  test('what raises has not returned, and the next one has its line again', async () => {
    expect((await ask('fails')).returned).toBeNull()
    expect((await ask('direct')).returned?.line).toBe(lineOf('direct returns'))
  })

  test('nothing of this is looked for where nobody watches', async () => {
    expect(await ask('direct', false)).toMatchObject({ returned: null, yields: [null] })
    expect(await ask('streams', false)).toMatchObject({ returned: null, yields: [null, null, null, null] })
  })
})
