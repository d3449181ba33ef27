/**
 * Finds in a trace what belongs to one exchange. Bytes arrive before the request they belong to exists, and one segment
 * may carry several requests; which segments an exchange is made of is worked out here, from offsets alone. Of an exchange
 * there may be no more than its summary, until somebody looks and its events are fetched. What the events say of the run as a
 * whole is collected beside them, in `facts`. One long class, since what is put in, restored, let go and read is of the
 * same few maps.
 */
import type { EventOf, TraceEvent } from './events.ts'
import { type RunFacts, RunFactsReader } from './runFacts.ts'
import { type ExchangeSummary, isOver, newSummary, startOf, summarize, summarizeClose } from './summary.ts'

interface ExchangeRecord {
  summary: ExchangeSummary
  own: TraceEvent[]
  /** Whether all its events until now are in here. */
  whole: boolean
  /** The merged list, and how much of everything it was merged from. */
  merged: TraceEvent[]
  mergedFrom: string
}

interface ConnectionRecord {
  opened: TraceEvent | null
  received: EventOf<'socket.received'>[]
  closed: TraceEvent | null
  exchanges: ExchangeRecord[]
  /** The end of the last byte that a parsed value covers. */
  parsedTo: number
}

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
  /** In the order in which they began. */
  readonly #list: ExchangeRecord[] = []
  /** The summaries of `#list`; null where they have changed since somebody looked. */
  #summaries: readonly ExchangeSummary[] | null = []
  readonly #records = new Map<number, ExchangeRecord>()
  readonly #connections = new Map<number, ConnectionRecord>()
  readonly #facts = new RunFactsReader()
  #nextSeq = 0
  /** The highest `id` of those that `retain` has let go: what comes late of them is passed over. */
  #retainedFrom = 0

  /** In the order in which they began. A value: after a change of any of them, it is another list. */
  get exchanges(): readonly ExchangeSummary[] {
    this.#summaries ??= this.#list.map(({ summary }) => summary)
    return this.#summaries
  }

  /** What the events say of the run as a whole. A value as well. */
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
    for (const connection of this.#connections.values()) {
      const lists = [connection.received, ...connection.exchanges.map((record) => record.own)]
      for (const list of lists) {
        const at = list.findIndex((event) => event.seq === seq)
        const event = list[at]
        if (event === undefined || !('bytes' in event) || event.length !== bytes.length) continue
        list[at] = { ...event, bytes }
        for (const record of connection.exchanges) record.mergedFrom = ''
        return
      }
    }
  }

  clear(): void {
    this.#list.length = 0
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
    const gone = this.#list.splice(0, Math.max(0, this.#list.length - keep))
    for (const { summary } of gone) {
      this.#retainedFrom = Math.max(this.#retainedFrom, summary.id)
      this.#forget(summary)
    }
    return gone.length
  }

  /** Lets go of one exchange, where it is known, and of its connection where no other needs that. */
  letGo(exchange: number): void {
    const record = this.#records.get(exchange)
    if (record === undefined) return
    this.#list.splice(this.#list.indexOf(record), 1)
    this.#forget(record.summary)
  }

  #forget({ id, conn }: ExchangeSummary): void {
    this.#summaries = null
    this.#records.delete(id)
    const connection = this.#connections.get(conn)
    if (connection === undefined) return
    connection.exchanges = connection.exchanges.filter((record) => record.summary.id !== id)
    const first = connection.exchanges[0]
    if (first === undefined && connection.closed !== null) this.#connections.delete(conn)
    else {
      const from = first?.summary.start ?? connection.parsedTo
      connection.received = connection.received.filter((event) => event.start + event.length > from)
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
      const record: ExchangeRecord = { summary, own: [], whole: false, merged: [], mergedFrom: '' }
      this.#list.push(record)
      this.#records.set(summary.id, record)
      const connection = this.#connectionOf(summary.conn)
      connection.exchanges.push(record)
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
    const connection = this.#connectionOf(record.summary.conn)
    for (const event of events) {
      if (event.exchange === exchange) record.own.push(event)
      else if (event.kind === 'connection.opened') connection.opened ??= event
      else if (event.kind === 'connection.closed') connection.closed ??= event
      else if (event.kind === 'socket.received') connection.received.push(event)
    }
    record.own = bySeq(record.own)
    connection.received = bySeq(connection.received)
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
   * All that the picture of one exchange is made of, by `seq` (nothing while there is only its summary): the opening of its connection if it is the first there,
   * the segments that carry its bytes, its own events, and the end of its connection if it is the last. The array is a
   * new one whenever it has changed.
   */
  eventsOf(exchange: number): readonly TraceEvent[] {
    const record = this.#records.get(exchange)
    if (record === undefined || !record.whole) return []
    const connection = this.#connections.get(record.summary.conn)
    if (connection === undefined) return record.own
    const at = connection.exchanges.indexOf(record)
    const next = connection.exchanges[at + 1]
    const isFirst = connection.exchanges[0] === record
    const from = `${record.own.length} ${connection.received.length} ${next?.summary.start} ${connection.closed?.seq} ${isFirst}`
    if (from !== record.mergedFrom) {
      const grown = this.#grown(record, from)
      record.mergedFrom = from
      const merged = grown ?? this.#merge(connection, record, next)
      const same = merged.length === record.merged.length && merged.every((event, at) => event === record.merged[at])
      if (!same) record.merged = merged
    }
    return record.merged
  }

  #merge(connection: ConnectionRecord, record: ExchangeRecord, next: ExchangeRecord | undefined): TraceEvent[] {
    const end = next?.summary.start ?? Number.POSITIVE_INFINITY
    // Bytes that come after an answer is complete are the next request's, which does not exist yet.
    const over = isOver(record.summary.state) ? (record.own.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY
    const received: TraceEvent[] = connection.received.filter(
      (event) => event.start < end && event.start + event.length > record.summary.start && event.seq < over,
    )
    if (connection.opened !== null && record.summary.start === 0) received.push(connection.opened)
    if (connection.closed !== null && next === undefined) received.push(connection.closed)
    // Not `push(...own)`: a call takes a bounded number of arguments.
    return received.concat(record.own).sort((a, b) => a.seq - b.seq)
  }

  /** The merged list with what is new of the exchange itself, where nothing else has changed: a stream goes on for long. */
  #grown(record: ExchangeRecord, from: string): TraceEvent[] | null {
    const [before, ...others] = record.mergedFrom.split(' ')
    const [, ...othersNow] = from.split(' ')
    if (isOver(record.summary.state) || before === '' || others.join(' ') !== othersNow.join(' ')) return null
    const added = record.own.slice(Number(before))
    const last = record.merged.at(-1)?.seq ?? -1
    return (added[0]?.seq ?? -1) > last ? record.merged.concat(added) : null
  }

  #add(event: TraceEvent): void {
    this.#facts.take(event)
    if (event.conn === null) return
    const connection = this.#connectionOf(event.conn)
    if (event.kind === 'connection.opened') connection.opened = event
    else if (event.kind === 'connection.closed') this.#close(connection, event)
    else if (event.kind === 'socket.received') connection.received.push(event)
    else if (event.exchange !== null) this.#addOwn(connection, event.conn, event.exchange, event)
  }

  #connectionOf(conn: number): ConnectionRecord {
    let connection = this.#connections.get(conn)
    if (connection === undefined) {
      connection = { opened: null, received: [], closed: null, exchanges: [], parsedTo: 0 }
      this.#connections.set(conn, connection)
    }
    return connection
  }

  #close(connection: ConnectionRecord, event: EventOf<'connection.closed'>): void {
    connection.closed = event
    const last = connection.exchanges.at(-1)
    if (last !== undefined) this.#setSummary(last, summarizeClose(last.summary, event.at, connection.opened))
    // One without any request is shown nowhere.
    else if (event.conn !== null) this.#connections.delete(event.conn)
  }

  #addOwn(connection: ConnectionRecord, conn: number, id: number, event: TraceEvent): void {
    let record = this.#records.get(id)
    if (record === undefined) {
      if (id <= this.#retainedFrom) return
      const { exchanges, parsedTo, received } = connection
      const start = exchanges.length === 0 && parsedTo === 0 ? 0 : startOf(event, parsedTo)
      const first = received.find((segment) => segment.start + segment.length > start)
      const summary = newSummary(id, conn, start, first?.at ?? event.at)
      record = { summary, own: [], whole: true, merged: [], mergedFrom: '' }
      this.#records.set(id, record)
      this.#insert(record)
      exchanges.push(record)
    }
    record.own.push(event)
    this.#setSummary(record, summarize(record.summary, event))
    connection.parsedTo = Math.max(connection.parsedTo, record.summary.parsedTo)
  }

  #setSummary(record: ExchangeRecord, summary: ExchangeSummary): void {
    if (summary === record.summary) return
    record.summary = summary
    this.#summaries = null
  }

  /** Nearly always at the end: an exchange is told late where it was not traced until it failed. */
  #insert(record: ExchangeRecord): void {
    let at = this.#list.length
    while (at > 0 && (this.#list[at - 1]?.summary.id ?? 0) > record.summary.id) at--
    this.#list.splice(at, 0, record)
    this.#summaries = null
  }
}

/** Each event once, in the order of the trace. */
function bySeq<E extends TraceEvent>(events: E[]): E[] {
  return events.sort((a, b) => a.seq - b.seq).filter((event, at) => event.seq !== events[at - 1]?.seq)
}
