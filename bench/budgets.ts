/** What is to be reached, and whether it is: parts of the throughput of another server in the same run. */
import { NAMES } from './contestants.ts'
import { FRONT_NAMES } from './fronts.ts'
import type { Results } from './results.ts'
import type { Setting } from './settings.ts'
import { TAP_NAMES } from './taps.ts'

interface Budget {
  contestant: string
  other: string
  /** Null where nothing is asked. */
  atLeast: (setting: Setting) => number | null
}

const small = (factor: number) => (setting: Setting) => (setting.exchange === 'hello' ? factor : null)
/** Kept connections give an advantage over servers that close theirs; without them it has to be as fast. */
const kept = (factor: number) => (setting: Setting) =>
  setting.exchange === 'hello' ? (setting.close ? 1 : factor) : null

/** Of bodies that are streamed: in chunks of 64 KiB, and of 100 bytes. */
const streamed = (factor: number) => (setting: Setting) =>
  setting.exchange === 'chunks down' || setting.exchange === 'small chunks down' ? factor : null

const BUDGETS: readonly Budget[] = [
  { contestant: NAMES.inline, other: NAMES.http, atLeast: small(1.2) },
  { contestant: NAMES.inline, other: NAMES.net, atLeast: small(0.7) },
  { contestant: NAMES.inlineWatched, other: NAMES.inline, atLeast: small(0.9) },
  { contestant: NAMES.inlineRecording, other: NAMES.inline, atLeast: () => 0.5 },
  { contestant: NAMES.pythonRecording, other: NAMES.python, atLeast: () => 0.5 },
  ...[NAMES.python, NAMES.embedded].flatMap((contestant) => [
    { contestant, other: NAMES.gunicornSync, atLeast: kept(2.5) },
    { contestant, other: NAMES.uwsgi, atLeast: kept(1.5) },
  ]),
  { contestant: NAMES.python, other: NAMES.gunicornSync, atLeast: streamed(0.7) },
  { contestant: TAP_NAMES.tap, other: TAP_NAMES.relay, atLeast: () => 0.8 },
  { contestant: FRONT_NAMES.wsgiscope, other: FRONT_NAMES.uwsgi, atLeast: small(1) },
  { contestant: FRONT_NAMES.tap, other: FRONT_NAMES.relay, atLeast: small(0.8) },
]

export interface Verdict {
  contestant: string
  other: string
  setting: string
  atLeast: number
  measured: number
  spread: number
  met: boolean
}

/** One for each budget and setting that was measured. */
export const verdicts = (results: Results, settings: readonly Setting[]): Verdict[] =>
  BUDGETS.flatMap(({ contestant, other, atLeast }) =>
    settings.flatMap((setting) => {
      const least = atLeast(setting)
      const figure = results.ratio(contestant, other, setting.name)
      if (least === null || figure === null) return []
      const { median: measured, spread } = figure
      return [{ contestant, other, setting: setting.name, atLeast: least, measured, spread, met: measured >= least }]
    }),
  )
