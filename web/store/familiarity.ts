/** How often a trip of the same kind has been told: what is familiar is told faster. */
import type { Beat } from '../../shared/trace/beats.ts'

export interface Familiarity {
  /** How many trips like this were told. One that is not over is like every trip that began as it did. */
  of(method: string | null, beats: readonly Beat[], over: boolean): number
  /** This trip was told to its end. */
  told(method: string | null, beats: readonly Beat[]): void
  forget(): void
}

/** The method and the shape of a trip: which beats it has, in order. */
const kindOf = (method: string | null, beats: readonly Beat[]): string =>
  [method ?? '?', ...beats.map((beat) => beat.kind)].join(' ')

export function createFamiliarity(): Familiarity {
  const counts = new Map<string, number>()
  return {
    of(method, beats, over) {
      const kind = kindOf(method, beats)
      const exactly = counts.get(kind)
      if (over || exactly !== undefined) return exactly ?? 0
      let most = 0
      for (const [known, count] of counts) if (known.startsWith(`${kind} `)) most = Math.max(most, count)
      return most
    },
    told(method, beats) {
      const kind = kindOf(method, beats)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    },
    forget: () => counts.clear(),
  }
}
