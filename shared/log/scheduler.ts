/** What the log needs of the platform that it is on, besides memory. */
export interface LogScheduler {
  /** Microseconds since the run began. */
  now(): number
  /** In the next turn of the event loop. */
  nextTurn(task: () => void): void
  /** After so many milliseconds, if whatever runs it is still there. */
  later(ms: number, task: () => void): void
  /** Calls `step` in turns until it says that there is no more to do; in between, others have theirs. */
  inTurns(step: () => boolean): Promise<void>
}
