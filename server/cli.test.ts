import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { readTrace } from '../shared/trace/file.ts'
import { newFolder, ready, wsgiscope } from './testing/command.ts'
import { openClient, until } from './testing/harness.ts'

const EDGES = fileURLToPath(new URL('./testing/apps/edges.ts', import.meta.url))

test('--json says in one line where everything is, SIGINT ends it with 0', async () => {
  const { command, line } = await ready(['hello.ts'])
  expect(line.pid).toBe(command.child.pid)
  expect(await (await fetch(`${line.http}/?name=you`)).text()).toBe('Hello, you!\n')
  expect(await (await fetch(`${line.ui}/healthz`)).json()).toMatchObject({ run: line.run })
  command.child.kill('SIGINT')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  expect(command.stdout.trimEnd().split('\n')).toHaveLength(1)
})

test('without an application it runs hello in Python, and in the Python it brings along where there is none', async () => {
  const python = await ready([])
  const folder = newFolder()
  const embedded = await ready([], { env: { PATH: folder } })
  for (const { line } of [python, embedded]) expect(await (await fetch(line.http)).text()).toBe('Hello, world!\n')
  expect(embedded.command.stderr).toContain('no python3 was found: the application runs in embedded CPython')
  for (const { command } of [python, embedded]) {
    command.child.kill('SIGTERM')
    expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  }
})

test('people are told the two addresses and what to try', async () => {
  const command = wsgiscope(['hello.ts', '--port', '0', '--ui-port', '0', '--no-open'])
  await until(() => command.stdout.includes('Ctrl-C'))
  expect(command.stdout).toMatch(
    /^wsgiscope \d\S+ runs hello\.ts:app in Node .*\n {2}the page {5}http:\/\/127\.0\.0\.1:\d+\n {2}the gateway {2}(http:\/\/127\.0\.0\.1:\d+)\n {2}try {10}curl -i \1\/\n/,
  )
})

test('--no-ui opens no second port', async () => {
  const { line } = await ready(['hello.ts', '--no-ui'])
  expect(line.ui).toBeNull()
  expect((await fetch(line.http)).status).toBe(200)
})

test('a request under way is finished after SIGINT, and is in the trace', async () => {
  const folder = newFolder()
  const { command, port } = await ready([`${EDGES}:gated`, '--trace', 'trace.ndjson'], { cwd: folder })
  const client = await openClient(port)
  client.send(`GET /?${join(folder, 'gate')} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const trace = () => readTrace(readFileSync(join(folder, 'trace.ndjson'), 'utf8')).events
  await until(() => trace().some(({ kind }) => kind === 'app.called'))
  command.child.kill('SIGINT')
  writeFileSync(join(folder, 'gate'), '')
  await client.ended
  client.socket.end()
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  expect(client.received).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*the gate is open\n$/)
  expect(trace()).toContainEqual(expect.objectContaining({ kind: 'response.answered', complete: true }))
  expect(trace()).toContainEqual(expect.objectContaining({ kind: 'connection.closed' }))
})

test('a second SIGINT ends it at once with 130', async () => {
  const folder = newFolder()
  const { command, port } = await ready([`${EDGES}:gated`, '--trace', 'trace.ndjson'], { cwd: folder })
  const client = await openClient(port)
  client.send(`GET /?${join(folder, 'gate')} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await until(() => readFileSync(join(folder, 'trace.ndjson'), 'utf8').includes('app.called'))
  await until(() => {
    command.child.kill('SIGINT')
    return command.exit
  })
  expect(command.exit).toEqual({ code: 130, signal: null })
})

test('--trace - is the trace and nothing else', async () => {
  const command = wsgiscope(['hello.ts', '--port', '0', '--ui-port', '0', '--trace', '-'])
  const [, url] = await until(() => /the gateway {2}(\S+)/.exec(command.stderr))
  expect(await (await fetch(url ?? '')).text()).toBe('Hello, world!\n')
  command.child.kill('SIGINT')
  await until(() => command.exit)
  const { events } = readTrace(command.stdout)
  expect(events).toContainEqual(expect.objectContaining({ kind: 'response.answered' }))
})

test('a reader of --trace - that goes away does not end the server', async () => {
  const command = wsgiscope(['hello.ts', '--port', '0', '--ui-port', '0', '--trace', '-'])
  const [, url] = await until(() => /the gateway {2}(\S+)/.exec(command.stderr))
  command.child.stdout?.destroy()
  for (const _ of [1, 2]) expect((await fetch(url ?? '')).status).toBe(200)
  await until(() => command.stderr.includes('the trace ends here'))
  command.child.kill('SIGINT')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
})

test('under npm, paths are relative to where the person stands', async () => {
  const folder = newFolder()
  const env = { npm_package_name: 'wsgiscope', INIT_CWD: folder }
  writeFileSync(join(folder, 'mine.mjs'), 'export const app = (e, s) => (s("200 OK", []), [])\n')
  const { line } = await ready(['mine.mjs:app', '--trace', 'trace.ndjson'], { cwd: '/', env })
  expect((await fetch(line.http)).status).toBe(200)
  expect(existsSync(join(folder, 'trace.ndjson'))).toBe(true)
})

/** The processes whose parent this is. */
const childrenOf = (pid: number | undefined): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid)

function parentOf(pid: number): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    // It has ended since it was listed.
    return 0
  }
}

test('no process is left behind', async () => {
  const { command } = await ready(['hello.py', '--workers', '2'])
  const workers = childrenOf(command.child.pid)
  expect(workers.length).toBeGreaterThanOrEqual(2)
  command.child.kill('SIGINT')
  await until(() => command.exit)
  await until(() => workers.every((pid) => !existsSync(`/proc/${pid}`)))
})

const ENDING = `
import atexit, os, threading, time
def end():
    print('atexit began', flush=True)
    while not os.path.exists('go'):
        time.sleep(0.01)
atexit.register(end)
def app(environ, start_response):
    start_response('200 OK', [])
    return []
`

test('Ctrl-C waits for what the application does at its end, and a second one does not', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'ending.py'), ENDING)
  const patient = await ready(['ending.py'], { cwd: folder })
  const impatient = await ready(['ending.py'], { cwd: folder })
  for (const { command } of [patient, impatient]) {
    command.child.kill('SIGINT')
    await until(() => command.stderr.includes('waits for its atexit handlers'))
    expect(command.exit).toBeNull()
  }
  impatient.command.child.kill('SIGINT')
  expect(await until(() => impatient.command.exit)).toEqual({ code: 130, signal: null })
  writeFileSync(join(folder, 'go'), '')
  expect(await until(() => patient.command.exit)).toEqual({ code: 0, signal: null })
  expect(patient.command.stderr).toContain('atexit began')
})

test.each([
  [['--prot', '1'], 'wsgiscope: unknown option --prot; did you mean --port? (--help lists them all)'],
  [['--listen', '1'], /^wsgiscope: --listen belongs to: wsgiscope tap/],
  [['--json', '--trace', '-'], 'wsgiscope: --trace - and --json both want standard output; give --trace a file'],
  [['--port', 'x'], /^wsgiscope: --port is a whole number/],
  [['a:b', 'c:d'], /^wsgiscope: one application at a time/],
  [['nothing.py:app'], /^wsgiscope: .*nothing\.py/],
  [['nothing_like_this:app'], /^wsgiscope: .*nothing_like_this/],
  [['hello.py:nothing'], /^wsgiscope: .*nothing/],
  [['hello.ts:nothing'], /^wsgiscope: .*nothing/],
  [['hello.ts', '--trace', 'no/such/folder/t'], /^wsgiscope: --trace .* cannot be written: its folder does not exist$/],
  [['hello.ts', '--trace', '/'], /^wsgiscope: --trace \/ cannot be written: it is a folder$/],
  [['hello.ts', '--host', '203.0.113.1'], /^wsgiscope: --host 203\.0\.113\.1 is no address of this machine/],
  [['hello.ts', '--host', 'fe80::1'], /^wsgiscope: --host fe80::1 cannot be listened on: listen EINVAL/],
  [['hello.ts', '--ui-host', 'x'.repeat(300)], /^wsgiscope: --ui-host x+ cannot be listened on: getaddrinfo EINVAL/],
  [['hello.py', '--python', '/no/python'], /^wsgiscope: .*\/no\/python/],
])('%j: what is wrong in one line, exit 2', async (argv, message) => {
  const command = wsgiscope(['--port', '0', '--ui-port', '0', '--no-open', ...argv])
  const exit = await until(() => command.exit)
  const lines = command.stderr.trimEnd().split('\n')
  expect(exit).toEqual({ code: 2, signal: null })
  expect(lines.at(-1)).toMatch(message)
  expect(lines.filter((line) => line.startsWith('wsgiscope: '))).toHaveLength(1)
  expect(command.stdout).toBe('')
})

test.each([
  ['--port', (port: number) => ['--port', String(port), '--ui-port', '0']],
  ['--ui-port', (port: number) => ['--port', '0', '--ui-port', String(port)]],
])('a %s that is taken, exit 2, and no process is left', async (flag, argv) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    other.close()
  })
  const address = other.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const command = wsgiscope(['hello.py', '--no-open', ...argv(port)])
  expect(await until(() => command.exit)).toEqual({ code: 2, signal: null })
  expect(command.stderr.trimEnd().split('\n').at(-1)).toBe(
    `wsgiscope: port ${port} is taken by another program; try ${flag} 0, which picks a free one`,
  )
})

test('an application that fails while it is loaded shows its traceback', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'broken.py'), 'def app(environ, start_response): pass\n1 / 0\n')
  const command = wsgiscope(['broken.py:app', '--port', '0', '--ui-port', '0', '--no-open'], { cwd: folder })
  expect(await until(() => command.exit)).toEqual({ code: 2, signal: null })
  expect(command.stderr).toContain('Traceback (most recent call last)')
  expect(command.stderr).toContain('ZeroDivisionError')
  expect(command.stderr.trimEnd().split('\n').at(-1)).toMatch(/^wsgiscope: /)
})

test('--help lists what there is, --version says which', async () => {
  const help = wsgiscope(['--help'])
  const version = wsgiscope(['--version'])
  expect(await until(() => help.exit)).toEqual({ code: 0, signal: null })
  expect(await until(() => version.exit)).toEqual({ code: 0, signal: null })
  expect(help.stdout).toContain('--app-timeout')
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
