/** Clients that read slowly, or not at all, cost a worker nothing for long and the server little; what they get is whole. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, type Limits } from '../../shared/gateway/types.ts'
import { EventLog } from '../../shared/log/eventLog.ts'
import type { EventOf } from '../../shared/trace/events.ts'
import { startClock } from '../clock.ts'
import { createHost } from '../hosts/createHost.ts'
import { listen } from '../listen.ts'
import { DEFAULT_SEND_LIMITS, type SendLimits } from '../sendQueue.ts'
import { type Client, openClient, until } from '../testing/harness.ts'
import { logScheduler } from '../turns.ts'

const APPS = fileURLToPath(new URL('../testing/apps/', import.meta.url))
const KIB = 1024
const MIB = 1024 * KIB

/** In place of the system's folder for temporary files, until the test is over. */
function temporaryFolder(path = mkdtempSync(join(tmpdir(), 'slow-readers-'))): string {
  const before = process.env.TMPDIR
  process.env.TMPDIR = path
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

async function serve(limits: Partial<Limits>, send: Partial<SendLimits>) {
  const clock = startClock()
  const lines: string[] = []
  const log = new EventLog(logScheduler(clock.now))
  const host = await createHost('lots.py:application', {
    workers: 1,
    appTimeoutMs: 30_000,
    now: clock.now,
    onSource: () => undefined,
    onLog: () => undefined,
    cwd: APPS,
    env: { PATH: process.env.PATH },
  })
  const listener = await listen({
    address: { host: '127.0.0.1', port: 0 },
    host,
    now: clock.now,
    startedAt: clock.startedAt,
    limits: { ...DEFAULT_LIMITS, ...limits },
    sendLimits: { ...DEFAULT_SEND_LIMITS, ...send },
    log,
    onAppOutput: () => null,
    onLog: (text) => lines.push(text),
  })
  onTestFinished(async () => {
    await listener.close(0)
    await host.close()
  })
  const waits: EventOf<'response.waiting'>[] = []
  const ends: EventOf<'connection.closed'>[] = []
  const unsubscribe = log.subscribe((events) => {
    for (const event of events) {
      if (event.kind === 'response.waiting') waits.push(event)
      else if (event.kind === 'connection.closed') ends.push(event)
    }
  })
  onTestFinished(unsubscribe)
  return { port: listener.address.port, lines, waits, ends }
}

/** Asks, and reads nothing of the answer. */
async function slowReader(port: number, target: string): Promise<Client> {
  const client = await openClient(port)
  client.socket.pause()
  client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  return client
}

async function answerTo(port: number, target: string): Promise<string> {
  const client = await openClient(port)
  client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  await client.ended
  return client.received
}

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

/** Without the framing of its chunks. */
function dechunked(body: string): string {
  const parts: string[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    const length = Number.parseInt(body.slice(at, end), 16)
    if (!(length > 0)) return parts.join('')
    parts.push(body.slice(end + 2, end + 2 + length))
    at = end + 2 + length + 2
  }
}

function numbered(size: number): string {
  const lines: string[] = []
  for (let n = 0; n < size / 8; n++) lines.push(`${String(n).padStart(7, '0')}\n`)
  return lines.join('')
}

/** More than the buffers of both kernels take together. */
const LARGE = 32 * MIB

describe('an answer that its client does not read', () => {
  test.each(['/chunks', '/whole'])(
    '%s goes to disk, the worker is free for others, and all of it arrives in the end',
    async (path) => {
      const folder = temporaryFolder()
      const { port, waits } = await serve({}, {})
      const slow = await slowReader(port, `${path}?size=${LARGE}`)
      expect(bodyOf(await answerTo(port, '/'))).toBe('hello')
      await until(() => waits.some(({ disk }) => disk > MIB))
      expect(waits.every(({ memory }) => memory < 2 * MIB)).toBe(true)
      slow.socket.resume()
      await slow.ended
      const body = bodyOf(slow.received)
      expect((path === '/whole' ? body : dechunked(body)) === numbered(LARGE)).toBe(true)
      await until(() => waits.at(-1)?.memory === 0 && waits.at(-1)?.disk === 0)
      await until(() => readdirSync(folder).flatMap((name) => readdirSync(join(folder, name))).length === 0)
    },
  )

  test('waits in memory where the disk takes nothing, which is said once, and all of it arrives', async () => {
    temporaryFolder(join(tmpdir(), 'slow-readers-no-such-folder'))
    const { port, lines, waits } = await serve({}, {})
    const slow = await slowReader(port, `/chunks?size=${LARGE}`)
    await until(() => waits.some(({ held }) => held))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/cannot be kept on disk, applications wait for them instead: .*TMPDIR/)
    slow.socket.resume()
    await slow.ended
    expect(dechunked(bodyOf(slow.received)) === numbered(LARGE)).toBe(true)
  })

  test('keeps no file once its client has gone', async () => {
    const folder = temporaryFolder()
    const { port, waits } = await serve({}, {})
    const slow = await slowReader(port, `/chunks?size=${LARGE}`)
    await until(() => waits.some(({ disk }) => disk > 0))
    slow.socket.destroy()
    await until(() => readdirSync(folder).flatMap((name) => readdirSync(join(folder, name))).length === 0)
  })
})

test('ten readers that take nothing, and one of an endless stream, let a fast client be answered every time', async () => {
  temporaryFolder()
  const { port, ends, waits } = await serve({ holdMs: 500 }, { disk: 4 * MIB, diskOfAll: 16 * MIB })
  const slow: Client[] = []
  for (let n = 0; n < 10; n++) slow.push(await slowReader(port, `/chunks?size=${LARGE}`))
  const endless = await slowReader(port, '/endless')
  for (let n = 0; n < 20; n++) expect(bodyOf(await answerTo(port, '/'))).toBe('hello')
  endless.socket.resume()
  await endless.ended
  await until(() => ends.some(({ why }) => why.startsWith('the client reads too slowly, and the application waited')))
  expect(waits.every(({ disk }) => disk <= 4 * MIB)).toBe(true)
  for (const { socket } of slow) socket.destroy()
})

test('a client that leaves in the middle of an answer, or behind it, keeps nobody waiting', async () => {
  const { port } = await serve({}, {})
  for (let n = 0; n < 30; n++) {
    const client = await openClient(port)
    client.send(`GET /chunks?size=${256 * KIB} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(3))
    if (n % 3 > 0) await until(() => client.received.length > n * 10 * KIB)
    client.socket.resetAndDestroy()
  }
  expect(bodyOf(await answerTo(port, '/'))).toBe('hello')
})
