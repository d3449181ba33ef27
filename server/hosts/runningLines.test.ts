/** Which line of the application reads, returns and yields: told where somebody watches, on every Python there is. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Host } from '../../shared/gateway/host.ts'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { createHost } from './createHost.ts'
import { callHost, hostOptions } from './testing/callHost.ts'

/** Reads for a view, and gives what that returned in an iterable of its own; and calls one application after the other. */
const LIBRARY = `
class Chosen:
    """Every second request is answered by what the one before it has named, without a frame around it."""
    named = None

    def __init__(self, applications):
        self.applications = applications

    @property
    def __call__(self):
        application, self.named = self.named or self.name, None
        return application

    def name(self, environ, start_response):
        self.named = self.applications[environ['PATH_INFO']]
        start_response('204 No Content', [])
        return []

class Wrapped:
    def __init__(self, chunks):
        self.chunks = iter(chunks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.chunks).encode()

class Request:
    def __init__(self, environ):
        self.environ = environ

    def form(self):
        return self.environ['wsgi.input'].read()

class Application:
    def __init__(self, view):
        self.view = view

    def __call__(self, environ, start_response):
        answer = self.view(Request(environ))
        start_response('200 OK', [])
        return Wrapped(answer)
`

const APP = `
import os
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'site-packages'))
import mini

def plain(environ, start_response):
    body = environ['wsgi.input'].read()  # line: read
    start_response('200 OK', [])
    try:
        return [body,  # line: return
                b'b']
    finally:
        body = None

def leaves_with(environ, start_response):
    start_response('200 OK', [])
    if environ['QUERY_STRING']:
        return []
    with open(__file__, 'rb') as source:
        for line in source:
            try:
                with open(__file__, 'rb'):
                    return [  # line: with
                        line,
                        line]
            finally:
                if line:
                    del line

def lines(environ, start_response):
    environ['wsgi.input'].readline()  # line: readline
    environ['wsgi.input'].readlines(1)  # line: readlines
    for line in environ['wsgi.input']:  # line: iterate
        pass
    start_response('200 OK', [])
    return []

def generator(environ, start_response):  # line: def
    start_response('200 OK', [])
    yield b'a'  # line: first yield
    for n in range(2):
        yield (  # line: second yield
            b'%d' % n)

def delegates(environ, start_response):
    start_response('200 OK', [])
    return inner()  # line: returns a generator

def inner():
    yield from innermost()

def innermost():
    yield b'a'  # line: yield from
    yield helped()  # line: yields what a helper made

def helped():
    return b'made'

def passed(call):
    def wrapper(environ, start_response):
        return call(environ, start_response)
    return wrapper

@passed
def decorated(environ, start_response):
    start_response('200 OK', [])
    return [b'a']  # line: decorated

class Answer:
    def __init__(self, environ, start_response):
        start_response('200 OK', [])
        self.left = 2

    def __iter__(self):
        return self

    def __next__(self):
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return b'a'  # line: __next__

class Callable:
    def __call__(self, environ, start_response):
        start_response('200 OK', [])
        return Iterable()  # line: __call__

class Iterable:
    def __iter__(self):
        yield b'a'  # line: __iter__

instance = Callable()

def writes(environ, start_response):
    write = start_response('200 OK', [])
    write(b'a')  # line: write
    return ()  # line: after write

def view(request):
    request.form()  # line: form
    return numbers()  # line: view

def numbers():
    yield 'one'  # line: one
    yield from ['two']  # line: two

framework = mini.Application(view)

def middleware(environ, start_response):
    for chunk in framework(environ, start_response):
        yield chunk  # line: middleware

def many(environ, start_response):
    start_response('200 OK', [])
    for n in range(1100):
        yield b'%d' % n  # line: many

def profiles(environ, start_response):
    sys.setprofile(lambda *about: None)
    sys.setprofile(None)
    start_response('200 OK', [])
    return iter([b'a'])

app = mini.Chosen({'/' + name: value for name, value in list(globals().items())})
`

const pythons = ['python3', '/usr/bin/python3', ...[8, 9, 10, 12, 13, 14].map((minor) => `python3.${minor}`)]
const found = pythons.filter((name) => spawnSync(name, ['-c', '']).status === 0)

describe.each([...found, 'embedded'])('with %s', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  const file = join(folder, 'app.py')
  let host: Host
  beforeAll(async () => {
    mkdirSync(join(folder, 'site-packages'))
    writeFileSync(join(folder, 'site-packages', 'mini.py'), LIBRARY)
    writeFileSync(file, APP)
    const { options } = hostOptions()
    host = await createHost('app.py', { cwd: folder, env: { PATH: process.env.PATH }, python, ...options })
  })
  afterAll(async () => {
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function ask(name: string, { body = '', trace = true } = {}) {
    await callHost(host, { environ: { PATH_INFO: `/${name}` } }).over
    const asked = callHost(host, { environ: { REQUEST_METHOD: 'POST' }, body, trace })
    await asked.over
    expect(asked.events.at(-1)).toEqual({ kind: 'closed' })
    return asked.events
  }

  /** Of the steps of one kind, the text behind `# line:` of each one's line; null where the line is not known. */
  const marks = (events: readonly AppEvent[], kind: 'inputRead' | 'returned' | 'chunk' | 'write') =>
    events.flatMap((event) => {
      if (event.kind !== kind) return []
      if (event.frame === undefined) return [null]
      expect(event.frame.file).toBe(file)
      return [APP.split('\n')[event.frame.line - 1]?.split('# line: ')[1] ?? `line ${event.frame.line}`]
    })

  test('a read is told with the line that read, and what a list was returned by with its return', async () => {
    const events = await ask('plain', { body: 'abc' })
    expect(marks(events, 'inputRead')).toEqual(['read'])
    expect(events.find(({ kind }) => kind === 'inputRead')).toMatchObject({ frame: { function: 'plain' } })
    expect(marks(events, 'returned')).toEqual(['return'])
    expect(marks(events, 'chunk')).toEqual([null, null])
  })

  test('a return that has something to leave behind is the line, and not what it runs on its way', async () => {
    expect(marks(await ask('leaves_with'), 'returned')).toEqual(['with'])
  })

  test('so is every other way to read', async () => {
    const events = await ask('lines', { body: '1\n2\n3\n4' })
    expect(marks(events, 'inputRead')).toEqual(['readline', 'readlines', 'iterate', 'iterate', 'iterate'])
  })

  test('a chunk of a generator is told with its yield; before the first one, the generator rests at its def', async () => {
    const events = await ask('generator')
    expect(marks(events, 'returned')).toEqual(['def'])
    expect(marks(events, 'chunk')).toEqual(['first yield', 'second yield', 'second yield'])
  })

  test('of generators that delegate, it is the innermost that yields', async () => {
    const events = await ask('delegates')
    expect(marks(events, 'returned')).toEqual(['returns a generator'])
    expect(marks(events, 'chunk')).toEqual(['yield from', 'yields what a helper made'])
  })

  test.each([
    ['a function in a decorator', 'decorated', 'decorated', [null]],
    ['an instance that is called', 'instance', '__call__', ['__iter__']],
    ['a class whose instances are iterators', 'Answer', null, ['__next__', '__next__']],
  ])('%s is told with its own lines', async (_, name, returned, chunks) => {
    const events = await ask(name)
    expect(marks(events, 'returned')).toEqual([returned])
    expect(marks(events, 'chunk')).toEqual(chunks)
  })

  test('write() is told with the line that called it', async () => {
    const events = await ask('writes')
    expect(marks(events, 'write')).toEqual(['write'])
    expect(marks(events, 'returned')).toEqual(['after write'])
  })

  test('below a framework, the own line that made it read, returned to it and yields', async () => {
    const events = await ask('framework', { body: 'a=b' })
    expect(marks(events, 'inputRead')).toEqual(['form'])
    expect(marks(events, 'returned')).toEqual(['view'])
    expect(marks(events, 'chunk')).toEqual(['one', 'two'])
  })

  test('around a framework, the generator that the server asks', async () => {
    expect(marks(await ask('middleware'), 'chunk')).toEqual(['middleware', 'middleware'])
  })

  test('of very many chunks, the first are told with their line', async () => {
    const told = marks(await ask('many'), 'chunk')
    expect(told).toHaveLength(1100)
    expect(new Set(told.slice(0, 1000))).toEqual(new Set(['many']))
    expect(new Set(told.slice(1000))).toEqual(new Set([null]))
  })

  test('nothing of this is looked for where nobody watches, and the next request that is watched has it again', async () => {
    const events = await ask('generator', { trace: false })
    expect(events.filter((event) => 'frame' in event)).toEqual([])
    expect(marks(await ask('plain'), 'returned')).toEqual(['return'])
  })

  test('an application that sets a profiler of its own is served all the same', async () => {
    expect((await ask('profiles')).filter(({ kind }) => kind === 'chunk')).toHaveLength(1)
    expect(marks(await ask('plain'), 'returned')).toEqual(['return'])
  })
})
