/**
 * `npm run bench:web`: the page in a real browser against the real server, as both are built (`npm run build` first). Each
 * row has what it is measured beside in the same round. `-- --rounds N --rows WORD --against FOLDER`: another built
 * checkout, measured in turn with this one.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { ROOT, stopAll } from './processes.ts'
import { median } from './statistics.ts'
import { framesUnderLoad } from './web/framesUnderLoad.ts'
import { longStream } from './web/longStream.ts'
import { openingKept } from './web/openingKept.ts'
import type { WebRow } from './web/row.ts'

const ROWS: readonly WebRow[] = [openingKept, framesUnderLoad, longStream]

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '' },
    against: { type: 'string' },
  },
})

const checkouts = [ROOT, ...(values.against === undefined ? [] : [values.against])]
for (const checkout of checkouts) {
  if (!existsSync(join(checkout, 'dist', 'web', 'index.html'))) {
    process.stderr.write(`${checkout} is not built: run \`npm run build\` there\n`)
    process.exit(2)
  }
}

const SYSTEM_CHROMIUM = '/usr/bin/chromium'

async function measure(row: WebRow): Promise<void> {
  const results = new Map<string, Record<string, number>[]>()
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const checkout of checkouts) {
      const browser = await chromium.launch({
        ...(existsSync(SYSTEM_CHROMIUM) ? { executablePath: SYSTEM_CHROMIUM } : {}),
        args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run'],
      })
      try {
        const found = await row.measure(browser, checkout)
        results.set(checkout, [...(results.get(checkout) ?? []), found])
      } finally {
        await browser.close()
        await stopAll()
      }
    }
  }
  process.stdout.write(`\n${row.name}\n`)
  for (const [checkout, rounds] of results) {
    const cells = Object.keys(rounds[0] ?? {}).map((key) => {
      const all = rounds.map((round) => round[key] ?? Number.NaN)
      return `${key} ${median(all).toFixed(1)} (${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)})`
    })
    process.stdout.write(`  ${basename(checkout)}: ${cells.join(', ')}\n`)
  }
}

for (const row of ROWS) if (row.name.includes(values.rows)) await measure(row)
