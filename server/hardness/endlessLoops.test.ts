/** An application in TypeScript runs in the server's own thread: what it does without end is ended, and all else goes on. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { moduleAt, spawnParent } from '../hosts/testing/spawnParent.ts'
import { ready } from '../testing/command.ts'
import { type Client, openClient, Page, until } from '../testing/harness.ts'

const LOOPS = fileURLToPath(new URL('../hosts/testing/fixtures/loops.ts', import.meta.url))

interface Serving {
  child: ChildProcess
  readonly err: string
  port: number
  uiPort: number
}

/** In a process of its own: ending what runs would end the test as well. */
async function serve(spec = `${LOOPS}:app`, ...flags: string[]): Promise<Serving> {
  const { command, line, port } = await ready(['--app-timeout', '1', ...flags, spec])
  return {
    child: command.child,
    get err() {
      return command.stderr
    },
    port,
    uiPort: Number(line.ui === null ? Number.NaN : new URL(line.ui).port),
  }
}

async function send(port: number, ...targets: string[]): Promise<Client> {
  const client = await openClient(port)
  client.send(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
  return client
}

const until200 = (client: Client, times = 1) =>
  until(() => client.received.split(/HTTP\/1\.1 200 /).length > times && client.received.endsWith('quick'))

test.each(['/loop', '/catches', '/regex', '/sort', '/starts', '/logs'])(
  '%s is a 504 that says where it was, and others are served: on new connections, and on those that there were',
  async (path) => {
    const { port, err } = await serve()
    const kept = await send(port, '/quick')
    await until200(kept)
    const stuck = await send(port, path)
    kept.send('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n')
    await stuck.ended
    expect(stuck.received).toMatch(/^HTTP\/1\.1 504 /)
    await until200(kept, 2)
    await until200(await send(port, '/quick'))
    expect(err).toBe('')
  },
)

test('where it was is said', async () => {
  const serving = await serve()
  await (await send(serving.port, '/loop')).ended
  await until(() => /ran for 1 s without coming back, in .*loops\.ts, line 9: it was ended/.test(serving.err))
})

test('what came behind it in the same segment is refused with the connection, what was chunked is cut; close() is called', async () => {
  const serving = await serve()
  const mark = join(mkdtempSync(join(tmpdir(), 'edges-')), 'closed')
  onTestFinished(() => rmSync(join(mark, '..'), { recursive: true, force: true }))
  const client = await send(serving.port, `/second?${mark}`, '/quick')
  await client.ended
  expect(client.received).toMatch(/first\r\n$/)
  await until(() => existsSync(mark))
})

test('one that hangs in close() has sent its answer', async () => {
  const serving = await serve()
  const client = await send(serving.port, '/close')
  await until(() => client.received.includes('all'))
  await until200(await send(serving.port, '/quick'))
})

test.each(['/async', '/microtasks'])('%s: an async one has its 504 as well', async (path) => {
  const serving = await serve()
  const stuck = await send(serving.port, path)
  await stuck.ended
  expect(stuck.received).toMatch(/^HTTP\/1\.1 504 /)
  await until200(await send(serving.port, '/quick'))
})

test('one in a timer of the application is ended, and its request had its answer', async () => {
  const serving = await serve()
  await until200(await send(serving.port, '/timer'))
  await until(() => serving.err.includes('the application ran for 1 s without coming back'))
  await until200(await send(serving.port, '/quick'))
})

test.each([
  ['/uncaught', 'Uncaught RangeError: in a timer'],
  ['/forgotten', 'Uncaught (in promise) RangeError: in a promise'],
  ['/nothing', 'Uncaught (in promise) Error: threw what cannot be said'],
])('what nothing in it catches is told, and ends neither the server nor a request: %s', async (path, told) => {
  const serving = await serve()
  const kept = await send(serving.port, path)
  await until200(kept)
  await until(() => serving.err.includes(told))
  kept.send('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n')
  await until200(kept, 2)
  expect(serving.child.exitCode).toBe(null)
})

test('streams, deadlines and pages go on; what others were given of their time is not counted', async () => {
  const serving = await serve(undefined, '--workers', '4')
  const page = await Page.open(serving.uiPort)
  const stream = await send(serving.port, '/slowly')
  await until(() => stream.received.includes('.'))
  for (let n = 0; n < 2; n++) await (await send(serving.port, '/loop')).ended
  await until(() => stream.received.endsWith('0\r\n\r\n'))
  expect([...stream.received.matchAll(/^\.\r$/gm)]).toHaveLength(20)
  const heard = page.messages.length
  await until200(await send(serving.port, '/quick'))
  await until(() => page.messages.length > heard)
})

test('a module that never ends when it is imported is told at the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edges-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'app.ts'), 'export const app = () => []\nfor (;;);\n')
  const at = (name: string) => moduleAt(name, import.meta.url)
  const parent = spawnParent(`
    const { createHost } = await import(${at('../hosts/createHost.ts')})
    const { hostOptions } = await import(${at('../hosts/testing/callHost.ts')})
    const { options } = hostOptions({ appTimeoutMs: 1000, loading: { mostMs: 1000 } })
    const failed = createHost('app.ts:app', { cwd: ${JSON.stringify(folder)}, env: {}, ...options })
    console.log((await failed.catch((error) => error)).message)
  `)
  const [said] = await once(parent.stdout, 'data')
  expect(String(said)).toMatch(
    /app\.ts:app could not be loaded: its module ran for 1 s without coming back, in .*line 2/,
  )
})
