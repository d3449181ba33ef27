/**
 * Deadlines that are set once and looked at when they fire, so that a request which is in time sets none: an old one
 * that fires too early is asked for again, for what is left.
 */
import type { Outbox } from './outbox.ts'
import type { Deadline } from './types.ts'

export class Deadlines {
  /** When the edge will say that a deadline has passed, in microseconds; absent where it was not asked to. */
  private readonly set = new Map<Deadline, number>()

  /** Sees to it that the edge speaks up when `of` is due, at `dueAt`. */
  await(of: Deadline, dueAt: number, outbox: Outbox): void {
    const set = this.set.get(of)
    if (set !== undefined && set <= dueAt) return
    this.set.set(of, dueAt)
    outbox.push({ kind: 'deadline', of, afterMs: Math.max(0, Math.ceil((dueAt - outbox.now) / 1000)) })
  }

  /** The edge has spoken. */
  fired(of: Deadline): void {
    this.set.delete(of)
  }
}
