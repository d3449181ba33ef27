/**
 * A page that is opened when 2,000 exchanges are kept: how long the server's event loop is held up by it, how soon the page
 * shows the newest exchange, and how soon an old one that is chosen; then five that open at once, and one under load.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from '@playwright/test'
import * as z from 'zod'
import { ROOT } from '../processes.ts'
import { sendSteadily, startBuilt } from './builtServer.ts'
import type { WebRow } from './row.ts'

const KEPT = 2000

export const openingKept: WebRow = {
  name: `opening a page when ${KEPT} exchanges are kept, ms`,
  async measure(browser, checkout) {
    const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-bench-'))
    try {
      // Who writes a trace has every exchange traced, also where no page watches.
      const trace = ['--trace', join(folder, 'trace.ndjson')]
      const server = await startBuilt(checkout, `${join(ROOT, 'shared', 'apps', 'hello.ts')}:app`, ...trace)
      const { port, ui } = server
      const watching = await browser.newPage()
      await watching.goto(ui)
      await watching.getByRole('status').filter({ hasText: 'live' }).waitFor()
      const empty = await memoryOf(watching)
      await (await fetch(`http://127.0.0.1:${port}/`)).text()
      const first = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      const alone = await usableAfter(first, ui)
      await first.close()
      const fill = new AbortController()
      const filling = sendSteadily(port, KEPT / 2, fill.signal)
      await new Promise((resolve) => setTimeout(resolve, 4000))
      fill.abort()
      await filling
      await new Promise((resolve) => setTimeout(resolve, 2000))
      const watched = await memoryOf(watching)
      await watching.close()
      await server.longestTurn()
      await new Promise((resolve) => setTimeout(resolve, 500))
      const idle = await server.longestTurn()
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      const before = await processorTimes(browser)
      const usable = await usableAfter(page, ui)
      const one = await server.longestTurn()
      const used = [...(await processorTimes(browser))].map(([id, ms]) => ms - (before.get(id) ?? 0))
      const opened = await memoryOf(page)
      const old = await chosenAfter(page)
      await server.longestTurn()
      await openSome(browser, ui, 5)
      const five = await server.longestTurn()
      const load = new AbortController()
      const loading = sendSteadily(port, 200, load.signal)
      await new Promise((resolve) => setTimeout(resolve, 500))
      const loaded = await server.longestTurn()
      await openSome(browser, ui, 1)
      const under = await server.longestTurn()
      load.abort()
      await loading
      return {
        'page usable after': usable,
        'with one kept': alone,
        'of that, processor time of the page': Math.max(...used),
        'old one shown after': old,
        'longest turn': one,
        'five pages': five,
        'under load': under,
        'load alone': loaded,
        idle,
        'memory of the page, MB over empty': opened - empty,
        'of one that saw them come': watched - empty,
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Milliseconds from the navigation until the newest exchange is chosen and its answer drawn. */
async function usableAfter(page: Page, ui: string): Promise<number> {
  await page.goto(ui, { waitUntil: 'commit' })
  const drawn = await page.waitForFunction(() => {
    const chosen = document.querySelector('[role="option"][aria-selected="true"]')
    const answer = document.querySelector('[data-card="response"]')?.textContent ?? ''
    return chosen !== null && answer.includes('200 OK') && performance.now()
  })
  return Number(await drawn.jsonValue())
}

/** Milliseconds from a key that chooses the oldest exchange of the list until the picture is its own. */
async function chosenAfter(page: Page): Promise<number> {
  await page.getByRole('listbox', { name: 'Exchanges' }).focus()
  const hash = await page.evaluate(() => window.location.hash)
  const before = performance.now()
  await page.keyboard.press('Home')
  await page.waitForFunction((was) => window.location.hash !== was, hash)
  return performance.now() - before
}

/** After collection, array buffers counted, in MB. */
async function memoryOf(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  const usage = HeapUsage.parse(await devtools.send('Runtime.getHeapUsage'))
  await devtools.detach()
  return (usage.usedSize + usage.backingStorageSize) / 1e6
}

/** What each process that draws pages has used, in milliseconds, by its id. */
async function processorTimes(browser: Browser): Promise<Map<number, number>> {
  const devtools = await browser.newBrowserCDPSession()
  const { processInfo } = Processes.parse(await devtools.send('SystemInfo.getProcessInfo'))
  await devtools.detach()
  return new Map(processInfo.flatMap(({ type, id, cpuTime }) => (type === 'renderer' ? [[id, 1000 * cpuTime]] : [])))
}

const Processes = z.object({ processInfo: z.array(z.object({ type: z.string(), id: z.int(), cpuTime: z.number() })) })
const HeapUsage = z.object({ usedSize: z.number(), backingStorageSize: z.number() })

async function openSome(browser: Browser, ui: string, count: number): Promise<void> {
  const pages = await Promise.all(Array.from({ length: count }, () => browser.newPage()))
  await Promise.all(pages.map((page) => usableAfter(page, ui)))
  await Promise.all(pages.map((page) => page.close()))
}
