/** What a page, or many, can take of the server. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { EventLog } from '../../shared/log/eventLog.ts'
import { Page, startServer, until } from '../testing/harness.ts'
import { logScheduler } from '../turns.ts'
import { Live, MOST_PAGES } from './live.ts'
import { MOST_RUNS } from './pageRuns.ts'

const EDGES = new URL('../testing/apps/edges.ts', import.meta.url).pathname

test('more pages than may watch are told so, and let in when one has left', async () => {
  const server = await startServer('hello.ts')
  const pages: Page[] = []
  for (let i = 0; i < MOST_PAGES; i++) pages.push(await Page.open(server.uiPort))
  await until(() => pages.every((page) => page.all('snapshot').length > 0))
  const late = new Page(server.uiPort, 'json')
  expect(await late.closed).toBe(1013)
  expect(late.all('error').map(({ message }) => message)).toEqual([
    `${MOST_PAGES} pages watch this server already, which is the most: close one of them`,
  ])
  pages[0]?.socket.close()
  await pages[0]?.closed
  const next = await Page.open(server.uiPort)
  await until(() => next.all('snapshot').length > 0)
})

test('a page has so many requests under way, and is told so when it wants more', async () => {
  const server = await startServer(`${EDGES}:gated`)
  const gate = join(mkdtempSync(join(tmpdir(), 'edges-')), 'gate')
  onTestFinished(() => writeFileSync(gate, ''))
  const page = await Page.open(server.uiPort)
  for (let id = 1; id <= MOST_RUNS + 1; id++) page.send({ type: 'client.run', id, line: `curl /?${gate}` })
  await until(() => page.all('error').length === 1)
  expect(page.all('error')[0]?.message).toBe(
    `${MOST_RUNS} requests of this page are under way: wait for one, or cancel it`,
  )
  writeFileSync(gate, '')
  await until(() => page.all('client.done').length === MOST_RUNS)
  page.send({ type: 'client.run', id: 99, line: 'curl /?/' })
  await until(() => page.all('client.done').some(({ id }) => id === 99))
})

test('a page that has not read the question whether it is there by the next one is closed', async () => {
  const log = new EventLog(logScheduler(() => 0))
  const live = new Live({
    version: '1',
    header: {
      trace: 'wsgiscope',
      version: 1,
      run: 'a',
      startedAt: 0,
      app: '',
      gateway: { host: '127.0.0.1', port: 1 },
    },
    app: () => null,
    log,
    gateway: { host: '127.0.0.1', port: 1 },
    now: () => 0,
    role: 'spectator',
    restart: null,
    pingMs: 20,
  })
  const http = createServer()
  http.on('upgrade', (request, socket, head) => live.upgrade(request, socket, head))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await live.close()
    http.close()
  })
  const address = http.address()
  const open = async (): Promise<WebSocket> => {
    const page = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/live`)
    await new Promise((resolve) => page.once('open', resolve))
    return page
  }
  const [reads, doesNot] = [await open(), await open()]
  doesNot.pause()
  let pings = 0
  reads.on('ping', () => pings++)
  await until(() => pings >= 3)
  doesNot.resume()
  await new Promise((resolve) => doesNot.once('close', resolve))
  expect(reads.readyState).toBe(WebSocket.OPEN)
  reads.terminate()
})

test('a page that is being turned away is not heard any more', async () => {
  const warnings: Error[] = []
  const warned = (warning: Error) => warnings.push(warning)
  process.on('warning', warned)
  onTestFinished(() => void process.off('warning', warned))
  const server = await startServer('hello.ts')
  const page = await Page.open(server.uiPort)
  await until(() => page.all('snapshot').length > 0)
  for (let i = 0; i < 60; i++) page.send({ type: 'resume', run: null, next: 0 })
  page.send({ type: 'client.run', id: 1, line: 'curl /' })
  expect(await page.closed).toBe(1008)
  expect(page.all('error').length).toBeLessThan(60)
  expect(server.log.totals.requests).toBe(0)
  expect(warnings).toEqual([])
})
