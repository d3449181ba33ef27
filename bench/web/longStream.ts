/** Frames of a page that shows an answer of 10,000 chunks while it is told, and while it is stepped through. */

import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { ROOT } from '../processes.ts'
import { startBuilt } from './builtServer.ts'
import { framesOf, p99 } from './frames.ts'
import type { WebRow } from './row.ts'

const CHUNKS = 10_000
const SECONDS = 3

export const longStream: WebRow = {
  name: `an answer of ${CHUNKS} chunks, frames 99% within ms`,
  async measure(browser, checkout) {
    const { port, ui } = await startBuilt(checkout, `${join(ROOT, 'bench', 'chunks.ts')}:app`)
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    const empty = await framesOf(page, SECONDS)
    await page.goto(ui)
    await page.getByRole('status').filter({ hasText: 'live' }).waitFor()
    const [response] = await once(get(`http://127.0.0.1:${port}/?${CHUNKS}`), 'response')
    await once(response.resume(), 'end')
    await page.getByRole('listbox', { name: 'Exchanges' }).waitFor()
    const told = await framesOf(page, SECONDS)
    await page.getByRole('button', { name: 'Last' }).click()
    // Twenty steps back and forth by one event, in the middle of the stream.
    await page.getByRole('slider', { name: 'Playhead' }).focus()
    const before = performance.now()
    for (let n = 0; n < 20; n++) await page.keyboard.press('Shift+ArrowLeft')
    const stepping = await framesOf(page, SECONDS)
    const after = performance.now()
    return {
      told: p99(told),
      stepping: p99(stepping),
      'longest frame': Math.max(...told, ...stepping),
      'empty page': p99(empty),
      'steps in ms': after - before - SECONDS * 1000,
    }
  },
}
