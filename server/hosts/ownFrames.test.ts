/** Whose line answers, where a framework stands between the application's own code and the server: on every Python there is. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '../../shared/gateway/host.ts'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { createHost } from './createHost.ts'
import { callHost, hostOptions } from './testing/callHost.ts'

/** Calls a view, makes a 500 of what it raises, and lets hooks look at what it returned. */
const FRAMEWORK = `
class Response:
    def __init__(self, text, status='200 OK'):
        self.text, self.status = text, status

class Application:
    def __init__(self, views, hooks=(), quiet=False):
        self.views, self.hooks, self.quiet = views, hooks, quiet

    def __call__(self, environ, start_response):
        error = None
        try:
            response = self.dispatch(environ)
        except Exception as e:
            if self.quiet:
                error = e
            else:
                response = self.failed(e)
        if error is not None:
            response = self.failed(error)
        start_response(response.status, [('Content-Type', 'text/plain')])
        return [response.text.encode()]

    def dispatch(self, environ):
        response = self.views[environ['PATH_INFO']](environ)
        if not isinstance(response, Response):
            response = Response(response)
        for hook in self.hooks:
            response = hook(response)
        return response

    def failed(self, error):
        return Response('failed', '500 Internal Server Error')

def attribute(thing):
    return getattr(thing, 'missing', 'none')

def hides(call):
    try:
        call()
    except Exception:
        pass
`

const APP = `
import sys
import os
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'site-packages'))
import mini

class Thing:
    @property
    def missing(self):
        raise AttributeError('swallowed by getattr()')  # line: swallowed

def plain(environ):
    return 'plain'  # line: plain

def helped(environ):
    text = inner(environ)
    return mini.Response(text)  # line: helped

def inner(environ):
    return 'made further inside'

def broken(environ):
    return inner_broken()

def inner_broken():
    return 1 // 0  # line: broken

def in_library(environ):
    return mini.attribute(3, 4)  # line: in library

def handled(environ):
    try:
        inner_broken()
    except ZeroDivisionError:
        return mini.Response('handled', '500 On Purpose')  # line: handled

def unhandled_attribute(environ):
    return mini.attribute(Thing())  # line: attribute

def cause(environ):
    try:
        inner_broken()
    except ZeroDivisionError as error:
        raise ValueError('because of that') from error  # line: cause

def generator(environ):
    mini.hides(lambda: list(broken_numbers()))
    return ''.join(numbers())  # line: generator

def numbers():
    yield 'one'
    yield 'two'

def broken_numbers():
    yield 1
    raise KeyError('in a generator')

def decorated(view):
    def wrapper(environ):
        return view(environ)
    return wrapper

@decorated
def wrapped(environ):
    return mini.Response('wrapped')  # line: wrapped

def deep(environ):
    return deep(environ)

def profiled(environ):
    sys.setprofile(lambda *about: None)
    sys.setprofile(None)
    return 'profiled'

def pass_on(response):
    assert isinstance(response, mini.Response)
    return response

views = {'/%s' % view.__name__: view for view in (
    plain, helped, broken, in_library, handled, unhandled_attribute, cause, generator, deep, profiled)}
views['/wrapped'] = wrapped
framework = mini.Application(views, [pass_on])
quiet = mini.Application(views, [pass_on], quiet=True)

def middleware(environ, start_response):
    """Catches what is raised, and says so in a plain except."""
    try:
        return views[environ['PATH_INFO']](environ)
    except Exception:
        start_response('500 Internal Server Error', [('Content-Type', 'text/plain')])
        return [b'caught']
`

const lineOf = (mark: string) => APP.split('\n').findIndex((line) => line.endsWith(`# line: ${mark}`)) + 1

const pythons = ['python3', '/usr/bin/python3', ...[8, 9, 10, 12, 13, 14].map((minor) => `python3.${minor}`)]
const found = pythons.filter((name) => spawnSync(name, ['-c', '']).status === 0)

describe.each([...found, 'embedded'])('with %s', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  const file = join(folder, 'app.py')
  const hosts: Record<string, Host> = {}
  beforeAll(async () => {
    mkdirSync(join(folder, 'site-packages'))
    writeFileSync(join(folder, 'site-packages', 'mini.py'), FRAMEWORK)
    writeFileSync(file, APP)
    const { options } = hostOptions()
    for (const name of ['framework', 'quiet', 'middleware']) {
      const env = { PATH: process.env.PATH }
      hosts[name] = await createHost(`app.py:${name}`, { cwd: folder, env, python, ...options })
    }
  })
  afterAll(async () => {
    await Promise.all(Object.values(hosts).map((host) => host.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  async function ask(path: string, { app = 'framework', trace = true } = {}) {
    const host = hosts[app]
    if (host === undefined) throw new Error(`${app} was not started`)
    const asked = callHost(host, { environ: { PATH_INFO: path }, trace })
    await asked.over
    const one = <K extends AppEvent['kind']>(kind: K) =>
      asked.events.find((event): event is Extract<AppEvent, { kind: K }> => event.kind === kind)
    return { start: one('startResponse'), caught: one('caught'), raised: one('raised') }
  }

  test.each([
    ['a view', '/plain', 'plain'],
    ['a view that asked others for their part', '/helped', 'helped'],
    ['a view in a decorator', '/wrapped', 'wrapped'],
    ['a view that ran generators, of which one failed and was caught', '/generator', 'generator'],
    ['a view whose attribute failed, which nobody noticed', '/unhandled_attribute', 'attribute'],
    ['a view that handled what it caught', '/handled', 'handled'],
  ])('%s is where the answer comes from, and not the hook that passes it on', async (_, path, mark) => {
    const { start, caught } = await ask(path)
    expect(start?.answer).toMatchObject({ file, line: lineOf(mark) })
    expect(caught).toBeUndefined()
  })

  test.each([
    ['is told with the line that raised it', '/broken', 'broken', 'ZeroDivisionError'],
    ['that came out of a library is told with the line that called it', '/in_library', 'in library', 'TypeError'],
    ['with a cause is told itself', '/cause', 'cause', 'ValueError'],
  ])('an exception of which the framework makes a 500 %s', async (_, path, mark, type) => {
    for (const app of ['framework', 'quiet']) {
      const { start, caught, raised } = await ask(path, { app })
      expect(start?.status).toMatch(/^500/)
      expect(caught).toMatchObject({ type })
      expect(caught?.stack.find((frame) => 'file' in frame)).toMatchObject({ file, line: lineOf(mark) })
      expect(caught?.stack.at(-1)).toMatchObject({ of: ['mini'] })
      expect(caught?.traceback).toContain(`File "${file}", line ${lineOf(mark)}`)
      expect(raised).toBeUndefined()
    }
  })

  test('endless recursion ends as it does where nobody watches', async () => {
    for (const trace of [false, true]) expect((await ask('/deep', { trace })).start?.status).toMatch(/^500/)
    expect((await ask('/plain')).start?.answer).toMatchObject({ line: lineOf('plain') })
  })

  test('an exception that a plain except in the application answers is told too', async () => {
    const { start, caught } = await ask('/broken', { app: 'middleware' })
    expect(caught?.stack[0]).toMatchObject({ file, line: lineOf('broken') })
    expect(start?.answer).toBeUndefined()
  })

  test('nothing of this is looked for where nobody watches, and the next request that is watched has it again', async () => {
    const { start, caught } = await ask('/broken', { trace: false })
    expect([start?.answer, caught]).toEqual([undefined, undefined])
    expect((await ask('/broken')).caught).toMatchObject({ type: 'ZeroDivisionError' })
  })

  test('an application that sets a profiler of its own is served all the same', async () => {
    expect((await ask('/profiled')).start?.status).toBe('200 OK')
    expect((await ask('/plain')).start?.answer).toMatchObject({ line: lineOf('plain') })
  })
})
