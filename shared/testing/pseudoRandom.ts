/** Numbers that look random and are the same for the same seed, so that a failure can be had again. */
export interface PseudoRandom {
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number
  pick<T>(from: readonly [T, ...T[]]): T
}

/** mulberry32: 32 bits of state are plenty for cutting and mutating. */
export function pseudoRandom(seed: number): PseudoRandom {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }
  return { below, pick: (from) => from[below(from.length)] ?? from[0] }
}
