/** The tables of a run, for a person who reads a terminal. */
import { verdicts } from './budgets.ts'
import { NAMES } from './contestants.ts'
import type { Figure, Results } from './results.ts'
import type { Sample } from './rounds.ts'
import type { Setting } from './settings.ts'
import { table } from './table.ts'

interface Run {
  results: Results
  contestants: readonly string[]
  settings: readonly Setting[]
}

const withSpread = ({ median, spread }: Figure): string =>
  `${median.toFixed(2)}${spread > 0 ? ` ±${Math.round(spread * 100)}%` : ''}`
const whole = (value: number): string => Math.round(value).toLocaleString('en')
const milliseconds = (value: number): string => value.toFixed(value < 10 ? 2 : 0)

/** One row for each contestant, one column for each setting; rows in which nothing was measured are left out. */
function grid({ contestants, settings }: Run, title: string, show: (contestant: string, setting: string) => string) {
  const rows = contestants
    .map((name) => [name, ...settings.map((setting) => show(name, setting.name))])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ''))
  return rows.length === 0 ? '' : table([[title, ...settings.map(({ name }) => name)], ...rows])
}

const ratios = (run: Run, title: string, other: string, among = run.contestants): string =>
  grid({ ...run, contestants: among }, title, (contestant, setting) => {
    const ratio = contestant === other ? null : run.results.ratio(contestant, other, setting)
    return ratio === null ? '' : withSpread(ratio)
  })

const figures = (run: Run, title: string, pick: (sample: Sample) => number | null, show: (value: number) => string) =>
  grid(run, title, (contestant, setting) => {
    const figure = run.results.figure(contestant, setting, pick)
    return figure === null ? '' : show(figure.median)
  })

function budgets({ results, settings }: Run): string {
  const all = verdicts(results, settings)
  const rows = [...new Set(all.map(({ contestant, other }) => `${contestant} of ${other}`))].map((title) => {
    const own = all.filter(({ contestant, other }) => `${contestant} of ${other}` === title)
    const cells = settings.map(({ name }) => {
      const found = own.find(({ setting }) => setting === name)
      return found === undefined ? '' : `${found.measured.toFixed(2)} ${found.met ? '≥' : '<'} ${found.atLeast}`
    })
    const missed = own.filter(({ met }) => !met).length
    return [title, ...cells, missed === 0 ? 'met' : `missed in ${missed} of ${own.length}`]
  })
  return rows.length === 0 ? '' : table([['budgets', ...settings.map(({ name }) => name), ''], ...rows])
}

/** Everything that failed, one line each. */
export const failures = ({ results, contestants, settings }: Run): string[] =>
  contestants.flatMap((contestant) =>
    settings.flatMap(({ name }) => {
      const samples = results.samples(contestant, name)
      const total = (of: 'refused' | 'failed' | 'cut') => samples.reduce((sum, sample) => sum + sample[of], 0)
      const [refused, failed, cut] = [total('refused'), total('failed'), total('cut')]
      if (samples.some(({ requests }) => requests === 0)) return [`FAILED: ${contestant}, ${name}: no answers`]
      if (refused + failed + cut === 0) return []
      return [`FAILED: ${contestant}, ${name}: ${refused} refused, ${failed} failed, ${cut} cut off`]
    }),
  )

const PYTHON = [NAMES.python, NAMES.pythonWatched, NAMES.embedded, NAMES.embeddedWatched]

/** Settings beside each other, small answers and large bodies apart: more columns than these fit no terminal. */
export const report = (run: Run): string =>
  [run.settings.filter(({ exchange }) => exchange === 'hello'), run.settings.filter((s) => s.exchange !== 'hello')]
    .filter((settings) => settings.length > 0)
    .map((settings) => ({ ...run, settings }))
    .flatMap((part) => [
      ratios(part, `times ${NAMES.http}`, NAMES.http),
      ratios(part, `times ${NAMES.gunicornSync}`, NAMES.gunicornSync, PYTHON),
      ratios(part, `times ${NAMES.uwsgi}`, NAMES.uwsgi, PYTHON),
      figures(part, 'requests a second', ({ perSecond }) => perSecond, whole),
      figures(part, 'processor time, µs a request', ({ processorUs }) => processorUs, whole),
      figures(part, 'p50, ms', ({ p50Ms }) => p50Ms, milliseconds),
      figures(part, 'p99, ms', ({ p99Ms }) => p99Ms, milliseconds),
      budgets(part),
    ])
    .filter((text) => text !== '')
    .join('\n\n')
