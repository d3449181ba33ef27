/**
 * The event log of one run: append-only, in memory. It numbers events, connections and exchanges, keeps the newest
 * exchanges within its limits, and hands every event on: to sinks at once and completely, to subscribers in batches.
 *
 * What is let go is let go as a unit, oldest first: an exchange with all its events and the segments that carried it.
 * The events of a connection itself stay while it is open or one of its exchanges is kept.
 */
import type { TraceDraft } from '../../shared/gateway/types.ts'
import type { EventOf, TraceBody, TraceEvent } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { weigh } from './weight.ts'

export interface LogLimits {
  /** A connection that closes without any exchange counts as one. */
  exchanges: number
  bytes: number
  /** Lines of the log that belong to no exchange. */
  lines: number
}

export const DEFAULT_LOG_LIMITS: LogLimits = { exchanges: 2_000, bytes: 64 * 1024 * 1024, lines: 1_000 }

/** How long events wait for company on their way to subscribers, at most. */
const BATCH_MS = 10

/** What is let go together: an exchange, or what a connection says of itself. */
interface Unit {
  kept: boolean
  weight: number
  count: number
  lastSeq: number
  /** The number of the exchange; null for a connection, and for segments whose exchange does not exist yet. */
  exchange: number | null
  connection: ConnectionUnit | null
}

interface ConnectionUnit extends Unit {
  closed: boolean
  keptExchanges: number
}

interface Stored {
  event: TraceEvent
  weight: number
  unit: Unit
}

const newUnit = (connection: ConnectionUnit | null): Unit => ({
  kept: true,
  weight: 0,
  count: 0,
  lastSeq: -1,
  exchange: null,
  connection,
})

export interface ConnectionLog {
  /** Its number in the run, from 1. */
  readonly number: number
  append(draft: TraceDraft): void
}

export class EventLog {
  readonly #limits: LogLimits
  readonly #now: () => number
  #stored: Stored[] = []
  #sources: TraceEvent[] = []
  #lines: TraceEvent[] = []
  /** Units that may be let go, oldest first; `#oldest` is the index of the first that is still kept. */
  #units: Unit[] = []
  #oldest = 0
  #weight = 0
  #deadWeight = 0
  #deadCount = 0
  /** The highest `seq` that is not kept any more. */
  #horizon = -1
  #next = 0
  #connections = 0
  #requests = 0
  #answered = 0
  #letGo = 0
  readonly #sinks = new Set<(event: TraceEvent) => void>()
  readonly #subscribers = new Set<(events: readonly TraceEvent[]) => void>()
  #batch: TraceEvent[] = []
  #flushedAt = 0
  #flushPlanned = false

  /** `now` gives microseconds since the run began; `limits` are for tests. */
  constructor(now: () => number, limits: LogLimits = DEFAULT_LOG_LIMITS) {
    this.#now = now
    this.#limits = limits
  }

  /** The `seq` that the next event will have. */
  get next(): number {
    return this.#next
  }

  /** Exact, whatever is still kept. */
  get totals(): { requests: number; answered: number; letGo: number } {
    return { requests: this.#requests, answered: this.#answered, letGo: this.#letGo }
  }

  /** The log of a new connection; the drafts of its gateway go there. */
  connection(): ConnectionLog {
    const number = ++this.#connections
    const unit: ConnectionUnit = { ...newUnit(null), connection: null, closed: false, keptExchanges: 0 }
    /** By the connection's own count; the oldest are forgotten long after their last event. */
    const exchanges = new Map<number, Unit>()
    let upcoming: Unit | null = null
    let lastReceived: { stored: Stored; end: number } | null = null

    const exchangeUnit = (ordinal: number): Unit => {
      const known = exchanges.get(ordinal)
      if (known !== undefined) return known
      const fresh = upcoming ?? newUnit(unit)
      upcoming = null
      fresh.exchange = ++this.#requests
      exchanges.set(ordinal, fresh)
      if (exchanges.size > 64) exchanges.delete(exchanges.keys().next().value ?? ordinal)
      unit.keptExchanges++
      this.#units.push(fresh)
      return fresh
    }

    const ownerOf = (exchange: number | null, kind: TraceBody['kind']): Unit => {
      if (exchange !== null) return exchangeUnit(exchange)
      if (kind === 'connection.opened' || kind === 'connection.closed') return unit
      upcoming ??= newUnit(unit)
      return upcoming
    }

    const append = ({ at, exchange, body }: TraceDraft): void => {
      const owner = ownerOf(exchange, body.kind)
      const event: TraceEvent = { seq: this.#next++, at, conn: number, exchange: owner.exchange, ...body }
      const stored = this.#store(event, owner)
      if (event.kind === 'socket.received') lastReceived = { stored, end: event.start + event.length }
      if (event.kind === 'request.line' && lastReceived !== null && event.spans.method.start < lastReceived.end) {
        // A segment that carries several requests stays as long as the newest of them.
        this.#move(lastReceived.stored, owner)
      }
      if (event.kind === 'response.answered') this.#answered++
      if (event.kind === 'connection.closed') {
        unit.closed = true
        if (upcoming !== null) this.#merge(upcoming, unit)
        upcoming = null
        if (unit.keptExchanges === 0) this.#units.push(unit)
      }
      this.#shrink()
      this.#publish(event)
    }
    return { number, append }
  }

  /** What concerns the whole server. Sources are never let go; of the lines, the newest are kept. */
  note(body: Extract<TraceBody, { kind: 'app.source' | 'log.line' }>): void {
    const event: TraceEvent = { seq: this.#next++, at: this.#now(), conn: null, exchange: null, ...body }
    if (event.kind === 'app.source') this.#sources.push(event)
    else this.#lines.push(event)
    if (this.#lines.length > this.#limits.lines) {
      this.#horizon = Math.max(this.#horizon, this.#lines.shift()?.seq ?? -1)
    }
    this.#publish(event)
  }

  /** Everything that is kept, by `seq`. */
  snapshot(): TraceEvent[] {
    return this.#from(0)
  }

  /** What came from `seq` on, or null where some of it is not kept any more. */
  since(seq: number): TraceEvent[] | null {
    return seq > this.#horizon && seq <= this.#next ? this.#from(seq) : null
  }

  /** All there is about an exchange, the opening of its connection first; null where nothing is kept of it. */
  exchange(id: number): TraceEvent[] | null {
    const conn = this.#stored.find(({ event, unit }) => unit.kept && event.exchange === id)?.event.conn
    if (conn === undefined) return null
    const ofConnection = this.#stored.filter(({ event, unit }) => unit.kept && event.conn === conn)
    const index = new TraceIndex()
    index.append(ofConnection.map(({ event }) => event))
    const opened = ofConnection.find(({ event }) => event.kind === 'connection.opened')?.event
    const events = index.eventsOf(id)
    return opened === undefined || events[0] === opened ? [...events] : [opened, ...events]
  }

  /** The bytes of an event, or null where it carries none or is not kept any more. */
  bytes(seq: number): EventOf<'socket.received'>['bytes'] {
    const found = this.#stored[this.#indexOf(seq)]
    if (found === undefined || found.event.seq !== seq || !found.unit.kept) return null
    return 'bytes' in found.event ? found.event.bytes : null
  }

  /** `listener` gets every event from now on, at once. Returns how to end it. */
  sink(listener: (event: TraceEvent) => void): () => void {
    this.#sinks.add(listener)
    return () => this.#sinks.delete(listener)
  }

  /** `listener` gets every event from now on, a few milliseconds' worth at a time. Returns how to end it. */
  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.flush()
    this.#subscribers.add(listener)
    return () => this.#subscribers.delete(listener)
  }

  /** Hands the batch that is being gathered to the subscribers now. */
  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#flushedAt = this.#now()
    for (const subscriber of this.#subscribers) subscriber(batch)
  }

  #publish(event: TraceEvent): void {
    for (const sink of this.#sinks) sink(event)
    if (this.#subscribers.size === 0) return
    this.#batch.push(event)
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    const flush = () => {
      this.#flushPlanned = false
      this.flush()
    }
    // A lone event goes out at the end of this turn; only under load do events wait for each other.
    const quietMs = (this.#now() - this.#flushedAt) / 1000
    if (quietMs >= BATCH_MS) setImmediate(flush)
    else setTimeout(flush, BATCH_MS - quietMs)
  }

  #store(event: TraceEvent, unit: Unit): Stored {
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

  #move(stored: Stored, to: Unit): void {
    const from = stored.unit
    if (from === to || !from.kept || !to.kept) return
    from.weight -= stored.weight
    from.count--
    this.#weight -= stored.weight
    this.#charge(stored, to)
  }

  /** A connection closed within a request that never came to exist: its segments are the connection's own. */
  #merge(from: Unit, into: Unit): void {
    for (let i = this.#stored.length - 1, left = from.count; i >= 0 && left > 0; i--) {
      const stored = this.#stored[i]
      if (stored?.unit !== from) continue
      this.#move(stored, into)
      left--
    }
  }

  #shrink(): void {
    while (
      this.#oldest < this.#units.length &&
      (this.#units.length - this.#oldest > this.#limits.exchanges || this.#weight > this.#limits.bytes)
    ) {
      const unit = this.#units[this.#oldest++]
      if (unit !== undefined) this.#release(unit)
    }
    if (this.#oldest > this.#limits.exchanges) {
      this.#units = this.#units.slice(this.#oldest)
      this.#oldest = 0
    }
    if (this.#deadCount > this.#stored.length / 2 || this.#deadWeight > this.#limits.bytes / 4) {
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

  #from(seq: number): TraceEvent[] {
    const events: TraceEvent[] = []
    for (let i = this.#indexOf(seq); i < this.#stored.length; i++) {
      const stored = this.#stored[i]
      if (stored?.unit.kept) events.push(stored.event)
    }
    const apart = [...this.#sources, ...this.#lines].filter((event) => event.seq >= seq)
    return apart.length === 0 ? events : events.concat(apart).sort((a, b) => a.seq - b.seq)
  }
}
