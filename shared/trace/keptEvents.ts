/** Which part of a trace is kept where it is too much for a page: whole exchanges, the newest. */
import type { TraceEvent, TraceKind } from './events.ts'
import { TraceFormatError } from './file.ts'
import { weigh } from './weight.ts'

export interface KeepLimits {
  readonly exchanges: number
  /** What the events kept may weigh together. */
  readonly bytes: number
  /** Bytes of each kind of event that are kept of one exchange: of a large body the beginning. */
  readonly bytesOfOne: number
}

/** The newest lines of the log that are kept, whatever exchange they belong to. */
const LOG_LINES = 1000

/**
 * Collects the events of a trace as they are read, and lets go of the oldest exchanges, with the segments that carried
 * them, whenever they are too much. Memory is bounded by twice the limit.
 */
export class KeptEvents {
  readonly #limits: KeepLimits
  #events: TraceEvent[] = []
  #weight = 0
  readonly #ids = new Set<number>()
  #letGo = 0
  /** Bytes that came with the events of each exchange, by their kind. */
  readonly #carried = new Map<number, Map<TraceKind, number>>()

  constructor(limits: KeepLimits) {
    this.#limits = limits
  }

  get events(): readonly TraceEvent[] {
    return this.#events
  }

  /** Exchanges that were let go. */
  get letGo(): number {
    return this.#letGo
  }

  /** @throws TraceFormatError where one exchange alone is too much. */
  add(complete: TraceEvent): void {
    const event = this.#withinShare(complete)
    this.#events.push(event)
    this.#weight += weigh(event)
    if (event.exchange !== null) this.#ids.add(event.exchange)
    const { exchanges, bytes } = this.#limits
    if (this.#weight > 2 * bytes || this.#ids.size > 2 * exchanges) this.shrink()
  }

  /** Lets go of what is beyond the limits. */
  shrink(): void {
    const first = this.#firstKept()
    const connections = connectionsOf(this.#events, first)
    const log = logHorizon(this.#events)
    this.#events = this.#events.filter((event) => isKept(event, first, connections, log))
    this.#weight = this.#events.reduce((sum, event) => sum + weigh(event), 0)
    for (const id of [...this.#ids]) {
      if (id >= first) continue
      this.#ids.delete(id)
      this.#carried.delete(id)
      this.#letGo++
    }
    if (this.#weight > 2 * this.#limits.bytes) {
      throw new TraceFormatError(`exchange ${first} alone is more than can be shown: ${this.#events.length} events`)
    }
  }

  /** The `id` of the oldest exchange that is within the limits together with all newer ones. */
  #firstKept(): number {
    const weights = new Map<number, number>()
    let others = 0
    for (const event of this.#events) {
      if (event.exchange === null) others += weigh(event)
      else weights.set(event.exchange, (weights.get(event.exchange) ?? 0) + weigh(event))
    }
    // What is of no exchange goes with the exchanges it was for, about evenly.
    const share = others / Math.max(1, weights.size)
    let first = Number.POSITIVE_INFINITY
    let weight = 0
    for (const [count, id] of [...weights.keys()].sort((a, b) => b - a).entries()) {
      weight += (weights.get(id) ?? 0) + share
      if (count > 0 && (weight > this.#limits.bytes || count >= this.#limits.exchanges)) break
      first = id
    }
    return Number.isFinite(first) ? first : 0
  }

  #withinShare(event: TraceEvent): TraceEvent {
    if (!('bytes' in event) || event.bytes === null || event.exchange === null) return event
    const carried = this.#carried.get(event.exchange) ?? new Map<TraceKind, number>()
    this.#carried.set(event.exchange, carried)
    const sum = (carried.get(event.kind) ?? 0) + event.bytes.length
    carried.set(event.kind, sum)
    return sum <= this.#limits.bytesOfOne ? event : { ...event, bytes: null }
  }
}

interface ConnectionPart {
  /** Where the first of its exchanges that are kept begins; null while there is none. */
  from: number | null
  /** The last event of those of its exchanges that are let go. */
  goneTo: number
  closed: boolean
}

function connectionsOf(events: readonly TraceEvent[], first: number): Map<number, ConnectionPart> {
  const connections = new Map<number, ConnectionPart>()
  for (const { conn, exchange, seq, ...event } of events) {
    if (conn === null) continue
    const part = connections.get(conn) ?? { from: null, goneTo: -1, closed: false }
    connections.set(conn, part)
    if (event.kind === 'connection.closed') part.closed = true
    if (exchange === null) continue
    if (exchange < first) part.goneTo = seq
    else part.from ??= event.kind === 'request.line' ? event.spans.method.start : 0
  }
  return connections
}

/** The `seq` of the oldest line of the log that is kept. */
function logHorizon(events: readonly TraceEvent[]): number {
  let lines = 0
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]
    if (event?.kind === 'log.line' && ++lines > LOG_LINES) return event.seq + 1
  }
  return 0
}

function isKept(
  event: TraceEvent,
  first: number,
  connections: ReadonlyMap<number, ConnectionPart>,
  log: number,
): boolean {
  if (event.kind === 'log.line') return event.seq >= log
  if (event.exchange !== null) return event.exchange >= first
  const part = event.conn === null ? undefined : connections.get(event.conn)
  if (part === undefined) return true
  if (part.from === null) return !part.closed && event.seq > part.goneTo
  return event.kind !== 'socket.received' || event.start + event.length > part.from
}
