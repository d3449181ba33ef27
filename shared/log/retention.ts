/**
 * What the log keeps of the events of connections: the newest, within limits. It lets go of whole units, oldest first: an
 * exchange with all its events and the segments that carried it. The events of a connection itself stay while it is open
 * or one of its exchanges is kept.
 */
import { MOST_BYTES, type TraceBody, type TraceEvent } from '../trace/events.ts'
import { weigh } from '../trace/weight.ts'
import { Share } from './share.ts'

/** How much of what all exchanges may weigh together, one may. */
const LARGEST_SHARE = 1 / 4

export interface RetentionLimits {
  /** A connection that closes without any exchange counts as one. */
  exchanges: number
  bytes: number
}

/** What is let go together: an exchange, or what a connection says of itself. */
export interface Unit {
  kept: boolean
  weight: number
  count: number
  /** What may be kept of it; null while there is nothing. */
  share: Share | null
  lastSeq: number
  /** The number of the exchange; null for a connection, and for segments whose exchange does not exist yet. */
  exchange: number | null
  connection: ConnectionUnit | null
}

export interface ConnectionUnit extends Unit {
  closed: boolean
  keptExchanges: number
}

export interface Stored {
  event: TraceEvent
  weight: number
  unit: Unit
}

export const newUnit = (connection: ConnectionUnit | null): Unit => ({
  kept: true,
  weight: 0,
  count: 0,
  share: null,
  lastSeq: -1,
  exchange: null,
  connection,
})

export const newConnectionUnit = (): ConnectionUnit => ({ ...newUnit(null), closed: false, keptExchanges: 0 })

export class Retention {
  /** They hold from the next `shrink` on. */
  limits: RetentionLimits
  readonly #onRelease: (unit: Unit) => void
  /** By `seq`. Those of units that were let go stay for a while, until it pays to clear them away. */
  #stored: Stored[] = []
  #deadWeight = 0
  #deadCount = 0
  /** Units that may be let go, oldest first; `#oldest` is the index of the first that is still kept. */
  #units: Unit[] = []
  #oldest = 0
  #weight = 0
  #horizon = -1
  #letGo = 0

  /** `onRelease` hears of every unit that is let go. */
  constructor(limits: RetentionLimits, onRelease: (unit: Unit) => void) {
    this.limits = limits
    this.#onRelease = onRelease
  }

  /** The highest `seq` that is not kept any more. */
  get horizon(): number {
    return this.#horizon
  }

  /** Exchanges that were let go. */
  get letGo(): number {
    return this.#letGo
  }

  /** From now on the unit may be let go, after those that came before it. */
  expose(unit: Unit): void {
    this.#units.push(unit)
  }

  /** All events from `seq` on, or the first `most` of them. */
  from(seq: number, most = Number.POSITIVE_INFINITY): TraceEvent[] {
    const events: TraceEvent[] = []
    for (let i = this.#indexOf(seq); i < this.#stored.length && events.length < most; i++) {
      const stored = this.#stored[i]
      if (stored?.unit.kept) events.push(stored.event)
    }
    return events
  }

  find(seq: number): TraceEvent | null {
    const found = this.#stored[this.#indexOf(seq)]
    return found?.event.seq === seq && found.unit.kept ? found.event : null
  }

  /** What is kept of the next step of a unit; see Share. */
  admit(body: TraceBody, unit: Unit): TraceBody[] {
    unit.share ??= new Share({ bytes: MOST_BYTES, weight: this.limits.bytes * LARGEST_SHARE })
    return unit.share.admit(body)
  }

  /** Nothing of a unit that was let go is kept, late events included. */
  store(event: TraceEvent, unit: Unit): Stored {
    const stored: Stored = { event, weight: weigh(event), unit }
    if (!unit.kept) {
      this.#horizon = Math.max(this.#horizon, event.seq)
      return stored
    }
    this.#stored.push(stored)
    this.#charge(stored, unit)
    return stored
  }

  #charge(stored: Stored, unit: Unit): void {
    stored.unit = unit
    unit.weight += stored.weight
    unit.count++
    unit.lastSeq = Math.max(unit.lastSeq, stored.event.seq)
    this.#weight += stored.weight
  }

  /** Moves an event to a unit that needs it longer. */
  move(stored: Stored, to: Unit): void {
    const from = stored.unit
    if (from === to || !from.kept || !to.kept) return
    from.weight -= stored.weight
    from.count--
    this.#weight -= stored.weight
    this.#charge(stored, to)
  }

  /** A connection closed within a request that never came to exist: its segments are the connection's own. */
  merge(from: Unit, into: Unit): void {
    for (let i = this.#stored.length - 1, left = from.count; i >= 0 && left > 0; i--) {
      const stored = this.#stored[i]
      if (stored?.unit !== from) continue
      this.move(stored, into)
      left--
    }
  }

  /** Lets go of the oldest until the rest is within the limits. */
  shrink(): void {
    while (
      this.#oldest < this.#units.length &&
      (this.#units.length - this.#oldest > this.limits.exchanges || this.#weight > this.limits.bytes)
    ) {
      const unit = this.#units[this.#oldest++]
      if (unit !== undefined) this.#release(unit)
    }
    if (this.#oldest > this.limits.exchanges) {
      this.#units = this.#units.slice(this.#oldest)
      this.#oldest = 0
    }
    if (this.#deadCount > this.#stored.length / 2 || this.#deadWeight > this.limits.bytes / 4) {
      this.#stored = this.#stored.filter(({ unit }) => unit.kept)
      this.#deadCount = 0
      this.#deadWeight = 0
    }
  }

  #release(unit: Unit): void {
    unit.kept = false
    this.#weight -= unit.weight
    this.#deadWeight += unit.weight
    this.#deadCount += unit.count
    this.#horizon = Math.max(this.#horizon, unit.lastSeq)
    if (unit.exchange !== null) this.#letGo++
    this.#onRelease(unit)
    const { connection } = unit
    if (connection !== null && --connection.keptExchanges === 0 && connection.closed) this.#release(connection)
  }

  /** Where `seq` stands in what is stored, or would stand. */
  #indexOf(seq: number): number {
    let low = 0
    let high = this.#stored.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#stored[middle]?.event.seq ?? seq) < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
