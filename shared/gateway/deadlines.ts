/**
 * Deadlines that are set once and looked at when they fire, so that a request which is in time sets none: an old one
 * that fires too early is asked for again, for what is left.
 */
import type { Backlog } from './backlog.ts'
import { type ConnectionState, PHASES } from './connectionState.ts'
import type { Outbox } from './outbox.ts'
import type { Deadline, Limits } from './types.ts'

/** What a deadline is counted from, in microseconds of the run. */
export interface Progress {
  readonly state: Pick<ConnectionState, 'phase' | 'since' | 'idleSince'>
  bodyReceived: number
  backlog: Pick<Backlog, 'waiting' | 'due'>
}

/** What is waited for: while bytes wait for the client, and nothing of a request is being read, only that it takes them. */
const awaited = ({ state: { phase }, backlog }: Progress): Deadline | null =>
  backlog.waiting && (phase === 'idle' || phase === 'application') ? 'send' : PHASES[phase].deadline

export class Deadlines {
  readonly #limits: Limits
  /** When the edge will speak up, in microseconds; Infinity where it was not asked to. */
  readonly #set: Record<Deadline, number> = {
    header: Number.POSITIVE_INFINITY,
    body: Number.POSITIVE_INFINITY,
    send: Number.POSITIVE_INFINITY,
    idle: Number.POSITIVE_INFINITY,
    linger: Number.POSITIVE_INFINITY,
  }

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Sees to it that the edge speaks up when the deadline of the current state is due. */
  ask(progress: Progress, outbox: Outbox): void {
    const of = awaited(progress)
    if (of === null) return
    const due = this.#due(progress)
    if (this.#set[of] <= due || due === Number.POSITIVE_INFINITY) return
    this.#set[of] = due
    outbox.push({ kind: 'deadline', of, afterMs: Math.max(0, Math.ceil((due - outbox.now) / 1000)) })
  }

  /** The edge has spoken up: whether the deadline of the current state has really passed. */
  passed(of: Deadline, progress: Progress, now: number): boolean {
    this.#set[of] = Number.POSITIVE_INFINITY
    return awaited(progress) === of && now >= this.#due(progress)
  }

  #due(progress: Progress): number {
    const limits = this.#limits
    const { bodyReceived, backlog } = progress
    const { phase, since, idleSince } = progress.state
    if (awaited(progress) === 'send') return backlog.due
    switch (phase) {
      case 'idle':
        return idleSince + limits.idleMs * 1000
      case 'head':
        return since + limits.headerMs * 1000
      case 'body':
        return since + limits.bodyGraceMs * 1000 + (bodyReceived / limits.bodyRate) * 1_000_000
      case 'lingering':
        return since + limits.lingerMs * 1000
      case 'new':
      case 'application':
      case 'sending':
      case 'closed':
        return Number.POSITIVE_INFINITY
    }
  }
}
