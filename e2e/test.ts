/** What every browser test has: servers that end with it, a folder of its own, and a page that may not complain. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import { ScopePage } from './scopePage.ts'
import { type RunningServer, type StartOptions, startServer } from './server.ts'

interface Fixtures {
  /** Whether the page has never been here: then its first trip is stepped through. */
  firstTime: boolean
  /** A folder that is gone afterwards. */
  folder: string
  serve: (options?: StartOptions) => Promise<RunningServer>
  /** Errors in the console and exceptions of any page fail the test, unless they match what it expects. */
  expectComplaints: (pattern: RegExp) => void
  /** The test's own page. */
  scope: ScopePage
  /** One more page, as if on another screen. */
  anotherScope: () => Promise<ScopePage>
}

export const test = base.extend<Fixtures>({
  firstTime: [false, { option: true }],
  context: async ({ context, firstTime }, use) => {
    if (!firstTime) {
      await context.addInitScript(() => {
        // An empty page has no storage.
        if (location.origin !== 'null') localStorage.setItem('wsgiscope.guided', 'done')
      })
    }
    await use(context)
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs from its pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-e2e-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
  serve: async ({ context }, use) => {
    const servers: RunningServer[] = []
    await use(async (options) => {
      const server = await startServer(options)
      servers.push(server)
      return server
    })
    // A page whose server goes away says so, and would be right.
    await Promise.all(context.pages().map((page) => page.close()))
    await Promise.all(servers.map((server) => server.stop()))
  },
  expectComplaints: [
    async ({ context }, use) => {
      const complaints: string[] = []
      const expected: RegExp[] = []
      const listen = (page: Page) => {
        page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
        page.on('console', (message) => {
          if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
        })
      }
      context.on('page', listen)
      for (const page of context.pages()) listen(page)
      await use((pattern) => expected.push(pattern))
      expect(complaints.filter((text) => !expected.some((pattern) => pattern.test(text)))).toEqual([])
    },
    { auto: true },
  ],
  scope: async ({ page }, use) => {
    await use(new ScopePage(page))
  },
  anotherScope: async ({ context }, use) => {
    await use(async () => new ScopePage(await context.newPage()))
  },
})

export { expect }
