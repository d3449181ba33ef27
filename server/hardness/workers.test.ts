/** What becomes of requests when workers are killed, stopped, broken or too few: real sockets, real processes, the trace. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkOrder } from '../../shared/testing/checkOrder.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { eventsOfKind } from '../../shared/trace/query.ts'
import { type Client, openClient, startServer, type TestServer, until } from '../testing/harness.ts'

/** Answers with its query; under /wait when a file is there, which the path names. */
const APP = `import os
import time

def app(environ, start_response):
    path = environ['PATH_INFO']
    if path.startswith('/wait'):
        while not os.path.exists(path[5:]):
            time.sleep(0.005)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [environ['QUERY_STRING'].encode()]
`

interface Serving {
  server: TestServer
  folder: string
  file: string
  /** The file that /wait waits for. */
  go: string
  events: TraceEvent[]
}

async function serve(...flags: string[]): Promise<Serving> {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'app.py')
  writeFileSync(file, APP)
  const server = await startServer(`${file}:app`, '--no-ui', '--trace', join(folder, 'trace.ndjson'), ...flags)
  const go = join(folder, 'go')
  const events: TraceEvent[] = []
  server.log.sink((event) => events.push(event))
  // What waits is not waited for when the test has failed.
  onTestFinished(() => writeFileSync(go, ''))
  return { server, folder, file, go, events }
}

async function send({ server }: Serving, target: string): Promise<Client> {
  const client = await openClient(server.port)
  client.send(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  return client
}

/** Status and body, once all of them are there. */
const answered = (client: Client): Promise<string> =>
  until(() => {
    const [head = '', body] = client.received.split('\r\n\r\n', 2)
    const length = Number(/^Content-Length: (\d+)/im.exec(head)?.[1] ?? Number.NaN)
    return body !== undefined && body.length >= length && `${head.slice(9, 12)} ${body}`
  })

async function ask(serving: Serving, query: string): Promise<string> {
  return await answered(await send(serving, `/?${query}`))
}

const pids = ({ server }: Serving): number[] =>
  server.lines.flatMap((line) => /^worker \d+ is ready \(pid (\d+)/.exec(line)?.[1] ?? []).map(Number)
const pidOf = ({ server }: Serving, worker: number): number =>
  Number(
    server.lines.map((line) => new RegExp(`^worker ${worker} is ready \\(pid (\\d+)`).exec(line)?.[1]).find(Boolean),
  )

test.each([1, 2])('kill -9 of one of %i workers: its request is a 500, fifteen others are right', async (workers) => {
  const serving = await serve('--workers', String(workers))
  const { go, events, server } = serving
  const clients: Client[] = []
  for (let n = 0; n < 16; n++) {
    const waits = n < workers
    clients.push(await send(serving, waits ? `/wait${go}?${n}` : `/?${n}`))
    await until(
      () => eventsOfKind(events, waits ? 'app.called' : 'app.queued').length === (waits ? n + 1 : n + 1 - workers),
    )
  }
  const queued = eventsOfKind(events, 'app.queued')
  expect(queued.map(({ ahead }) => ahead)).toEqual(Array.from({ length: 16 - workers }, (_, n) => n + workers))

  const victim = eventsOfKind(events, 'app.called').find(({ exchange }) => exchange === 1)
  const worker = victim?.worker ?? 0
  const pid = pidOf(serving, worker)
  process.kill(pid, 'SIGKILL')
  await until(() => eventsOfKind(events, 'app.died').length > 0)
  writeFileSync(go, '')
  const answers = await Promise.all(clients.map(answered))

  expect(answers[0]).toMatch(/^500 /)
  expect(answers.slice(1)).toEqual(Array.from({ length: 15 }, (_, n) => `200 ${n + 1}`))
  const reason = `worker ${worker} was killed by SIGKILL`
  expect(eventsOfKind(events, 'app.died')).toEqual([expect.objectContaining({ exchange: 1, reason })])
  expect(eventsOfKind(events, 'response.answered').filter(({ by }) => by !== 'application')).toEqual([
    expect.objectContaining({ exchange: 1, by: 'gateway', status: 500, complete: true }),
  ])
  // Each was called once: what was sent to the dead worker and not begun went to another.
  const called = eventsOfKind(events, 'app.called').map(({ exchange }) => exchange)
  expect(called.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 16 }, (_, n) => n + 1))
  await until(() => pids(serving).length === workers + 1)
  const lines = eventsOfKind(events, 'log.line').map(({ text }) => text)
  expect(lines).toContain(`worker ${worker} (pid ${pid}) was killed by SIGKILL`)
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^worker ${worker} is ready`)))
  await server.close()
  checkConnections(events)
})

/** The order of what was heard from the middle of a run on: as if it had begun there. */
function checkConnections(events: readonly TraceEvent[]): void {
  const first = events[0]?.seq ?? 0
  checkOrder(events.map((event) => ({ ...event, seq: event.seq - first, ...aboutFrom(event, first) })))
}

const aboutFrom = (event: TraceEvent, first: number) =>
  event.kind === 'referee.finding' && event.about !== null ? { about: event.about - first } : {}

test('a worker that is stopped in a request: a 504 at its time, then service goes on', async () => {
  const serving = await serve('--app-timeout', '1')
  const { go, events } = serving
  const stopped = await send(serving, `/wait${go}`)
  const [called] = await until(() => {
    const found = eventsOfKind(events, 'app.called')
    return found.length === 1 && found
  })
  const pid = pidOf(serving, 1)
  process.kill(pid, 'SIGSTOP')
  const behind = await send(serving, '/?behind')
  expect(await answered(stopped)).toMatch(/^504 /)
  expect(await answered(behind)).toBe('200 behind')
  const [died] = eventsOfKind(events, 'app.died')
  expect(died).toMatchObject({ exchange: 1, reason: 'the application gave no byte for 1 s: it was given up' })
  expect(Number(died?.at) - Number(called?.at)).toBeGreaterThanOrEqual(1e6 - 50_000)
  expect(await ask(serving, 'after')).toBe('200 after')
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
})

test('a worker that is stopped between requests: what it never began is served by another', async () => {
  const serving = await serve('--app-timeout', '1')
  process.kill(pidOf(serving, 1), 'SIGSTOP')
  expect(await ask(serving, 'one')).toBe('200 one')
  expect(eventsOfKind(serving.events, 'app.died')).toEqual([])
  expect(pids(serving)).toHaveLength(2)
})

test.each([['--no-reload'], []])(
  'a worker that cannot be started again: 503 with a reason, until the file is right: %j',
  async (...flags) => {
    const serving = await serve(...flags)
    const { file, server, events } = serving
    expect(await ask(serving, 'before')).toBe('200 before')
    writeFileSync(file, 'import nowhere_to_be_found\n')
    process.kill(pidOf(serving, 1), 'SIGKILL')
    await until(() => server.lines.some((line) => line.includes('could not be started again')))
    const refused = await ask(serving, 'meanwhile')
    expect(refused).toMatch(/^503 /)
    expect(eventsOfKind(events, 'app.died').at(-1)?.reason).toContain('nowhere_to_be_found')
    writeFileSync(file, APP)
    while ((await ask(serving, 'again')) !== '200 again') expect(server.lines.length).toBeLessThan(1000)
  },
)

test('more requests than may wait: one is told 503, all others are answered', async () => {
  const serving = await serve()
  const { go, events } = serving
  // One runs, 32 stand behind it in its worker's pipe, 1024 wait for them.
  const most = 1 + 32 + 1024
  const clients = [await send(serving, `/wait${go}?0`)]
  await until(() => eventsOfKind(events, 'app.called').length === 1)
  for (let n = 1; n < most; n += 50) {
    const some = Array.from({ length: Math.min(50, most - n) }, (_, index) => send(serving, `/?${n + index}`))
    clients.push(...(await Promise.all(some)))
  }
  await until(() => eventsOfKind(events, 'app.queued').length === most - 1)
  expect(await ask(serving, 'toomany')).toMatch(/^503 /)
  expect(eventsOfKind(events, 'app.died').map(({ reason }) => reason)).toEqual([
    'all workers are busy and 1024 requests are waiting',
  ])
  writeFileSync(go, '')
  const answers = await Promise.all(clients.map(answered))
  expect(answers).toEqual(clients.map((_, n) => `200 ${n}`))
})

test.each([1, 2])('a server that stops answers what %i workers run and what waits', async (workers) => {
  const serving = await serve('--workers', String(workers))
  const { go, events, server } = serving
  const running = await Promise.all(Array.from({ length: workers }, (_, n) => send(serving, `/wait${go}?${n}`)))
  await until(() => eventsOfKind(events, 'app.called').length === workers)
  const waiting = await Promise.all(Array.from({ length: 10 }, (_, n) => send(serving, `/?${workers + n}`)))
  await until(() => eventsOfKind(events, 'app.queued').length === waiting.length)
  const closed = server.close()
  writeFileSync(go, '')
  await closed
  const answers = await Promise.all([...running, ...waiting].map(answered))
  expect(answers).toEqual(answers.map((_, n) => `200 ${n}`))
  expect(eventsOfKind(events, 'app.died')).toEqual([])
  for (const pid of pids(serving)) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
})
