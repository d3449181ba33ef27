/**
 * What is drawn from a stream of changes is drawn at most so often. A few changes are drawn as they come; of many, one
 * every so often, and always the last.
 */
export interface Pacer {
  /** Something has changed. */
  changed(): void
  /** Nothing is drawn any more. */
  stop(): void
}

export interface PacerOptions {
  readonly everyMs: number
  /** So many are drawn at once after a rest; they are earned again, one every `everyMs`. */
  readonly atOnce: number
  readonly now: () => number
  /** Calls back after `ms` milliseconds; returns how to call it off. */
  readonly later: (ms: number, callback: () => void) => () => void
}

export function paced(draw: () => void, { everyMs, atOnce, now, later }: PacerOptions): Pacer {
  /** When the next one is earned, if none were saved: the more of it lies in the past, the more may be drawn at once. */
  let earnedAt = Number.NEGATIVE_INFINITY
  let callOff: (() => void) | null = null
  const drawNow = () => {
    callOff = null
    earnedAt = Math.max(earnedAt, now() - (atOnce - 1) * everyMs) + everyMs
    draw()
  }
  return {
    changed() {
      if (callOff !== null) return
      const wait = earnedAt - now()
      if (wait <= 0) drawNow()
      else callOff = later(wait, drawNow)
    },
    stop() {
      callOff?.()
      callOff = null
    },
  }
}
