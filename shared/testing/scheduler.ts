/** A scheduler of the log for tests, over the timers that every platform has. */
import type { LogScheduler } from '../log/scheduler.ts'

export const testScheduler = (now: () => number): LogScheduler => ({
  now,
  nextTurn: (task) => setTimeout(task, 0),
  later: (ms, task) => setTimeout(task, ms),
  async inTurns(step) {
    while (step()) await new Promise<void>((resolve) => setTimeout(resolve, 0))
  },
})
