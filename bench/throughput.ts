/**
 * `npm run bench`: throughput and latency, side by side in one run.
 *   -- --quick            one round, for a glance
 *   -- --only NAME        these servers alone: a part of the name, or all of it; may be repeated
 *   -- --setting NAME     these settings alone, likewise
 *   -- --rounds N --seconds N
 *   -- --own-load         this folder's load generator, also where there is wrk
 *   -- --committed        the gateway of the last commit, not of the checkout as it lies
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { verdicts } from './budgets.ts'
import { bareNet, nodeServers, pythonServers, recordingFile } from './contestants.ts'
import { freshBuild } from './freshBuild.ts'
import { type Fronts, fronts } from './fronts.ts'
import { chooseLoad } from './load.ts'
import { machine } from './machine.ts'
import { ROOT, stopAll } from './processes.ts'
import { failures, report } from './report.ts'
import { Results } from './results.ts'
import { measure } from './rounds.ts'
import { startRunners } from './runners.ts'
import { LARGE, SMALL, WITHOUT_UPLOADS } from './settings.ts'
import { taps } from './taps.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    setting: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    'own-load': { type: 'boolean', default: false },
    committed: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds ?? (values.quick ? 1 : 4))
const seconds = Number(values.seconds)
const generator = chooseLoad(values['own-load'])
const tell = (what: string) => process.stderr.write(`${what}\n`)

/** Those with exactly that name, else those with it in their name; all when nothing is asked for. */
function chosen<T extends { name: string }>(all: readonly T[], wanted: readonly string[]): T[] {
  const matching = (word: string) => {
    const exact = all.filter(({ name }) => name === word)
    return exact.length > 0 ? exact : all.filter(({ name }) => name.includes(word))
  }
  return wanted.length === 0 ? [...all] : all.filter((each) => wanted.some((word) => matching(word).includes(each)))
}

/** Starts, measures, and writes what came out; whether nothing failed. */
async function run(command: string, recording: string, withNginx: Fronts): Promise<boolean> {
  const notes: string[] = []
  const note = (text: string) => {
    notes.push(text)
    tell(text)
  }
  const { there, missing } = pythonServers()
  for (const name of missing) note(`left out: ${name} is not installed`)
  for (const name of withNginx.missing) note(`left out, with nginx in front: ${name} is not installed`)
  const entries = [
    { ...bareNet, settings: WITHOUT_UPLOADS },
    ...[...nodeServers(command, recording), ...there].map((one) => ({ ...one, settings: [...SMALL, ...LARGE] })),
    ...[...taps(command), ...withNginx.there].map((one) => ({ ...one, settings: WITHOUT_UPLOADS })),
  ]
  const entered = chosen(entries, values.only).map((one) => ({
    ...one,
    settings: chosen(one.settings, values.setting),
  }))
  const runners = await startRunners(entered, note)
  const cells = await measure(generator, runners, rounds, seconds, tell)
  const settings = chosen([...SMALL, ...LARGE], values.setting)
  const results = new Results(cells)
  const all = { results, settings, contestants: runners.map(({ name }) => name) }
  const failed = failures(all)
  const on = machine(generator.name)
  console.log(`\n${report(all)}\n`)
  for (const line of [...notes, ...failed]) console.log(line)
  console.log(`${on.cores} cores, Node ${on.node}, load by ${on.load}, ${rounds} rounds of ${seconds} s`)
  const file = join(ROOT, 'dist', 'bench.json')
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  const budgets = verdicts(results, settings)
  writeFileSync(file, `${JSON.stringify({ machine: on, rounds, seconds, notes, failed, budgets, cells }, null, 2)}\n`)
  console.log(`written to ${file}`)
  return failed.length === 0
}

const build = await freshBuild(values.committed)
const recording = recordingFile()
const withNginx = fronts(build.command)
try {
  if (!(await run(build.command, recording.file, withNginx))) process.exitCode = 1
} finally {
  await stopAll()
  recording.remove()
  withNginx.remove()
  build.remove()
}
