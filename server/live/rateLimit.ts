/** Messages a page may send in a second, and at once: more than somebody who holds an arrow key down in the list causes. */
export const RATE = { perSecond: 100, burst: 200 }

/** A token bucket over the run's clock. */
export function rateLimit(now: () => number): () => boolean {
  let tokens = RATE.burst
  let at = now()
  return () => {
    const time = now()
    tokens = Math.min(RATE.burst, tokens + ((time - at) * RATE.perSecond) / 1e6)
    at = time
    if (tokens < 1) return false
    tokens--
    return true
  }
}
