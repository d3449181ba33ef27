/** Real interpreters, real processes: what becomes of requests when workers wait, hang, die and come back. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../../shared/bytes/latin1.ts'
import type { Host } from '../../../shared/gateway/host.ts'
import type { AppEvent } from '../../../shared/gateway/types.ts'
import { parseAppSpec } from '../appSpec.ts'
import { callHost, type Heard, hostOptions, inMemory, type Transcript } from '../testing/callHost.ts'
import { moduleAt, spawnParent } from '../testing/spawnParent.ts'
import { createPythonHost, type PythonHostOptions } from './pythonHost.ts'

const FIXTURES = fileURLToPath(new URL('../testing/fixtures', import.meta.url))

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function startHost(
  changes: Partial<PythonHostOptions> = {},
  spec = 'life.py',
): Promise<{ host: Host; heard: Heard }> {
  const { options, heard } = hostOptions(changes)
  const cwd = changes.cwd ?? FIXTURES
  const host = await createPythonHost(parseAppSpec(spec, cwd), { cwd, env: process.env, ...changes, ...options })
  onTestFinished(() => host.close())
  return { host, heard }
}

const call = (host: Host, path: string, query = '', options: Parameters<typeof callHost>[1] = {}): Transcript =>
  callHost(host, { ...options, environ: { PATH_INFO: `/${path}`, QUERY_STRING: query } })

const answer = ({ events }: Transcript): string =>
  events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')
const kinds = ({ events }: Transcript) => events.map(({ kind }) => kind)
const logged = ({ events }: Transcript) =>
  events.flatMap((event) => (event.kind === 'logged' ? [`${event.source}: ${event.text}`] : []))
const died = ({ events }: Transcript) => events.find((event) => event.kind === 'died')

async function ask(host: Host, path: string): Promise<string> {
  const asked = call(host, path)
  await asked.over
  return answer(asked)
}

/** Resolves when `holds` does; for what no event tells. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const isRunning = (pid: number): boolean => {
  const status = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : ''
  return status !== '' && !/\) [ZX] /.test(status)
}

describe('a worker that dies', () => {
  test('costs the request it has begun, and no other', async () => {
    const { host, heard } = await startHost()
    const pid = Number(await ask(host, 'pid'))
    const begun = call(host, 'wait_for_file', '/nowhere')
    const queued = Array.from({ length: 5 }, () => call(host, 'pid'))
    await begun.reported('called')
    process.kill(pid, 'SIGKILL')
    await Promise.all([begun.over, ...queued.map(({ over }) => over)])
    expect(begun.events.at(-1)).toEqual({ kind: 'died', status: 500, reason: 'worker 1 was killed by SIGKILL' })
    for (const [ahead, request] of queued.entries()) {
      expect(request.events[0]).toEqual({ kind: 'queued', ahead: ahead + 1 })
      expect(kinds(request).slice(1)).toEqual(['called', 'startResponse', 'returned', 'chunk', 'exhausted', 'closed'])
      expect(Number(answer(request))).not.toBe(pid)
    }
    expect(heard.log.map(({ text }) => text)).toContain(`worker 1 (pid ${pid}) was killed by SIGKILL`)
  })

  test('is reported with its exit code and last words', async () => {
    const { host } = await startHost()
    const left = call(host, 'leave')
    await left.over
    expect(died(left)).toMatchObject({ status: 500, reason: 'worker 1 exited with code 3: last words' })
  })

  test('after it has sent a chunk, is not called again', async () => {
    const { host } = await startHost()
    const cut = call(host, 'killed_after_chunk')
    await cut.over
    expect(kinds(cut)).toEqual(['called', 'startResponse', 'chunk', 'died'].toSpliced(1, 0, 'returned'))
    expect(await ask(host, 'pid')).toMatch(/^\d+$/)
  })

  test('that cannot be started again answers 503, and is tried again', async () => {
    const folder = newFolder()
    const file = join(folder, 'fragile.py')
    const source = readFileSync(join(FIXTURES, 'life.py'), 'utf8')
    writeFileSync(file, source)
    const { host, heard } = await startHost({ cwd: folder }, 'fragile.py')
    writeFileSync(file, 'import nowhere_to_be_found')
    const [fatal, waiting] = [call(host, 'leave'), call(host, 'pid')]
    await Promise.all([fatal.over, waiting.over])
    expect(died(waiting)).toMatchObject({ status: 503, reason: expect.stringContaining('nowhere_to_be_found') })
    const refused = call(host, 'pid')
    await refused.over
    expect(died(refused)).toMatchObject({ status: 503 })
    writeFileSync(file, source)
    await until(() => heard.log.filter(({ text }) => text.includes('is ready')).length === 2)
    expect(await ask(host, 'pid')).toMatch(/^\d+$/)
  })

  test('and one whose channel was written into by something else, is replaced', async () => {
    const { host } = await startHost()
    const forged = call(host, 'forges')
    await forged.over
    expect(died(forged)).toMatchObject({ status: 500 })
    expect(await ask(host, 'pid')).toMatch(/^\d+$/)
  })
})

describe('an application that hangs', () => {
  test('is answered 504 and killed, and the next request finds a new worker', async () => {
    const { host } = await startHost({ appTimeoutMs: 2000 })
    const [hung, next] = [call(host, 'hang'), call(host, 'pid')]
    await Promise.all([hung.over, next.over])
    const reason = 'the application gave no byte for 2 s: it was given up'
    expect(died(hung)).toEqual({ kind: 'died', status: 504, reason })
    expect(answer(next)).toMatch(/^\d+$/)
  })

  test('is not one whose client takes its time', async () => {
    const { host } = await startHost({ appTimeoutMs: 1500 }, 'behaviours.py')
    const endless = callHost(host, { environ: { behaviour: 'endless' } })
    await endless.reported('chunk', 4)
    // Its time is over when that of another host's, which began later, is.
    const other = await startHost({ appTimeoutMs: 1500 })
    const hung = call(other.host, 'hang')
    await hung.over
    endless.running.abort()
    await endless.over
    expect(endless.events.at(-1)).toEqual({ kind: 'closed' })
  })
})

describe('requests that wait', () => {
  test('are told how many are ahead, and refused 503 when too many are', async () => {
    const folder = newFolder()
    const { host } = await startHost({ workers: 2, mostWaiting: 2 })
    const file = join(folder, 'go')
    const calls = Array.from({ length: 5 }, () => call(host, 'wait_for_file', file))
    const [first, second, third, fourth, fifth] = calls
    await fifth?.over
    expect(fifth?.events).toEqual([
      { kind: 'died', status: 503, reason: 'all workers are busy and 2 requests are waiting' },
    ])
    expect(third?.events).toEqual([{ kind: 'queued', ahead: 2 }])
    expect(fourth?.events).toEqual([{ kind: 'queued', ahead: 3 }])
    writeFileSync(file, '')
    await Promise.all(calls.map(({ over }) => over))
    expect(new Set([first, second].map((request) => request?.events[0]))).toEqual(
      new Set([1, 2].map((worker) => expect.objectContaining({ kind: 'called', worker }))),
    )
    for (const request of [third, fourth]) expect(request?.events.at(-1)).toEqual({ kind: 'closed' })
  })

  test('do not wait behind a slow one while another worker is free', async () => {
    const folder = newFolder()
    const { host } = await startHost({ workers: 2 })
    const file = join(folder, 'go')
    const slow = call(host, 'wait_for_file', file)
    await slow.reported('called')
    for (let i = 0; i < 20; i++) await ask(host, 'pid')
    expect(kinds(slow)).toEqual(['called'])
    writeFileSync(file, '')
    await slow.over
  })

  test.each([0, 40])('and are given up behind %i others are never called', async (others) => {
    const folder = newFolder()
    const { host } = await startHost()
    const file = join(folder, 'go')
    const slow = call(host, 'wait_for_file', file)
    const ahead = Array.from({ length: others }, () => call(host, 'pid'))
    const given = call(host, 'pid')
    await slow.reported('called')
    given.running.abort()
    writeFileSync(file, '')
    await Promise.all([slow.over, given.over, ...ahead.map(({ over }) => over)])
    if (others > 0) expect(kinds(given)).toEqual(['queued', 'closed'])
    else expect(kinds(given).at(-1)).toBe('closed')
  })
})

describe('a response', () => {
  test('leaves chunk by chunk, while the generator still runs', async () => {
    const folder = newFolder()
    const { host } = await startHost()
    const file = join(folder, 'go')
    const lazy = call(host, 'lazy', file)
    await lazy.reported('chunk')
    expect(answer(lazy)).toBe('first')
    writeFileSync(file, '')
    await lazy.over
    expect(answer(lazy)).toBe('firstsecond')
  })

  test('of 1,000 requests at once is the one to its own request', async () => {
    const { host } = await startHost({}, 'behaviours.py')
    const calls = Array.from({ length: 1000 }, (_, i) =>
      callHost(host, { environ: { behaviour: 'reads_nothing' }, body: `${i}` }),
    )
    await Promise.all(calls.map(({ over }) => over))
    expect(calls.map(answer)).toEqual(calls.map((_, i) => `${i};;`))
  })
})

describe('a body', () => {
  const expected = (bytes: Uint8Array) => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`

  test('of 20 MB is read back exactly from the file it was spooled to', async () => {
    const { host } = await startHost()
    const bytes = randomBytes(20_000_000)
    const path = join(newFolder(), 'body')
    writeFileSync(path, bytes)
    const upload = call(host, 'sha256', '', { body: { kind: 'file', path, length: bytes.length } })
    await upload.over
    expect(answer(upload)).toBe(expected(bytes))
  })

  test('in memory, larger than any buffer on its way, is read back exactly, and so is the next', async () => {
    const { host } = await startHost()
    for (const length of [1_000_000, 70_000, 1, 900_000]) {
      const bytes = randomBytes(length)
      const parts = [bytes.subarray(0, length >> 1), bytes.subarray(length >> 1)]
      const upload = call(host, 'sha256', '', { body: inMemory(...parts) })
      await upload.over
      expect(answer(upload)).toBe(expected(bytes))
    }
  })
})

describe('what an application prints', () => {
  test('stands where it was printed, a line at a time', async () => {
    const { host, heard } = await startHost()
    const printing = call(host, 'prints')
    await printing.over
    expect(logged(printing)).toEqual([
      'stdout: to stdout',
      'stderr: to stderr',
      'stdout: from a thread',
      'stdout: no line end',
    ])
    expect(kinds(printing).slice(0, 3)).toEqual(['called', 'logged', 'logged'])
    expect(heard.log).toContainEqual({ source: 'stdout', text: 'imported' })
  })

  test('by a finalizer, at whatever moment, does no harm', async () => {
    const { host } = await startHost()
    const calls = Array.from({ length: 500 }, (_, i) => call(host, 'litters', `${i}`))
    await Promise.all(calls.map(({ over }) => over))
    expect(calls.map(answer)).toEqual(calls.map((_, i) => `${i}`))
  })

  test('from other processes is heard too', async () => {
    const { host } = await startHost()
    const file = join(newFolder(), 'go')
    const printing = call(host, 'prints_elsewhere', file)
    await printing.reported('logged', 2)
    writeFileSync(file, '')
    await printing.over
    expect(logged(printing)).toEqual(['stdout: from a child', 'stdout: from a fork'])
  })
})

describe('the process', () => {
  test('looks to the application like its own program', async () => {
    const { host } = await startHost()
    expect(await ask(host, 'surroundings')).toBe(
      `[['${FIXTURES}/life.py'], '${FIXTURES}', '${FIXTURES}', 'SIG_IGN', '']`,
    )
  })

  test.each([1, 2])('with %i workers says wsgi.multiprocess as it is', async (workers) => {
    const { host } = await startHost({ workers })
    expect(host.multiprocess).toBe(workers > 1)
    expect(await ask(host, 'flags')).toBe(
      `[<class 'dict'>, (1, 0), False, ${workers > 1 ? 'True' : 'False'}, False, True]`,
    )
  })

  test('survives sys.exit() in a request', async () => {
    const { host } = await startHost()
    const exit = call(host, 'sys_exit')
    await exit.over
    expect(exit.events).toContainEqual(expect.objectContaining({ kind: 'raised', type: 'SystemExit', message: 'bye' }))
    expect(kinds(exit).at(-1)).toBe('closed')
  })

  test('survives an exception whose text is none', async () => {
    const { host } = await startHost()
    const odd = call(host, 'raises_oddly')
    await odd.over
    const raised = odd.events.find((event) => event.kind === 'raised')
    expect(raised).toMatchObject({ type: 'life.OddError', message: '<str() failed: ValueError>' })
    expect(raised?.traceback).toMatch(/^Traceback .*\n(?: .*\n)+life\.OddError: <str\(\) failed: ValueError>\n$/)
    expect(kinds(odd).at(-1)).toBe('closed')
  })

  test('says what was closed where the application closes every file descriptor', async () => {
    const { host } = await startHost()
    const closes = call(host, 'closes_channel')
    await closes.over
    expect(died(closes)).toMatchObject({
      status: 500,
      reason: expect.stringMatching(
        /^worker 1 exited with code 1: file descriptor 3 leads to wsgiscope, .*\[Errno 9\]/,
      ),
    })
  })

  test('ends when the host is closed, after the requests under way', async () => {
    const { host } = await startHost()
    const file = join(newFolder(), 'go')
    const pid = Number(await ask(host, 'pid'))
    const slow = call(host, 'wait_for_file', file)
    const closed = host.close()
    const late = call(host, 'pid')
    await late.over
    expect(died(late)).toMatchObject({ status: 503, reason: 'the server is stopping' })
    writeFileSync(file, '')
    await closed
    expect(answer(slow)).toBe('there it is')
    expect(isRunning(pid)).toBe(false)
  })

  test.each(['pid', 'hang'])('ends with its parent, killed while it runs %s', async (path) => {
    const parent = spawnHost(path)
    const pid = await new Promise<number>((resolve) => {
      parent.stdout?.once('data', (data: Buffer) => resolve(Number(data.toString())))
    })
    expect(isRunning(pid)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !isRunning(pid))
  })

  test('writes no bytecode beside the samples, and does not keep others from it', async () => {
    const samples = fileURLToPath(new URL('../../../shared/apps', import.meta.url))
    const env = { ...process.env }
    delete env.PYTHONDONTWRITEBYTECODE
    await startHost({ cwd: samples, env }, 'hello.py')
    expect(readdirSync(samples)).not.toContain('__pycache__')
    const folder = newFolder()
    writeFileSync(join(folder, 'mine.py'), readFileSync(join(samples, 'hello.py')))
    await startHost({ cwd: folder, env }, 'mine.py')
    expect(readdirSync(folder)).toContain('__pycache__')
    expect(readdirSync(fileURLToPath(new URL('.', import.meta.url)))).not.toContain('__pycache__')
  })
})

/** A Node process that has a host with one request under way; it prints the worker's pid. */
function spawnHost(path: string) {
  const module = (name: string) => moduleAt(name, import.meta.url)
  const script = `
    const { createPythonHost } = await import(${module('./pythonHost.ts')})
    const { parseAppSpec } = await import(${module('../appSpec.ts')})
    const { callHost, hostOptions } = await import(${module('../testing/callHost.ts')})
    const cwd = ${JSON.stringify(FIXTURES)}
    const { options } = hostOptions()
    const host = await createPythonHost(parseAppSpec('life.py', cwd), { ...options, cwd, env: process.env })
    const first = callHost(host, { environ: { PATH_INFO: '/pid' } })
    await first.over
    const second = callHost(host, { environ: { PATH_INFO: '/${path}' } })
    await second.reported('called')
    process.stdout.write(Buffer.from(first.events.find(({ kind }) => kind === 'chunk').data))
    setInterval(() => {}, 1000)
  `
  return spawnParent(script)
}

describe('what only a viewer wants to know', () => {
  test('a stack has the frames of the application, the others counted, and the text of its files', async () => {
    const { host, heard } = await startHost()
    const traced = call(host, 'two_lines', '', { trace: true })
    await traced.over
    const start = traced.events.find(
      (event): event is AppEvent & { kind: 'startResponse' } => event.kind === 'startResponse',
    )
    const file = join(FIXTURES, 'life.py')
    const source = readFileSync(file, 'utf8').split('\n')
    const line = (text: string) => source.findIndex((found) => found.includes(text)) + 1
    const frames = start?.stack.map((frame) => ('file' in frame ? [frame.file, frame.line] : 'folded'))
    const caller = line('json.loads(')
    expect(frames).toEqual([[file, caller], 'folded', [file, caller], [file, line('return globals()')]])
    expect(heard.sources).toEqual([{ file, text: readFileSync(file, 'utf8') }])
  })

  test('an object that changes the environ when it is looked at is shown, and what looking changed is not', async () => {
    const { host } = await startHost()
    const traced = call(host, 'looked_at', '', { trace: true })
    await traced.over
    expect(answer(traced)).toBe('as if nobody looked')
    expect(traced.events.filter(({ kind }) => kind === 'environChanged')).toEqual([
      { kind: 'environChanged', key: 'curious', before: null, after: '<Curious>', noticedAt: 'startResponse' },
    ])
  })

  test('untraced, nothing of it is reported', async () => {
    const { host } = await startHost()
    const untraced = call(host, 'two_lines')
    await untraced.over
    expect(untraced.events).toContainEqual(expect.objectContaining({ kind: 'startResponse', stack: [] }))
  })

  test('a traceback begins and ends in the application', async () => {
    const { host } = await startHost({}, 'behaviours.py')
    const wrong = callHost(host, { environ: { behaviour: 'starts_twice' } })
    await wrong.over
    const raised = wrong.events.find((event) => event.kind === 'raised')
    const files = [...(raised?.kind === 'raised' ? raised.traceback : '').matchAll(/File "([^"]+)"/g)]
    expect(files.map(([, file]) => file)).toEqual(Array(2).fill(join(FIXTURES, 'behaviours.py')))
  })
})

test('the interpreter of a virtual environment finds what is installed there', async () => {
  const folder = newFolder()
  execFileSync('/usr/bin/env', ['python3', '-m', 'venv', '--without-pip', join(folder, '.venv')])
  const [lib = ''] = readdirSync(join(folder, '.venv', 'lib'))
  writeFileSync(join(folder, '.venv', 'lib', lib, 'site-packages', 'only_here.py'), 'NAME = "only here"')
  writeFileSync(join(folder, 'app.py'), 'from only_here import NAME\nfrom life import pid as app\n')
  writeFileSync(join(folder, 'life.py'), readFileSync(join(FIXTURES, 'life.py')))
  const env = { ...process.env }
  delete env.VIRTUAL_ENV
  const { host } = await startHost({ cwd: folder, env }, 'app')
  expect(host.app.runtime).toContain(join(folder, '.venv', 'bin', 'python'))
  expect(host.app.file).toBe(join(folder, 'life.py'))
})
