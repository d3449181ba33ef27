/** The README's tables, from the last run's dist/bench.json: `npx tsx bench/markdown.ts`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { NAMES } from './contestants.ts'
import { LoadResult } from './loadResult.ts'
import { ROOT } from './processes.ts'
import { Results } from './results.ts'
import { LARGE, type Setting, SMALL } from './settings.ts'
import { TAP_NAMES } from './taps.ts'

const Run = z.object({
  cells: z.array(
    z.object({
      contestant: z.string(),
      setting: z.string(),
      // A latency that was not told is null in JSON.
      samples: z.array(
        LoadResult.extend({
          processorUs: z.number().nullable(),
          p50Ms: z.number().nullable().transform(Number),
          p99Ms: z.number().nullable().transform(Number),
        }),
      ),
    }),
  ),
})

const results = new Results(Run.parse(JSON.parse(readFileSync(join(ROOT, 'dist', 'bench.json'), 'utf8'))).cells)
const SERVERS = Object.values(NAMES)
const TAPS = Object.values(TAP_NAMES)
/** Kept connections first, few to many; then closed ones. */
const COLUMNS = [...SMALL].sort((one, other) => Number(one.close) - Number(other.close))

function write(
  names: readonly string[],
  settings: readonly Setting[],
  show: (name: string, setting: string) => string,
) {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = names.map((name) => [name, ...settings.map((setting) => show(name, setting.name))])
  console.log(row(['', ...settings.map(({ name }) => name)]))
  console.log(row(['---', ...settings.map(() => '---')]))
  for (const cells of rows) if (cells.slice(1).some((cell) => cell !== '')) console.log(row(cells))
  console.log('')
}

const ratioTo = (other: string) => (name: string, setting: string) =>
  results.ratio(name, other, setting)?.median.toFixed(2) ?? ''
const processorTime = (name: string, setting: string) => {
  const figure = results.figure(name, setting, ({ processorUs }) => processorUs)
  return figure === null ? '' : Math.round(figure.median).toLocaleString('en')
}

write(SERVERS, COLUMNS, ratioTo(NAMES.http))
write([...SERVERS, ...TAPS], [...COLUMNS, ...LARGE], processorTime)
write(SERVERS, LARGE, ratioTo(NAMES.http))
write(TAPS, [...COLUMNS, ...LARGE.slice(0, 1)], ratioTo(TAP_NAMES.relay))
