/** How often a playback of the same kind has been told: what is familiar is told faster. */
import type { Beat } from '../../shared/trace/beats.ts'

/** How many were told to their end, by kind. */
export type Told = Readonly<Record<string, number>>

/** The method and the shape of an exchange: which beats it has, in order. */
const kindOf = (method: string | null, beats: readonly Beat[]): string =>
  [method ?? '?', ...beats.map((beat) => beat.kind)].join(' ')

/** How many like this were told. One that is not over is like every one that began as it did. */
export function timesTold(told: Told, method: string | null, beats: readonly Beat[], over: boolean): number {
  const kind = kindOf(method, beats)
  const exactly = told[kind]
  if (over || exactly !== undefined) return exactly ?? 0
  let most = 0
  for (const [known, count] of Object.entries(told)) if (known.startsWith(`${kind} `)) most = Math.max(most, count)
  return most
}

/** This one was told to its end. */
export function withTold(told: Told, method: string | null, beats: readonly Beat[]): Told {
  const kind = kindOf(method, beats)
  return { ...told, [kind]: (told[kind] ?? 0) + 1 }
}
