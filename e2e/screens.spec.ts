/** Every kind of moment, on a desk and on a projector: pictures to look at, and what can be checked without eyes. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { curl, openConnection, sendRaw } from './clients.ts'
import { layoutFaults } from './layout.ts'
import { ROOT } from './server.ts'
import { expect, test } from './test.ts'

const FOLDER = join(ROOT, 'test-results', 'screens')
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
]

/** Yields three chunks, and a fourth when a file is there. */
const WAITING = `"""Streams, and waits in the middle of it."""
import os
import time


def app(environ, start_response):
    start_response(
        "200 OK",
        [("Content-Type", "text/plain")],
    )
    for i in range(1, 4):
        yield f"chunk {i} of 4\\n".encode("ascii")
    while not os.path.exists("go"):
        time.sleep(0.01)
    yield b"chunk 4 of 4\\n"
`

/** The page in any language: found by what it is, not by what it is called. */
class Screens {
  readonly #page: Page
  readonly #prefix: string
  /** Problems, each with the moment it was seen in: one run shows them all. */
  readonly faults: string[] = []

  constructor(page: Page, prefix: string) {
    this.#page = page
    this.#prefix = prefix
  }

  async open(ui: string): Promise<void> {
    await this.#page.goto(ui)
    await expect(this.#page.locator('.status[data-status="live"]')).toBeVisible()
    await expect(this.#page.locator('.xterm-rows')).toContainText('$')
    await this.#page.evaluate(() => document.fonts.ready)
  }

  get exchanges() {
    return this.#page.getByRole('listbox').getByRole('option')
  }

  /** Puts the playhead there, in beats. */
  async seek(beats: number): Promise<void> {
    const slider = this.#page.getByRole('slider')
    await slider.fill(String(beats))
    await expect.poll(async () => Number(await slider.inputValue()), { intervals: [20] }).toBeCloseTo(beats, 6)
  }

  async beats(): Promise<number> {
    return Number(await this.#page.getByRole('slider').getAttribute('max'))
  }

  async end(): Promise<void> {
    await this.seek(await this.beats())
  }

  /** The chip of the exchange that is shown says what came of it at its end. */
  async answered(outcome: RegExp): Promise<void> {
    await expect(async () => {
      await this.end()
      await expect(this.exchanges).toHaveText([outcome], { timeout: 1000 })
    }).toPass()
  }

  /** Takes the pictures of the beats from `first` on: `a` with something in flight, `b` when all has landed. */
  async walk(prefix: string, first: number, bytes: number | null = null): Promise<void> {
    const beats = await this.beats()
    for (let beat = Math.min(first, beats); beat <= beats; beat++) {
      await this.seek(beat - 0.7)
      await this.take(`${prefix}${beat}-a`)
      await this.seek(beat)
      await this.take(`${prefix}${beat}-b`, beat > 1 ? bytes : null)
    }
  }

  /** Takes the picture of a moment, and looks it over. `bytes`: how many were sent to the server. */
  async take(moment: string, bytes: number | null = null): Promise<void> {
    await this.#page.mouse.move(2, 2)
    await this.#page.screenshot({ path: join(FOLDER, `${this.#prefix}-${moment}.png`) })
    for (const fault of await layoutFaults(this.#page)) this.faults.push(`${moment}: ${fault}`)
    if (bytes === null) return
    const note = this.#page.locator('[data-card="socket"] .card-note')
    const said = (await note.count()) === 0 ? null : await note.textContent()
    const number = said?.replaceAll(',', '').match(/(\d+) B/)?.[1]
    if (number !== undefined && Number(number) !== bytes) {
      this.faults.push(`${moment}: ${bytes} bytes were sent, the card says ${said}`)
    }
  }
}

const APPS = join(ROOT, 'shared', 'apps')

test('the picture in the README: a value, and where it comes from', async ({ serve, scope }) => {
  const server = await serve({ app: 'hello.py:app', cwd: APPS })
  await scope.open(server.ui)
  await expect(scope.terminal).toContainText('$')
  await scope.type(`curl -i -d "How are you" "localhost:${server.port}/hello?name=Ada"`)
  await scope.answered(['POST /hello?name=Ada 200'])
  await expect(scope.terminal).toContainText('You sent 11 bytes.')
  await scope.card('environ').getByText("'name=Ada'", { exact: true }).hover()
  await expect(scope.page.locator('.curves path')).toHaveCount(1)
  await scope.page.screenshot({ path: join(FOLDER, 'readme.png') })
})

/** Of a light page every beat is looked at; a dark one is drawn alike, and only the moments differ that have colours of their own. */
for (const viewport of SIZES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const locale of ['en', 'zh-CN']) {
      const prefix = `${viewport.width}-${colorScheme}-${locale}`
      const everyBeat = colorScheme === 'light'
      test.describe(prefix, () => {
        test.use({ viewport, colorScheme, locale })

        test(`${prefix}: a request, from nothing to done`, async ({ serve, page }) => {
          const screens = new Screens(page, prefix)
          const server = await serve({ app: 'hello.py:app', cwd: APPS })
          await screens.open(server.ui)
          await screens.take('00-nothing')

          const { sent } = await curl('-d', 'How are you', `${server.http}/hello?name=Ada`)
          await screens.answered(/200/)
          await screens.end()
          expect(await screens.beats()).toBeGreaterThanOrEqual(8)
          await screens.walk('1', everyBeat ? 1 : 8, sent.length)
          if (!everyBeat) {
            await screens.seek(3.5)
            await screens.take('14-a')
          }
          expect(screens.faults).toEqual([])
        })

        test(`${prefix}: a stream, a refusal, two accidents`, async ({ serve, page, folder }) => {
          const screens = new Screens(page, prefix)
          await writeFile(join(folder, 'waiting.py'), WAITING)
          const streaming = await serve({ app: 'waiting.py:app', cwd: folder })
          await screens.open(streaming.ui)
          const connection = await openConnection(streaming.host, streaming.port)
          connection.write('GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
          await expect.poll(() => connection.received().toString()).toContain('chunk 3')
          await expect(screens.exchanges).toHaveCount(1)
          // Not at the pace of a first trip, but at once.
          await expect(async () => {
            await screens.end()
            await expect(page.locator('[data-card="response"]')).toContainText('chunk 3', { timeout: 100 })
          }).toPass()
          await screens.take('20-streaming')
          await writeFile(join(folder, 'go'), '')
          await connection.closed
          await screens.answered(/200/)
          await screens.walk('2', everyBeat ? 7 : 8)

          const failing = await serve({ app: 'error.py:app', cwd: APPS })
          await screens.open(failing.ui)
          await sendRaw(failing, 'GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Bad : yes\r\nAccept: */*\r\n\r\n')
          await screens.answered(/400/)
          await screens.walk('3', everyBeat ? 3 : 4)
          for (const [index, path] of ['before', 'after', 'exc_info'].entries()) {
            await curl(`${failing.http}/${path}`)
            await expect(screens.exchanges).toHaveCount(index + 2)
            await screens.exchanges.last().click()
            await screens.walk(`${index + 4}-${path}-`, everyBeat ? 6 : 8)
          }
          expect(screens.faults).toEqual([])
        })
      })
    }
  }
}
