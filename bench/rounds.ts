/** Every round measures every server in every setting, in an order that rotates: what disturbs the machine disturbs all. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ExchangeName } from './exchanges.ts'
import type { Generator } from './load.ts'
import type { LoadResult } from './loadResult.ts'
import { processorTime } from './processorTime.ts'
import type { Setting } from './settings.ts'

export interface Runner {
  name: string
  port: number
  pid: number
  settings: readonly Setting[]
  /** Where the end of a connection ends an answer, or comes without a word behind it: there it is no failure. */
  mayCut: (exchange: ExchangeName) => boolean
}

export interface Sample extends LoadResult {
  /** Processor time of the server's processes for each request, in microseconds; null where the system does not tell. */
  processorUs: number | null
}

export interface Cell {
  contestant: string
  setting: string
  /** One for each round, in order. */
  samples: Sample[]
}

async function sample(generator: Generator, runner: Runner, setting: Setting, seconds: number): Promise<Sample> {
  const before = processorTime(runner.pid)
  const result = await generator.run(runner.port, setting, seconds)
  const after = await settled(runner.pid)
  const known = before !== null && after !== null && result.requests > 0
  return {
    ...result,
    cut: runner.mayCut(setting.exchange) ? 0 : result.cut,
    processorUs: known ? (after - before) / result.requests : null,
  }
}

const LOOK_MS = 60
const MOST_LOOKS = 160

/**
 * Processor time once the server has nothing left to do, or after ten seconds: what it puts off is its own cost, and
 * must not disturb who is measured next.
 */
async function settled(pid: number): Promise<number | null> {
  let before = processorTime(pid)
  for (let looks = 0; looks < MOST_LOOKS && before !== null; looks++) {
    await delay(LOOK_MS)
    const now = processorTime(pid)
    if (now === null || now <= before) return now
    before = now
  }
  return before
}

/** All once: each round begins elsewhere, and every other one runs backwards, so that nobody always follows the same. */
export function inOrder<T>(all: readonly T[], round: number, rounds: number): T[] {
  const first = Math.floor((all.length * round) / rounds)
  const rotated = [...all.slice(first), ...all.slice(0, first)]
  return round % 2 === 0 ? rotated : [...rotated.slice(0, 1), ...rotated.slice(1).reverse()]
}

/**
 * Each setting of each runner, `rounds` times for `seconds` each, the runners taking turns. `tell` hears how
 * far it is. Requests that fail are counted in their sample.
 */
export async function measure(
  generator: Generator,
  runners: readonly Runner[],
  rounds: number,
  seconds: number,
  tell: (what: string) => void,
): Promise<Cell[]> {
  // Compiled and cached, as in a server that has been running for a while.
  for (const runner of runners) {
    const [first] = runner.settings
    if (first !== undefined) await generator.run(runner.port, { ...first, connections: 16 }, 1)
  }
  const settings = [...new Set(runners.flatMap((runner) => runner.settings))]
  const cells = new Map<string, Cell>()
  for (let round = 0; round < rounds; round++) {
    for (const setting of settings) {
      for (const runner of inOrder(runners, round, rounds)) {
        if (!runner.settings.includes(setting)) continue
        const key = `${runner.name}\n${setting.name}`
        const cell = cells.get(key) ?? { contestant: runner.name, setting: setting.name, samples: [] }
        cell.samples.push(await sample(generator, runner, setting, seconds))
        cells.set(key, cell)
      }
    }
    tell(`round ${round + 1} of ${rounds}`)
  }
  return [...cells.values()]
}
