import { performance } from 'node:perf_hooks'

/** The run's clock. `now` is monotonic: microseconds since the run began. */
export interface Clock {
  readonly now: () => number
  /** Unix time at `now` 0, in milliseconds. */
  readonly startedAt: number
}

export function startClock(): Clock {
  const origin = performance.now()
  return { now: () => Math.round((performance.now() - origin) * 1000), startedAt: Date.now() }
}
