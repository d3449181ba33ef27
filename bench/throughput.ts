/**
 * `npm run bench`: requests a second, side by side in one run. Every round measures every server in every setting, in an
 * order that rotates, so that what disturbs the machine disturbs all alike; the medians of the rounds are compared with
 * that of node:http. `-- --quick` for a glance.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BASELINE, CONTESTANTS } from './contestants.ts'
import { load, type Measured, type Setting } from './load.ts'
import { ROOT, stopAll } from './processes.ts'

const SETTINGS: readonly (Setting & { name: string })[] = [
  { name: 'keep-alive, 1', close: false, connections: 1 },
  { name: 'keep-alive, 16', close: false, connections: 16 },
  { name: 'close, 1', close: true, connections: 1 },
  { name: 'close, 16', close: true, connections: 16 },
]

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const ROUNDS = values.quick ? 1 : 4
const SECONDS = 1

interface Cell {
  contestant: string
  setting: string
  perSecond: number[]
  errors: number
}

interface Result extends Cell {
  median: number
  /** Half the distance between the slowest and the fastest round, as a share of the median. */
  spread: number
  /** Of node:http in the same setting. */
  ratio: number
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

async function measure(): Promise<Cell[]> {
  const cells = new Map<string, Cell>()
  const ports = new Map<string, number>()
  for (const { name, start } of CONTESTANTS) {
    ports.set(name, await start())
    process.stderr.write(`started ${name}\n`)
  }
  const add = (contestant: string, setting: string, { perSecond, errors }: Measured) => {
    const key = `${contestant} ${setting}`
    const cell = cells.get(key) ?? { contestant, setting, perSecond: [], errors: 0 }
    cells.set(key, { ...cell, perSecond: [...cell.perSecond, perSecond], errors: cell.errors + errors })
  }
  // Compiled and cached, as in a server that has been running for a while.
  for (const port of ports.values()) await load.run(port, { connections: 16, close: false }, 1)
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name: setting, ...how } of SETTINGS) {
      for (let turn = 0; turn < CONTESTANTS.length; turn++) {
        const contestant = CONTESTANTS[(turn + round) % CONTESTANTS.length]?.name ?? ''
        add(contestant, setting, await load.run(ports.get(contestant) ?? 0, how, SECONDS))
      }
    }
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`)
  }
  return [...cells.values()]
}

function compare(cells: readonly Cell[]): Result[] {
  const medianOf = (contestant: string, setting: string): number =>
    median(cells.find((cell) => cell.contestant === contestant && cell.setting === setting)?.perSecond ?? [])
  return cells.map((cell) => {
    const own = median(cell.perSecond)
    const spread = (Math.max(...cell.perSecond) - Math.min(...cell.perSecond)) / 2 / own
    return { ...cell, median: own, spread, ratio: own / medianOf(BASELINE, cell.setting) }
  })
}

function table(title: string, results: readonly Result[], show: (result: Result) => string): string {
  const rows = CONTESTANTS.map(({ name }) => [
    name,
    ...SETTINGS.map((setting) => {
      const result = results.find((each) => each.contestant === name && each.setting === setting.name)
      return result === undefined ? '' : show(result)
    }),
  ])
  const all = [[title, ...SETTINGS.map(({ name }) => name)], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all
    .map((row) => row.map((text, at) => (at === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[at] ?? 0))))
    .map((row) => row.join('  '))
    .join('\n')
}

try {
  const results = compare(await measure())
  const percent = (share: number) => `±${Math.round(share * 100)}%`
  console.log(`\n${table(`of ${BASELINE}`, results, ({ ratio, spread }) => `${ratio.toFixed(2)} ${percent(spread)}`)}`)
  console.log(`\n${table('requests a second', results, (result) => Math.round(result.median).toLocaleString('en'))}`)
  const failed = results.filter(({ errors }) => errors > 0)
  for (const { contestant, setting, errors } of failed) console.log(`${contestant}, ${setting}: ${errors} failed`)
  const [processor] = cpus()
  const machine = { processor: processor?.model, cores: cpus().length, node: process.version, load: load.name }
  console.log(
    `\n${machine.cores} cores, Node ${machine.node}, load by ${machine.load}, ${ROUNDS} rounds of ${SECONDS} s`,
  )
  const file = join(ROOT, 'dist', 'bench.json')
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ machine, rounds: ROUNDS, seconds: SECONDS, results }, null, 2)}\n`)
  console.log(`written to ${file}`)
} finally {
  await stopAll()
}
