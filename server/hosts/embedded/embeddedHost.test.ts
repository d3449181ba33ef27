/** Python in Pyodide: that it serves as a python3 does, where it finds packages, and what it says where it does not. */
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { latin1Decode } from '../../../shared/bytes/latin1.ts'
import { type Host, type HostOptions, LoadError } from '../../../shared/gateway/host.ts'
import { createHost } from '../createHost.ts'
import { callHost, type Heard, hostOptions, inMemory, type Transcript } from '../testing/callHost.ts'
import { moduleAt, spawnParent } from '../testing/spawnParent.ts'

const FIXTURES = fileURLToPath(new URL('../testing/fixtures', import.meta.url))

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Changes = Partial<HostOptions> & { python?: string; env?: Record<string, string> }

async function startHost(spec: string, cwd: string, changes: Changes = {}): Promise<{ host: Host; heard: Heard }> {
  const started = await hostFor(spec, cwd, changes)
  onTestFinished(() => started.host.close())
  return started
}

async function hostFor(spec: string, cwd: string, changes: Changes = {}): Promise<{ host: Host; heard: Heard }> {
  const { options, heard } = hostOptions(changes)
  const host = await createHost(spec, {
    cwd,
    env: { PATH: process.env.PATH },
    python: 'embedded',
    ...changes,
    ...options,
  })
  return { host, heard }
}

/** Loading Pyodide takes seconds of a processor: tests that need no interpreter of their own ask the same one. */
function sharedHost(spec: string, cwd: () => string): () => Promise<{ host: Host; folder: string }> {
  let started: Promise<{ host: Host; folder: string }> | null = null
  afterAll(async () => {
    if (started === null) return
    const { host, folder } = await started
    await host.close()
    if (folder !== FIXTURES) rmSync(folder, { recursive: true, force: true })
  })
  return () => {
    started ??= Promise.resolve(cwd()).then(async (folder) => ({ host: (await hostFor(spec, folder)).host, folder }))
    return started
  }
}

/** A folder with the applications that live dangerously, in which a test can make files. */
function lifeFolder(folder = newFolder()): string {
  cpSync(join(FIXTURES, 'life.py'), join(folder, 'life.py'))
  return folder
}

const sharedLife = sharedHost('life.py', () => lifeFolder(mkdtempSync(join(tmpdir(), 'wsgiscope-'))))
const sharedBehaviours = sharedHost('behaviours.py', () => FIXTURES)

const call = (host: Host, path: string, query = '', options: Parameters<typeof callHost>[1] = {}): Transcript =>
  callHost(host, { ...options, environ: { PATH_INFO: `/${path}`, QUERY_STRING: query } })
const answer = ({ events }: Transcript): string =>
  events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')
const kinds = ({ events }: Transcript) => events.map(({ kind }) => kind)
const died = ({ events }: Transcript) => events.find((event) => event.kind === 'died')

async function ask(host: Host, path: string, query = ''): Promise<string> {
  const asked = call(host, path, query)
  await asked.over
  return answer(asked)
}

async function failure(spec: string, cwd: string): Promise<LoadError> {
  const error = await startHost(spec, cwd).catch((reason: unknown) => reason)
  if (error instanceof LoadError) return error
  throw new Error(`${spec} was loaded`)
}

describe('an application', () => {
  test('is told of by the interpreter that runs it', async () => {
    const { host, folder } = await sharedLife()
    expect(host.app.runtime).toMatch(/^Python 3\.13\.\d+ \(embedded\)$/)
    expect(host.app.file).toBe(join(folder, 'life.py'))
  })

  test('sees itself as a program in its folder, and no more of its process', async () => {
    const { host, folder } = await sharedLife()
    expect(await ask(host, 'surroundings')).toBe(`[['${folder}/life.py'], '${folder}', '${folder}', 'SIG_IGN', '']`)
  })

  test('runs where no python3 is found, and the log says so', async () => {
    const nothing = newFolder()
    const { options, heard } = hostOptions()
    const host = await createHost('life.py', { ...options, cwd: FIXTURES, env: { PATH: nothing } })
    onTestFinished(() => host.close())
    expect(host.app.runtime).toContain('(embedded)')
    expect(heard.log.map(({ text }) => text)).toContain(
      'no python3 was found: the application runs in embedded CPython, which takes a moment to load',
    )
  })

  test('may lie in the folder of temporary files, and has one of its own then', async () => {
    const file = join(tmpdir(), `wsgiscope-${process.pid}.py`)
    onTestFinished(() => rmSync(file, { force: true }))
    writeFileSync(
      file,
      `import tempfile

def app(environ, start_response):
    with tempfile.TemporaryFile() as copy:
        copy.write(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [str(copy.tell()).encode()]
`,
    )
    const { host, heard } = await startHost(file, '/')
    expect(heard.log.map(({ text }) => text)).toContain(
      `it can read ${tmpdir()} and what lies below it, and nothing else, what others left there too: ` +
        'a folder of its own is better',
    )
    const body = join(newFolder(), 'body')
    writeFileSync(body, 'x'.repeat(2_000_000))
    const spooled = call(host, '', '', { body: { kind: 'file', path: body, length: 2_000_000 } })
    await spooled.over
    expect(answer(spooled)).toBe('2000000')
  })

  test.each(['/', homedir(), dirname(homedir())])(
    'that lies in %s, where everything does, is not run',
    async (place) => {
      expect((await failure('os', place)).message).toBe(
        `embedded CPython would see all of ${place}: put the application into a folder of its own, or use --python python3`,
      )
    },
  )

  test('is said to see its folder, which of a file in a package is the one above', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'shop'))
    writeFileSync(join(folder, 'shop', '__init__.py'), '')
    writeFileSync(join(folder, 'shop', 'wsgi.py'), 'def app(environ, start_response): pass\n')
    const { heard } = await startHost(join('shop', 'wsgi.py'), folder)
    expect(heard.log.map(({ text }) => text)).toContain(
      `it can read ${folder} and what lies below it, and nothing else`,
    )
  })

  test('may use asyncio, as far as time alone is waited for; what nothing can end ends at once', async () => {
    const folder = newFolder()
    writeFileSync(
      join(folder, 'tasks.py'),
      `import asyncio

async def task(name):
    await asyncio.sleep(0.01)
    return name

async def tasks():
    return await asyncio.gather(task("one"), asyncio.wait_for(task("two"), 60))

def app(environ, start_response):
    start_response("200 OK", [])
    if environ["QUERY_STRING"] == "":
        return [" ".join(asyncio.run(tasks())).encode()]
    try:
        asyncio.run(asyncio.Event().wait())
    except RuntimeError as error:
        return [str(error).encode()]
`,
    )
    const { host } = await startHost('tasks.py', folder)
    expect(await ask(host, '')).toBe('one two')
    expect(await ask(host, '', 'for-ever')).toBe(
      'asyncio waits for what cannot come: embedded Python has no sockets, threads or processes',
    )
    expect(await ask(host, '')).toBe('one two')
  })

  test.each([1, 3])('with %i workers is told of wsgi.multiprocess, and each serves', async (workers) => {
    const one = workers === 1 ? await sharedLife() : null
    const folder = one?.folder ?? lifeFolder()
    const host = one?.host ?? (await startHost('life.py', folder, { workers })).host
    const go = join(folder, 'go-on')
    const calls = Array.from({ length: workers }, () => call(host, 'wait_for_file', go))
    await Promise.all(calls.map(({ reported }) => reported('called')))
    writeFileSync(go, '')
    await Promise.all(calls.map(({ over }) => over))
    expect(calls.map(answer)).toEqual(calls.map(() => 'there it is'))
    expect(await ask(host, 'flags')).toContain(`(1, 0), False, ${workers > 1 ? 'True' : 'False'}, False, True]`)
  })

  test('leaves chunk by chunk, while its generator still runs', async () => {
    const { host, folder } = await sharedLife()
    const go = join(folder, 'go')
    const lazy = call(host, 'lazy', go)
    await lazy.reported('chunk')
    expect(answer(lazy)).toBe('first')
    writeFileSync(go, '')
    await lazy.over
    expect(answer(lazy)).toBe('firstsecond')
  })

  test('hears between two chunks that nobody waits for more', async () => {
    const { host } = await sharedBehaviours()
    const endless = callHost(host, { environ: { behaviour: 'endless' } })
    await endless.reported('chunk', 3)
    endless.running.abort()
    await endless.over
    expect(endless.events.at(-1)).toEqual({ kind: 'closed' })
  })

  test('answers 1,000 requests at once, each with its own answer', async () => {
    const { host } = await sharedBehaviours()
    const calls = Array.from({ length: 1000 }, (_, i) =>
      callHost(host, { environ: { behaviour: 'reads_nothing' }, body: `${i}` }),
    )
    await Promise.all(calls.map(({ over }) => over))
    expect(calls.map(answer)).toEqual(calls.map((_, i) => `${i};;`))
  })

  test('reads a body back exactly, from memory and from the file it was spooled to', async () => {
    const { host } = await sharedLife()
    const expected = (bytes: Uint8Array) => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`
    const large = randomBytes(20_000_000)
    const path = join(newFolder(), 'body')
    writeFileSync(path, large)
    const spooled = call(host, 'sha256', '', { body: { kind: 'file', path, length: large.length } })
    const small = randomBytes(900_000)
    const inline = call(host, 'sha256', '', { body: inMemory(small.subarray(0, 7), small.subarray(7)) })
    await Promise.all([spooled.over, inline.over])
    expect(answer(spooled)).toBe(expected(large))
    expect(answer(inline)).toBe(expected(small))
  })
})

describe('a worker', () => {
  test('that ends costs the request it has begun, and is reported with its last words', async () => {
    const { host } = await sharedLife()
    const [left, next] = [call(host, 'leave'), call(host, 'sys_exit')]
    await Promise.all([left.over, next.over])
    expect(died(left)).toMatchObject({ status: 500, reason: 'worker 1 exited with code 3: last words' })
    expect(next.events).toContainEqual(expect.objectContaining({ kind: 'raised', type: 'SystemExit', message: 'bye' }))
    expect(kinds(next).at(-1)).toBe('closed')
  })

  test('that hangs is killed and answered 504, and the next request finds a new one', async () => {
    const { host } = await startHost('life.py', FIXTURES, { appTimeoutMs: 2000 })
    const [hung, next] = [call(host, 'hang'), call(host, 'flags')]
    await Promise.all([hung.over, next.over])
    expect(died(hung)).toMatchObject({ status: 504 })
    expect(answer(next)).toContain('(1, 0)')
  })

  test.each(['flags', 'loops'])(
    'ends with its parent, killed while it runs %s, and so does the spare one',
    async (path) => {
      const folder = lifeFolder()
      writeFileSync(join(folder, 'life.py'), 'def loops(environ, start_response):\n    while True: pass\n', {
        flag: 'a',
      })
      const parent = spawnHost(folder, path)
      await new Promise((resolve) => parent.stdout.once('data', resolve))
      await vi.waitUntil(() => processesOf(folder) === 2, 120_000)
      parent.kill('SIGKILL')
      await vi.waitUntil(() => processesOf(folder) === 0, 120_000)
    },
  )

  test('leaves nothing behind when the host is closed', async () => {
    const folder = lifeFolder()
    const before = new Set(readdirSync(tmpdir()))
    const { host } = await startHost('life.py', folder)
    await host.close()
    await vi.waitUntil(() => processesOf(folder) === 0, 120_000)
    const left = readdirSync(tmpdir()).filter((name) => !before.has(name) && existsSync(join(tmpdir(), name, 'sent')))
    expect(left).toEqual([])
    expect(readdirSync(folder)).toEqual(['life.py'])
  })
})

/** How many embedded processes with this folder there are. */
function processesOf(folder: string): number {
  return readdirSync('/proc').filter((name) => {
    const file = `/proc/${name}/cmdline`
    const command = /^\d+$/.test(name) && existsSync(file) ? readFileSync(file, 'utf8') : ''
    return command.includes('child.mjs') && command.includes(folder)
  }).length
}

/** A Node process that has a host with one request under way; it prints a word when that has begun. */
function spawnHost(cwd: string, path: string) {
  const module = (name: string) => moduleAt(name, import.meta.url)
  const script = `
    const { createHost } = await import(${module('../createHost.ts')})
    const { callHost, hostOptions } = await import(${module('../testing/callHost.ts')})
    const { options } = hostOptions()
    const host = await createHost('life.py', { ...options, cwd: ${JSON.stringify(cwd)}, env: {}, python: 'embedded' })
    const request = callHost(host, { environ: { PATH_INFO: '/${path}' } })
    await request.reported('called')
    process.stdout.write('begun')
    setInterval(() => {}, 1000)
  `
  return spawnParent(script)
}

describe('packages', () => {
  const PLACES = ['', 'site-packages', 'vendor', '.venv/lib/python3.13/site-packages']
  const nameIn = (place: string) => `only_${PLACES.indexOf(place)}`
  const sharedPackages = sharedHost('app.py', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
    for (const place of PLACES) {
      mkdirSync(join(folder, place, nameIn(place)), { recursive: true })
      writeFileSync(join(folder, place, nameIn(place), '__init__.py'), 'from .part import answer')
      const part = "def answer(environ, start_response):\n    start_response('200 OK', [])\n    return [b'found']\n"
      writeFileSync(join(folder, place, nameIn(place), 'part.py'), part)
    }
    const asked = "__import__(environ['PATH_INFO'][1:]).answer(environ, start_response)"
    writeFileSync(join(folder, 'app.py'), `def app(environ, start_response):\n    return ${asked}\n`)
    return folder
  })

  test.each(PLACES)('are found beside the application, in %j', async (place) => {
    const { host, folder } = await sharedPackages()
    expect(await ask(host, nameIn(place))).toBe('found')
    expect(readdirSync(join(folder, place, nameIn(place))).toSorted()).toEqual(['__init__.py', 'part.py'])
  })

  test('that are missing are said to be, with where they are looked for and what to do', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'app.py'), 'import flask.views\n')
    const error = await failure('app.py', folder)
    expect(error.message).toMatch(
      new RegExp(
        `^embedded CPython 3\\.13\\.\\d+ finds no module flask in ${folder}, in its site-packages and in its \\.venv: ` +
          `put it beside the application \\(pip install --target ${folder}/site-packages flask\\), or use --python python3$`,
      ),
    )
    expect(error.traceback).toContain("No module named 'flask'")
  })

  test('that are missing are said with a command that a shell understands, wherever the application lies', async () => {
    const folder = join(newFolder(), "Ada's läden")
    mkdirSync(folder)
    writeFileSync(join(folder, 'app.py'), 'import flask.views\n')
    const path = `${folder.replace("'", "'\\''")}/site-packages`
    expect((await failure('app.py', folder)).message).toContain(`(pip install --target '${path}' flask)`)
  })

  test('in C cannot be loaded, which is said plainly, also where the package words it in its own way', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'fast'))
    const extension = join(folder, 'fast', '_speed.cpython-311-x86_64-linux-gnu.so')
    writeFileSync(extension, '')
    writeFileSync(join(folder, 'fast', '__init__.py'), 'from . import _speed\n')
    writeFileSync(join(folder, 'app.py'), 'import fast\n')
    writeFileSync(
      join(folder, 'wordy.py'),
      "try:\n    from fast import _speed\nexcept ImportError as error:\n    raise ImportError('Oh dear') from error\n",
    )
    for (const name of ['app.py', 'wordy.py']) {
      expect((await failure(name, folder)).message).toBe(
        `${name} needs ${extension}, a C extension, which embedded CPython cannot load: use --python python3`,
      )
    }
  })

  test('of the system make a Flask application run, from a copy beside it', async (context) => {
    const system = '/usr/lib/python3/dist-packages'
    const wanted = ['flask', 'werkzeug', 'jinja2', 'markupsafe', 'itsdangerous', 'click', 'blinker', 'simplejson']
    if (!existsSync(join(system, 'flask')) && !process.env.CI) context.skip(`needs Flask in ${system}`)
    const folder = newFolder()
    for (const name of wanted.filter((each) => existsSync(join(system, each)))) {
      cpSync(join(system, name), join(folder, 'site-packages', name), { recursive: true })
    }
    writeFileSync(
      join(folder, 'shop.py'),
      `from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.route("/cart/<int:count>", methods=["GET", "POST"])
def cart(count):
    return render_template_string("{{ count }} of {{ what }}", count=count, what=request.values["what"])
`,
    )
    const { host, heard } = await startHost('shop.py', folder)
    expect(host.app).toMatchObject({ callable: 'Flask.__call__', file: join(folder, 'shop.py'), line: 3 })
    expect(await ask(host, 'cart/3', 'what=%3Ctea%3E')).toBe('3 of &lt;tea&gt;')
    const traced = call(host, 'cart/7', 'what=tea', { trace: true })
    await traced.over
    expect(traced.events.filter(({ kind }) => kind === 'noticed')).toEqual([])
    expect(answer(traced)).toBe('7 of tea')
    expect(heard.sources.map(({ file }) => file)).toContain(join(folder, 'shop.py'))
  })
})
