/** The tap between real nginx and real uWSGI: what each of them gets is what the other one said, and every packet is told. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { checkOrder } from '../../shared/testing/checkOrder.ts'
import { readTrace } from '../../shared/trace/file.ts'
import { eventsOfKind } from '../../shared/trace/query.ts'
import { startServer, until } from '../testing/harness.ts'
import { freePort, isInstalled, startNginx, startUwsgi } from '../uwsgi/testing/realServers.ts'

const FOLDER = fileURLToPath(new URL('../uwsgi/testing/', import.meta.url))
const MISSING = ['nginx', 'uwsgi'].filter((name) => !isInstalled(name, name === 'nginx' ? '-v' : '--version'))
const REQUESTS = 1_000

if (MISSING.length > 0) {
  const what = `the tap is not tried between nginx and uWSGI: ${MISSING.join(' and ')} missing`
  if (process.env.CI !== undefined) throw new Error(`${what}, and under CI nothing may be skipped`)
  console.warn(what)
}

interface Conversation {
  client: Buffer[]
  server: Buffer[]
}

/** Passes on and writes down: by nothing of ours but pipes. */
async function writtenDown(path: string, to: string): Promise<Conversation[]> {
  const all: Conversation[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const conversation: Conversation = { client: [], server: [] }
    all.push(conversation)
    const upstream = connect({ path: to, allowHalfOpen: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    client.on('data', (data) => conversation.client.push(data))
    upstream.on('data', (data) => conversation.server.push(data))
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return all
}

const streams = (conversations: readonly Conversation[]): string[] =>
  conversations
    .map(({ client, server }) => [client, server].map((side) => Buffer.concat(side).toString('latin1')).join('\0\0'))
    .sort()

test.skipIf(MISSING.length > 0)('a thousand requests pass unharmed, and each packet is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [before, tapped, after, real] = ['before', 'tap', 'after', 'uwsgi'].map((name) => join(folder, `${name}.sock`))
  if (before === undefined || tapped === undefined || after === undefined || real === undefined) throw new Error()
  onTestFinished(await startUwsgi(real, FOLDER, 'environs:app'))
  const heard = await writtenDown(after, real)
  const trace = join(folder, 'trace.ndjson')
  const tap = await startServer(
    ...['tap', '--protocol', 'uwsgi', '--listen', `unix:${tapped}`, '--to', `unix:${after}`, '--no-ui'],
    ...['--trace', trace],
  )
  expect(tap.uwsgi).toEqual([`unix:${tapped}`])
  expect(tap.http).toBeNull()
  // nginx's workers are another user.
  expect(statSync(tapped).mode & 0o777).toBe(0o777)
  let closed = 0
  tap.log.sink(({ kind }) => {
    if (kind === 'connection.closed') closed++
  })
  const said = await writtenDown(before, tapped)
  const port = await freePort()
  const location = `include /etc/nginx/uwsgi_params; uwsgi_pass unix:${before};`
  onTestFinished(await startNginx([{ port, location }]))

  const curl = promisify(execFile)
  const url = `http://127.0.0.1:${port}/n/[1-${REQUESTS / 2}]`
  const shared = ['-q', '-sS', '--noproxy', '*', '-o', '/dev/null', '-w', '%{http_code}\n', '-Z', '--parallel-max', '8']
  const got = await curl('curl', [...shared, `${url}?name=Ada`])
  const posted = await curl('curl', [...shared, '-d', 'x'.repeat(3_000), url])
  expect(`${got.stdout}${posted.stdout}`).toBe('200\n'.repeat(REQUESTS))

  await until(() => closed >= REQUESTS)
  await tap.close()
  expect(existsSync(tapped)).toBe(false)
  const { events } = readTrace(readFileSync(trace, 'utf8'))
  checkOrder(events)
  // As sets of long strings: a difference of thousands of bytes is no message that anybody reads.
  const [front, back] = [streams(said), streams(heard.filter(({ client }) => client.length > 0))]
  expect([front.length, back.length]).toEqual([REQUESTS, REQUESTS])
  expect(front.filter((stream, n) => stream !== back[n])).toHaveLength(0)
  expect(eventsOfKind(events, 'uwsgi.packet')).toHaveLength(REQUESTS)
  expect(eventsOfKind(events, 'tap.bytesOnly')).toEqual([])
  expect(eventsOfKind(events, 'response.answered').every(({ status, complete }) => status === 200 && complete)).toBe(
    true,
  )
  const told = eventsOfKind(events, 'socket.received').reduce((sum, { length }) => sum + length, 0)
  expect(told).toBe(said.flatMap(({ client }) => client).reduce((sum, { length }) => sum + length, 0))
})

test('a tap at a socket whose --to is itself is told at the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const at = `unix:${join(folder, 'tap.sock')}`
  await expect(startServer('tap', '--listen', at, '--to', at, '--no-ui')).rejects.toThrow(
    `--to ${at} is the tap itself`,
  )
})

test('where no socket is, the tap says so, and a request that comes is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [listens, to] = [join(folder, 'tap.sock'), join(folder, 'none.sock')]
  const tap = await startServer(
    'tap',
    '--protocol',
    'uwsgi',
    '--listen',
    `unix:${listens}`,
    '--to',
    `unix:${to}`,
    '--no-ui',
  )
  expect(tap.lines.join('\n')).toContain(`there is no socket at unix:${to} yet`)
  const client = connect(listens)
  client.on('error', () => undefined)
  client.write(Buffer.from([0, 0, 0, 0]))
  await new Promise((resolve) => client.once('close', resolve))
})
