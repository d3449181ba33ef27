/**
 * A hundred megabytes in each direction, by length and chunked: the gateway, in a process of its own, keeps to within
 * 64 MiB of what it needs while idle, whether or not somebody watches.
 * Garbage is collected all the while (collecting.mjs).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { Page, until } from '../testing/harness.ts'

const SIZE = 100 * 1000 * 1000
const BLOCK = Buffer.alloc(64 * 1024)
const ALLOWED_MIB = 64

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const Ready = z.object({ http: z.url(), ui: z.url().nullable(), pid: z.int() })

interface Gateway {
  port: number
  uiPort: number
  pid: number
}

async function startGateway(...words: string[]): Promise<Gateway> {
  const modules = [import.meta.resolve('tsx'), import.meta.resolve('../testing/collecting.mjs')]
  const imports = modules.flatMap((module) => ['--import', module])
  const args = [...imports, pathOf('../cli.ts'), pathOf('../testing/apps/bulk.py'), '--json', '--port', '0', ...words]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => ended(child))
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const { http, ui, pid } = Ready.parse(JSON.parse(line))
  return { port: Number(new URL(http).port), uiPort: ui === null ? 0 : Number(new URL(ui).port), pid }
}

async function ended(child: ChildProcess): Promise<void> {
  const over = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await over
}

/** Resident, in MiB. */
function memory(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
}

/** Sends a request, its body as fast as it is taken; answers how many bytes came back, and the last of them. */
async function transfer(
  port: number,
  head: string,
  body: () => Iterable<Buffer>,
): Promise<{ length: number; tail: string }> {
  const socket = connect({ port, host: '127.0.0.1' })
  let length = 0
  let tail = ''
  socket.on('data', (data: Buffer) => {
    length += data.length
    tail = (tail + data.subarray(-200).toString('latin1')).slice(-200)
  })
  const over = new Promise((resolve, reject) => {
    socket.once('close', resolve)
    socket.once('error', reject)
  })
  socket.write(head)
  for (const block of body()) await taken(socket, block)
  await over
  return { length, tail }
}

async function taken(socket: Socket, block: Buffer): Promise<void> {
  if (socket.write(block)) return
  await new Promise<void>((resolve) => socket.once('drain', resolve))
}

function* blocks(): Generator<Buffer> {
  for (let left = SIZE; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, Math.min(left, BLOCK.length))
}

function* chunks(): Generator<Buffer> {
  for (const block of blocks()) {
    yield Buffer.from(`${block.length.toString(16)}\r\n`)
    yield block
    yield Buffer.from('\r\n')
  }
  yield Buffer.from('0\r\n\r\n')
}

const hash = createHash('sha256')
for (const block of blocks()) hash.update(block)
const SHA256 = hash.digest('hex')

const nothing = (): Buffer[] => []
const post = (header: string) => `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`
const get = (path: string) => `GET ${path}?${SIZE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`

/** All four ways, one after the other. */
async function transferAll({ port }: Gateway): Promise<void> {
  for (const [header, body] of [
    [`Content-Length: ${SIZE}`, blocks],
    ['Transfer-Encoding: chunked', chunks],
  ] as const) {
    const { tail } = await transfer(port, post(header), body)
    expect(tail).toContain(`${SIZE} ${SHA256}\n`)
  }
  const counted = await transfer(port, get('/length'), nothing)
  expect(counted.length).toBeGreaterThan(SIZE)
  const chunked = await transfer(port, get('/chunked'), nothing)
  expect(chunked.length).toBeGreaterThan(SIZE)
  expect(chunked.tail).toMatch(/\0\r\n0\r\n\r\n$/)
}

describe('a hundred megabytes each way', () => {
  test.each([
    ['without a page', ['--no-ui'], false],
    ['with a page that nobody looks at', ['--ui-port', '0'], false],
    ['while somebody watches', ['--ui-port', '0'], true],
  ] as const)('%s, memory stays near that of the idle server', async (_, words, watched) => {
    const gateway = await startGateway(...words)
    if (watched) {
      const page = await Page.open(gateway.uiPort)
      await until(() => page.all('hello').length > 0)
    }
    // Warm: loaded, compiled, and the heap as large as work makes it.
    await transferAll(gateway)
    const idle = memory(gateway.pid)
    // From here on, the peak is counted anew (proc(5), clear_refs).
    writeFileSync(`/proc/${gateway.pid}/clear_refs`, '5')
    await transferAll(gateway)
    const peak = memory(gateway.pid, 'VmHWM')
    process.stdout.write(`idle ${idle.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB\n`)
    expect(peak - idle).toBeLessThanOrEqual(ALLOWED_MIB)
  })
})
