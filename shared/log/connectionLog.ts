import type { TraceDraft } from '../gateway/types.ts'

/** Where the events of one connection go. */
export interface ConnectionLog {
  /** Its number in the run, from 1. */
  readonly number: number
  /** Here, a draft's `exchange` is the number that `EventLog.count` gave it. */
  append(draft: TraceDraft): void
}
