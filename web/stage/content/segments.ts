import type { StageState } from '../../../shared/trace/fold.ts'

/** Where segments begin, of those whose bytes are drawn: there may be any number of others. */
export function boundariesBefore({ received }: StageState, end: number): number[] {
  const boundaries: number[] = []
  for (const { start } of received) {
    if (start >= end) break
    boundaries.push(start)
  }
  return boundaries
}
