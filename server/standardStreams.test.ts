/** Standard streams and trace files as a shell may have set them up: full, closed, not read, not there yet. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  createReadStream,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readTrace } from '../shared/trace/file.ts'
import { newFolder, ready, wsgiscope } from './testing/command.ts'
import { startServer, until } from './testing/harness.ts'

const LOGS = `export const app = (environ, start) => {
  environ['wsgi.errors'].write('\\u001b]0;mine\\u0007 one\\nwsgiscope: all is well\\n')
  start('200 OK', [['Content-Type', 'text/plain']])
  return [new TextEncoder().encode('ok')]
}
`

/** The folder of an application that logs two lines for each request. */
function logging(): string {
  const folder = newFolder()
  writeFileSync(join(folder, 'logs.mjs'), LOGS)
  return folder
}

const FREE = ['--port', '0', '--ui-port', '0', '--no-open']

/** A file descriptor to hand on, closed with the test. */
function opened(path: string): number {
  const fd = openSync(path, 'w')
  onTestFinished(() => closeSync(fd))
  return fd
}

async function answers(url: string): Promise<void> {
  for (let i = 0; i < 3; i++) expect(await (await fetch(url)).text()).toBe('ok')
}

test('readers of both standard streams that go away end nothing, and the page says so', async () => {
  const command = wsgiscope(['logs.mjs:app', ...FREE], { cwd: logging() })
  const url = (what: string) => new RegExp(`${what} +(http\\S+)`).exec(command.stdout)?.[1]
  const gateway = await until(() => url('the gateway'))
  command.child.stderr?.destroy()
  command.child.stdout?.destroy()
  await answers(gateway)
  const trace = await (await fetch(`${url('the page')}/api/exchanges/1.ndjson`)).text()
  expect(trace).toContain('"log.line"')
  command.child.kill('SIGTERM')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
})

test.each(['stdout', 'stderr'])('%s on a full disk ends nothing', async (full) => {
  const device = opened('/dev/full')
  const streams: ['pipe' | number, 'pipe' | number] = full === 'stdout' ? [device, 'pipe'] : ['pipe', device]
  const command = wsgiscope(['logs.mjs:app', ...FREE, '--trace', 'trace'], { cwd: logging(), streams })
  const trace = join(command.cwd, 'trace')
  const header = await until(() => {
    const text = statSync(trace, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(trace, 'utf8')
    return text.includes('\n') ? readTrace(text).header : null
  })
  await answers(`http://127.0.0.1:${header.gateway.port}`)
  command.child.kill('SIGTERM')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  expect(readFileSync(trace, 'utf8')).toMatch(
    full === 'stderr' ? /standard error takes no more lines: ENOSPC/ : /standard output takes no more: ENOSPC/,
  )
})

test('what an application writes reaches stderr as text, and in its own name', async () => {
  const { command, line } = await ready(['logs.mjs:app'], { cwd: logging() })
  await answers(line.http)
  await until(() => command.stderr.split('\n').length > 6)
  expect(command.stderr).not.toContain('\u001b')
  expect(command.stderr).not.toContain('\u0007')
  expect(command.stderr).toMatch(/wsgi\.errors \| \\x1b\]0;mine\\x07 one\n/)
  expect(command.stderr).not.toMatch(/^(\d\S+ )?(#\d+ )?wsgiscope: all is well/m)
})

test('a trace is for its owner alone: a new file, and one that others could read', async () => {
  const folder = newFolder()
  const [fresh, open] = [join(folder, 'fresh'), join(folder, 'open')]
  writeFileSync(open, 'old')
  chmodSync(open, 0o644)
  await startServer('hello.ts', '--trace', fresh)
  const { lines } = await startServer('hello.ts', '--trace', open)
  for (const path of [fresh, open]) expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(lines).toContain(`${open} could be read by others; from now on you alone can read it`)
})

test('a device stays as it is', async () => {
  const before = statSync('/dev/null').mode
  const server = await startServer('hello.ts', '--trace', '/dev/null')
  expect((await fetch(`${server.http}`)).status).toBe(200)
  expect(statSync('/dev/null').mode).toBe(before)
})

function newFifo(): string {
  const path = join(newFolder(), 'fifo')
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
  return path
}

test('a FIFO that nobody reads keeps nobody waiting: requests are answered, and SIGTERM ends it', async () => {
  const fifo = newFifo()
  const { command, line } = await ready(['hello.ts', '--trace', fifo])
  expect((await fetch(line.http)).status).toBe(200)
  expect(command.stderr).toContain(`the trace waits for somebody to read ${fifo}`)
  command.child.kill('SIGTERM')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  expect(command.stderr).toContain('nobody came to read')
})

test('a reader of a FIFO that comes late gets the whole trace', async () => {
  const fifo = newFifo()
  const { command, line } = await ready(['hello.ts', '--trace', fifo])
  expect((await fetch(line.http)).status).toBe(200)
  let text = ''
  const reader = createReadStream(fifo, 'utf8').on('data', (piece) => {
    text += String(piece)
  })
  await until(() => text.includes('response.answered'))
  command.child.kill('SIGTERM')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  await until(() => reader.readableEnded)
  expect(readTrace(text).events[0]?.seq).toBe(0)
})

test('a reader of a FIFO that has stopped does not keep SIGTERM from ending it, and what is lost is said', async () => {
  const fifo = newFifo()
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  onTestFinished(() => closeSync(reader))
  const { command, line } = await ready(['large.mjs:app', '--trace', fifo], { cwd: large() })
  expect((await (await fetch(line.http)).arrayBuffer()).byteLength).toBe(1_000_000)
  command.child.kill('SIGTERM')
  expect(await until(() => command.exit)).toEqual({ code: 0, signal: null })
  expect(command.stderr).toMatch(/the trace lacks its last \d+ bytes: the reader of \S+ has stopped/)
})

function large(): string {
  const folder = newFolder()
  writeFileSync(
    join(folder, 'large.mjs'),
    `export const app = (environ, start) => (start('200 OK', []), [new Uint8Array(1_000_000)])\n`,
  )
  return folder
}
