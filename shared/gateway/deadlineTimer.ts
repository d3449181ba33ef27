import type { Deadline } from './types.ts'

const DEADLINES: readonly Deadline[] = ['header', 'body', 'send', 'idle', 'linger']

/**
 * The deadlines of one connection, looked at every now and then instead of with a timer each: setting one is a store, and
 * happens for every request. Times are microseconds since the run began, Infinity where nothing is awaited.
 */
export class DeadlineTimer {
  readonly #due: Record<Deadline, number> = {
    header: Infinity,
    body: Infinity,
    send: Infinity,
    idle: Infinity,
    linger: Infinity,
  }
  /** Never later than any of them. */
  #soonest = Infinity

  set(of: Deadline, due: number): void {
    this.#due[of] = due
    if (due < this.#soonest) this.#soonest = due
  }

  /** Calls `onDue`, once, for each that has passed. */
  check(now: number, onDue: (of: Deadline) => void): void {
    if (now < this.#soonest) return
    this.#soonest = Infinity
    for (const of of DEADLINES) {
      if (this.#due[of] > now) this.#soonest = Math.min(this.#soonest, this.#due[of])
      else {
        this.#due[of] = Infinity
        onDue(of)
      }
    }
  }
}
