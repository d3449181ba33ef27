/**
 * Finds in a trace what belongs to one exchange. Bytes arrive before the request they belong to exists, and one segment
 * may carry several requests: what an exchange is made of is worked out from offsets (exchangeRecord.ts). Of an exchange there
 * may be no more than its summary, until somebody looks and its events are fetched. Longer than 250 lines, since what is put
 * in, restored, let go and read is of the same few maps.
 */
import type { EventOf, TraceEvent } from './events.ts'
import {
  addPart,
  type ConnectionRecord,
  type ExchangeRecord,
  eventsIn,
  newRecord,
  partOn,
  startOn,
} from './exchangeRecord.ts'
import { type RunFacts, RunFactsReader } from './runFacts.ts'
import { type ExchangeSummary, newSummary, parsedEnd, summarize, summarizeClose } from './summary.ts'

/** What an index can be restored from. */
export interface IndexSnapshot {
  /** Those whose events are not in here. */
  exchanges: readonly ExchangeSummary[]
  lines: readonly EventOf<'log.line'>[]
  events: readonly TraceEvent[]
  /** One more than the highest `seq` that all of this was made from. */
  next: number
}

export class TraceIndex {
  /** By rising id. */
  readonly #order: ExchangeRecord[] = []
  readonly #records = new Map<number, ExchangeRecord>()
  readonly #connections = new Map<number, ConnectionRecord>()
  readonly #facts = new RunFactsReader()
  /** The list of the summaries, until one of them changes. */
  #summaries: readonly ExchangeSummary[] | null = null
  #nextSeq = 0
  /** The highest `id` of those that `retain` has let go: what comes late of them is passed over. */
  #retainedFrom = 0

  /** In the order in which they began. A value: the same list until one of them changes, and those that do are new ones. */
  get exchanges(): readonly ExchangeSummary[] {
    this.#summaries ??= this.#order.map(({ summary }) => summary)
    return this.#summaries
  }

  /** What the trace says of the run as a whole. A value, too. */
  get facts(): RunFacts {
    return this.#facts.facts
  }

  /** Whether the exchange is kept, be it by its summary. */
  has(exchange: number): boolean {
    return this.#records.has(exchange)
  }

  /** One more than the last `seq`: what to resume from. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** The bytes of an event that came without them. Lists that hold it are new ones from now on. */
  fill(seq: number, bytes: Uint8Array): void {
    for (const { received, parts } of this.#connections.values()) {
      for (const list of [received, ...parts.map(({ record }) => record.own)]) {
        const at = list.findIndex((event) => event.seq === seq)
        const event = list[at]
        if (event === undefined || !('bytes' in event) || event.length !== bytes.length) continue
        list[at] = { ...event, bytes }
        for (const { record } of parts) record.mergedFrom = ''
        return
      }
    }
  }

  clear(): void {
    this.#order.length = 0
    this.#summaries = null
    this.#records.clear()
    this.#connections.clear()
    this.#facts.clear()
    this.#nextSeq = 0
    this.#retainedFrom = 0
  }

  /** Events by rising `seq`; those already known are passed over. */
  append(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (event.seq < this.#nextSeq) continue
      this.#nextSeq = event.seq + 1
      this.#add(event)
    }
  }

  /** Lets go of all but the newest `keep` exchanges and of connections that no exchange needs. Returns how many went. */
  retain(keep: number): number {
    const gone = Math.max(0, this.#order.length - keep)
    for (const record of this.#order.splice(0, gone)) {
      this.#retainedFrom = Math.max(this.#retainedFrom, record.summary.id)
      this.#forget(record)
    }
    return gone
  }

  /** Lets go of one exchange, where it is known, and of its connections where no other needs them. */
  letGo(exchange: number): void {
    const record = this.#records.get(exchange)
    if (record === undefined) return
    this.#order.splice(this.#order.indexOf(record), 1)
    this.#forget(record)
  }

  #forget(record: ExchangeRecord): void {
    this.#summaries = null
    this.#records.delete(record.summary.id)
    for (const part of record.parts) {
      const { connection } = part
      connection.parts = connection.parts.filter((other) => other !== part)
      const [first] = connection.parts
      if (first === undefined && connection.closed !== null) this.#connections.delete(connection.conn)
      else {
        const from = first?.start ?? connection.parsedTo
        connection.received = connection.received.filter((event) => event.start + event.length > from)
      }
    }
  }

  /** Undefined where it is not known, or not any more. */
  summaryOf(exchange: number): ExchangeSummary | undefined {
    return this.#records.get(exchange)?.summary
  }

  /** Whether all events of an exchange are in here, as far as they have happened. */
  isWhole(exchange: number): boolean {
    return this.#records.get(exchange)?.whole ?? false
  }

  /**
   * Takes what another index made of the same run, in place of everything: exchanges without their events, by rising `id`,
   * and the lines of the log that belong to them; the events of what else there is; and what the tail goes on with.
   */
  restore({ exchanges, lines, events, next }: IndexSnapshot): void {
    this.clear()
    for (const summary of exchanges) {
      const connection = this.#connectionOf(summary.conn)
      const record = newRecord(summary, false)
      this.#order.push(record)
      this.#records.set(summary.id, record)
      addPart(record, connection, summary.start)
      connection.parsedTo = Math.max(connection.parsedTo, summary.parsedTo)
    }
    this.append(events)
    this.#facts.addLines(lines)
    this.#nextSeq = Math.max(this.#nextSeq, next)
  }

  /** The events of an exchange of which only the summary was known, as another index gives them. */
  complete(exchange: number, events: readonly TraceEvent[]): void {
    const record = this.#records.get(exchange)
    if (record === undefined || record.whole) return
    for (const event of bySeq([...events])) {
      if (event.conn === null) continue
      const connection = this.#connectionOf(event.conn)
      if (event.exchange === exchange) {
        const part =
          partOn(record, connection) ?? addPart(record, connection, startOn(connection, event, record.parts.length))
        part.last = event.seq
        record.own.push(event)
      } else if (event.kind === 'connection.opened') connection.opened ??= event
      else if (event.kind === 'connection.closed') connection.closed ??= event
      else if (event.kind === 'socket.received') connection.received.push(event)
    }
    record.own = bySeq(record.own)
    for (const { connection } of record.parts) connection.received = bySeq(connection.received)
    record.whole = true
    record.mergedFrom = ''
  }

  /** What connections that are open have said and no exchange shows yet: their opening, and bytes of the next request. */
  pending(): TraceEvent[] {
    const events: TraceEvent[] = []
    for (const { opened, received, closed, parsedTo } of this.#connections.values()) {
      if (closed !== null) continue
      if (opened !== null) events.push(opened)
      for (const event of received) if (event.start + event.length > parsedTo) events.push(event)
    }
    return events
  }

  /** How a connection began, where that is known. */
  openingOf(conn: number): TraceEvent | null {
    return this.#connections.get(conn)?.opened ?? null
  }

  /**
   * All that the picture of one exchange is made of, by `seq` (nothing while there is only its summary): of each of its
   * connections the opening, if it is the first there, the segments that carry its bytes, and the end, if it is the last;
   * and its own events. The array is a new one whenever it has changed.
   */
  eventsOf(exchange: number): readonly TraceEvent[] {
    const record = this.#records.get(exchange)
    return record?.whole ? eventsIn(record) : []
  }

  #add(event: TraceEvent): void {
    this.#facts.take(event)
    if (event.conn === null) return
    const connection = this.#connectionOf(event.conn)
    if (event.kind === 'connection.opened') connection.opened = event
    else if (event.kind === 'connection.closed') this.#close(connection, event)
    else if (event.kind === 'socket.received') connection.received.push(event)
    else if (event.exchange !== null) this.#addOwn(connection, event.exchange, event)
  }

  #connectionOf(conn: number): ConnectionRecord {
    let connection = this.#connections.get(conn)
    if (connection === undefined) {
      connection = { conn, opened: null, received: [], closed: null, parts: [], parsedTo: 0 }
      this.#connections.set(conn, connection)
    }
    return connection
  }

  /** A connection ends an exchange for its own hop; the client's ends it altogether. */
  #close(connection: ConnectionRecord, event: EventOf<'connection.closed'>): void {
    connection.closed = event
    const last = connection.parts.at(-1)
    // One without any request is shown nowhere.
    if (last === undefined) this.#connections.delete(connection.conn)
    else if (last === last.record.parts[0]) {
      this.#change(last.record, summarizeClose(last.record.summary, event.at, connection.opened))
    }
  }

  #addOwn(connection: ConnectionRecord, id: number, event: TraceEvent): void {
    const record = this.#records.get(id) ?? this.#begin(connection, id, event)
    if (record === null) return
    const part =
      partOn(record, connection) ?? addPart(record, connection, startOn(connection, event, record.parts.length))
    part.last = event.seq
    record.own.push(event)
    const isFirstHop = part === record.parts[0]
    this.#change(record, summarize(record.summary, event, isFirstHop))
    connection.parsedTo = Math.max(connection.parsedTo, part.start, parsedEnd(event))
  }

  /** Null for one that was let go: what comes late of it is passed over. */
  #begin(connection: ConnectionRecord, id: number, event: TraceEvent): ExchangeRecord | null {
    if (id <= this.#retainedFrom) return null
    const start = startOn(connection, event, 0)
    const first = connection.received.find((segment) => segment.start + segment.length > start)
    const summary = newSummary(id, connection.conn, start, first?.at ?? event.at)
    const record = newRecord(summary, true)
    this.#records.set(id, record)
    this.#summaries = null
    // Nearly always at the end: an exchange is told late where it was not traced until it failed.
    const after = this.#order.findLastIndex((other) => other.summary.id <= id)
    this.#order.splice(after + 1, 0, record)
    return record
  }

  #change(record: ExchangeRecord, summary: ExchangeSummary): void {
    if (summary === record.summary) return
    record.summary = summary
    this.#summaries = null
  }
}

/** Each event once, in the order of the trace. */
function bySeq<E extends TraceEvent>(events: E[]): E[] {
  return events.sort((a, b) => a.seq - b.seq).filter((event, at) => event.seq !== events[at - 1]?.seq)
}
