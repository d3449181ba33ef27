/** Frames of a page that watches 1,000 requests a second, beside those of an empty page while the same are served. */
import { join } from 'node:path'
import { ROOT } from '../processes.ts'
import { sendSteadily, startBuilt } from './builtServer.ts'
import { framesOf, p99 } from './frames.ts'
import type { WebRow } from './row.ts'

const PER_SECOND = 1000
const SECONDS = 6

export const framesUnderLoad: WebRow = {
  name: 'frames at 1,000 requests a second, 99% within ms',
  async measure(browser, checkout) {
    const { port, ui } = await startBuilt(checkout, `${join(ROOT, 'shared', 'apps', 'hello.ts')}:app`)
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    const abort = new AbortController()
    const load = sendSteadily(port, PER_SECOND, abort.signal)
    const empty = await framesOf(page, SECONDS)
    await page.goto(ui)
    await page.getByRole('listbox', { name: 'Exchanges' }).waitFor()
    await framesOf(page, 1)
    const watching = await framesOf(page, SECONDS)
    abort.abort()
    await load
    return { page: p99(watching), 'empty page': p99(empty), frames: watching.length / SECONDS }
  },
}
