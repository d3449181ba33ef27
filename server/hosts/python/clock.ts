/**
 * A worker's clock, read on the run's. A frame is received after its events happened, so each one bounds the offset
 * between the two clocks from above; the smallest bound is the frame that travelled fastest.
 */
export class WorkerClock {
  #offset = Number.POSITIVE_INFINITY

  /** A frame whose last event happened at `sent` (worker, nanoseconds) was received at `now` (run, microseconds). */
  observe(sent: number, now: number): void {
    const bound = now - sent / 1000
    if (bound < this.#offset) this.#offset = bound
  }

  /** Microseconds of the run, never later than any `now` at which a frame with a later event was received. */
  read(nanoseconds: number): number {
    return nanoseconds / 1000 + this.#offset
  }
}
