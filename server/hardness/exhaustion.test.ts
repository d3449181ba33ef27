/** Nothing left of what a server needs: file descriptors, a place for temporary files. It says so, answers, and recovers. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Reload, StartFailure } from '../../shared/gateway/host.ts'
import { createHost } from '../hosts/createHost.ts'
import { callHost, hostOptions } from '../hosts/testing/callHost.ts'
import { newFolder, ready } from '../testing/command.ts'
import { type Client, openClient, startServer, until } from '../testing/harness.ts'

const APP = `import os

def app(environ, start_response):
    if environ['PATH_INFO'] == '/end':
        os._exit(1)
    start_response('200 OK', [])
    return [str(len(environ['wsgi.input'].read())).encode()]
`

function newApp(): string {
  const folder = newFolder()
  writeFileSync(join(folder, 'app.py'), APP)
  return folder
}

/**
 * The command, which has so many file descriptors from the moment on when it is ready: to load its modules it needs more.
 * Resolves with its port.
 */
async function startWithin(descriptors: number, argv: string[]) {
  const { command, line, port } = await ready(argv)
  execFileSync('prlimit', [`--pid=${line.pid}`, `--nofile=${descriptors}:${descriptors}`])
  const said = {
    get err() {
      return command.stderr
    },
    get exited() {
      return command.exit !== null
    },
  }
  return { said, port, pid: line.pid }
}

/** The status of the next answer on a kept connection; null where that is closed instead. */
async function ask(client: Client, path: string): Promise<string | null> {
  const before = client.received.length
  client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  return await until(() => {
    const status = /^HTTP\/1\.1 (\d+).*?\r\n\r\n/s.exec(client.received.slice(before))?.[1]
    return status ?? (client.socket.destroyed || client.socket.readableEnded ? 'closed' : null)
  })
}

const openIn = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

describe.runIf(existsSync('/proc/self/fd'))('a server without file descriptors', () => {
  const MOST = 96

  test.each(['python3', 'embedded'])(
    'whose worker (%s) ends, answers 503, and has a worker again when there are some',
    async (python) => {
      const argv = [join(newApp(), 'app.py:app'), '--no-ui', '--no-reload', '--python', python]
      const { said, port, pid } = await startWithin(MOST, argv)
      const last = await openClient(port)
      const kept: Client[] = []
      for (let n = 0; n < 8; n++) kept.push(await openClient(port))
      expect(await ask(last, '/')).toBe('200')
      // More than there is room for: those that wait take each descriptor that becomes free.
      const idle: Client[] = []
      for (let n = 0; n < 2 * MOST; n++) idle.push(await openClient(port))
      await until(() => openIn(pid) >= MOST - 1 || said.exited)
      // The warm process that an embedded Python has in reserve goes first, and another that found room.
      const failed = () => said.err.includes('could not be started again')
      for (const client of kept) if (!failed()) await ask(client, '/end')
      await until(() => failed() || said.exited)
      expect(said.exited).toBe(false)
      expect(await ask(last, '/')).toBe('503')
      for (const { socket } of idle) socket.destroy()
      await until(async () => (await ask(await openClient(port), '/')) === '200' || said.exited)
      expect(said.err).toContain('no file descriptors are left (EMFILE)')
      expect(said.exited).toBe(false)
    },
  )

  test('that cannot accept connections serves those that it has, and says so', async () => {
    const { said, port, pid } = await startWithin(MOST, [join(newApp(), 'app.py:app'), '--no-ui'])
    const kept = await openClient(port)
    const idle: Client[] = []
    for (let n = 0; n < 2 * MOST; n++) idle.push(await openClient(port))
    await until(() => openIn(pid) >= MOST - 1 || said.exited)
    expect(await ask(kept, '/')).toBe('200')
    for (const { socket } of idle) socket.destroy()
    await until(() => openIn(pid) < MOST / 2 || said.exited)
    expect(await ask(await openClient(port), '/')).toBe('200')
  })
})

describe('without a place for temporary files', () => {
  /** The place, and how to take it away and give it back. */
  function place() {
    const folder = join(newFolder(), 'tmp')
    const make = () => mkdirSync(folder)
    make()
    vi.stubEnv('TMPDIR', folder)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    return { make, remove: () => rmSync(folder, { recursive: true, force: true }) }
  }

  async function post(port: number, size: number): Promise<string> {
    const client = await openClient(port)
    client.send(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`)
    client.send(Buffer.alloc(size, 'x'))
    await client.ended
    return client.received
  }

  test('a body that must be kept on disk is a 500 that says why; others are served', async () => {
    const app = newApp()
    const tmp = place()
    tmp.remove()
    const server = await startServer(`${app}/app.py:app`, '--no-ui')
    const large = 8_000_000
    for (let n = 0; n < 2; n++) {
      expect(await post(server.port, large)).toMatch(/^HTTP\/1\.1 500 .*The body of the request could not be kept/s)
    }
    expect(
      server.lines.filter((line) => /could not be kept on disk: .* set TMPDIR to one with room/.test(line)),
    ).toHaveLength(2)
    expect(await post(server.port, 100)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n100$/s)
    tmp.make()
    expect(await post(server.port, large)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n8000000$/s)
    // Whoever cleans up takes the folder of a run that goes on.
    tmp.remove()
    tmp.make()
    expect(await post(server.port, large)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n8000000$/s)
  })

  test('embedded Python cannot start, and says what to do', async () => {
    const cwd = newApp()
    place().remove()
    const { options } = hostOptions()
    const started = createHost('app.py', { cwd, env: process.env, python: 'embedded', ...options })
    await expect(started).rejects.toThrow(StartFailure)
    await expect(started).rejects.toThrow(/set TMPDIR to one with room/)
  })

  test('a reload of embedded Python is tried again until there is one; the previous version answers', async () => {
    const cwd = newApp()
    const tmp = place()
    const reloads: Reload[] = []
    const { options } = hostOptions({ onReload: (reload) => reloads.push(reload) })
    const host = await createHost('app.py', { cwd, env: process.env, python: 'embedded', ...options })
    onTestFinished(() => host.close())
    const answered = async (): Promise<string> => {
      const call = callHost(host)
      await call.over
      return call.events.map((event) => (event.kind === 'chunk' ? Buffer.from(event.data).toString() : '')).join('')
    }
    tmp.remove()
    // A process that is warm already may do for the first one, and one that was about to start ends without the place.
    let edits = 0
    let served = 0
    const failure = () => reloads.at(-1)?.failure ?? null
    do {
      writeFileSync(join(cwd, 'app.py'), APP.replace('str(len', `str(${++edits} + len`))
      await until(() => reloads.length === edits)
      if (failure() === null) served = edits
    } while (failure() === null || /^the application could not be loaded/.test(failure()?.message ?? ''))
    expect(failure()?.message).toMatch(/set TMPDIR/)
    expect(await answered()).toBe(`${served}`)
    tmp.make()
    await until(() => reloads.length === edits + 1)
    expect(reloads.at(-1)?.failure).toBe(null)
    expect(await answered()).toBe(`${edits}`)
  })

  test('a body is not shown to embedded Python, which is a 500', async () => {
    const cwd = newApp()
    const tmp = place()
    const { options } = hostOptions()
    const host = await createHost('app.py', { cwd, env: process.env, python: 'embedded', ...options })
    onTestFinished(() => host.close())
    const path = join(cwd, 'body')
    cpSync(join(cwd, 'app.py'), path)
    tmp.remove()
    const call = callHost(host, { body: { kind: 'file', path, length: APP.length } })
    await call.over
    expect(call.events.at(-1)).toMatchObject({ kind: 'died', status: 500, reason: expect.stringContaining('ENOENT') })
    const next = callHost(host)
    await next.over
    expect(next.events.at(-1)).toEqual({ kind: 'closed' })
  })
})
