/**
 * Finds in a trace what belongs to one exchange. Bytes arrive before the request they belong to exists, and one segment
 * may carry several requests; which segments an exchange is made of is worked out here, from offsets alone.
 */
import type { EventOf, TraceEvent } from './events.ts'
import { SourceTexts } from './sourceTexts.ts'

/**
 * Where an exchange stands. `failed`: the application raised or died; `incomplete`: the client got less than promised;
 * `bytes`: a tap shows no more than bytes of it.
 */
export type ExchangeState =
  | 'reading'
  | 'waiting'
  | 'running'
  | 'answering'
  | 'done'
  | 'refused'
  | 'failed'
  | 'incomplete'
  | 'bytes'

export type FindingLevel = EventOf<'referee.finding'>['level']

const GRAVITY: readonly FindingLevel[] = ['error', 'warning', 'note']

export interface ExchangeSummary {
  readonly id: number
  readonly conn: number
  /** Null for a request whose first line could not be read. */
  method: string | null
  target: string | null
  status: number | null
  state: ExchangeState
  by: EventOf<'response.answered'>['by'] | null
  /** How much the referee found, and the gravest level of it. */
  findings: number
  gravest: FindingLevel | null
  /** As `exchangeTimes` says: microseconds since the run began. */
  startedAt: number
  endedAt: number | null
}

interface ExchangeRecord {
  summary: ExchangeSummary
  /** Offset of its first byte in the connection's inbound stream. */
  start: number
  own: TraceEvent[]
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

/** At least so many lines of the log are kept. */
const LOG_LINES = 1000

const FINAL: ReadonlySet<ExchangeState> = new Set(['done', 'refused', 'failed', 'incomplete'])

/** The state after an event, where the event changes it. */
function nextState(state: ExchangeState, event: TraceEvent): ExchangeState {
  switch (event.kind) {
    case 'app.queued':
      return 'waiting'
    case 'app.called':
      return 'running'
    case 'app.startResponse':
      return event.inferred && state === 'reading' ? 'answering' : state
    case 'app.yielded':
    case 'app.wrote':
      return state === 'running' ? 'answering' : state
    case 'tap.bytesOnly':
      return 'bytes'
    case 'gateway.refused':
      return 'refused'
    case 'server.died':
    case 'server.absent':
    case 'app.raised':
    case 'app.died':
      return state === 'done' ? state : 'failed'
    case 'response.answered':
      if (!event.complete) return 'incomplete'
      return state === 'refused' || state === 'failed' ? state : 'done'
    default:
      return state
  }
}

export class TraceIndex {
  readonly #exchanges: ExchangeSummary[] = []
  readonly #records = new Map<number, ExchangeRecord>()
  readonly #connections = new Map<number, ConnectionRecord>()
  readonly #sources = new SourceTexts()
  #reloaded: EventOf<'app.reloaded'> | null = null
  readonly #logLines: EventOf<'log.line'>[] = []
  #listing: string | null = null
  #dead: EventOf<'server.died'> | EventOf<'server.absent'> | null = null
  #nextSeq = 0

  /** In the order in which they began. */
  get exchanges(): readonly ExchangeSummary[] {
    return this.#exchanges
  }

  get logLines(): readonly EventOf<'log.line'>[] {
    return this.#logLines
  }

  /** One more than the last `seq`: what to resume from. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** The text of a file in that version of the application; the newest where null. */
  sourceOf(file: string, version: number | null = null): EventOf<'app.source'> | undefined {
    return this.#sources.find(file, version)
  }

  /** How the application was loaded last, since it was started; null where it was not loaded anew. */
  get reloaded(): EventOf<'app.reloaded'> | null {
    return this.#reloaded
  }

  /** The file of the sixty-line server, where that serves. */
  get listing(): string | null {
    return this.#listing
  }

  /** How the sixty-line server died, where it has not been started again. */
  get dead(): EventOf<'server.died'> | EventOf<'server.absent'> | null {
    return this.#dead
  }

  /** The bytes of an event that came without them. Lists that hold it are new ones from now on. */
  fill(seq: number, bytes: Uint8Array): void {
    for (const connection of this.#connections.values()) {
      const lists = [connection.received, ...connection.exchanges.map((record) => record.own)]
      for (const list of lists) {
        const at = list.findIndex((event) => event.seq === seq)
        const event = list[at]
        if (event === undefined || !('bytes' in event)) continue
        list[at] = { ...event, bytes }
        for (const record of connection.exchanges) record.mergedFrom = ''
        return
      }
    }
  }

  /** The file that the application was loaded from: the first that was told of. */
  get mainFile(): string | null {
    return this.#sources.firstFile
  }

  /** How many texts were told: a reader of `sourceOf` looks again when it changes. */
  get sourceCount(): number {
    return this.#sources.told
  }

  clear(): void {
    this.#exchanges.length = 0
    this.#records.clear()
    this.#connections.clear()
    this.#sources.clear()
    this.#reloaded = null
    this.#listing = null
    this.#dead = null
    this.#logLines.length = 0
    this.#nextSeq = 0
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
    const gone = Math.max(0, this.#exchanges.length - keep)
    if (gone === 0) return 0
    for (const { id, conn } of this.#exchanges.splice(0, gone)) {
      this.#records.delete(id)
      const connection = this.#connections.get(conn)
      if (connection === undefined) continue
      connection.exchanges = connection.exchanges.filter((record) => record.summary.id !== id)
      const first = connection.exchanges[0]
      if (first === undefined && connection.closed !== null) this.#connections.delete(conn)
      else {
        const from = first?.start ?? connection.parsedTo
        connection.received = connection.received.filter((event) => event.start + event.length > from)
      }
    }
    return gone
  }

  /**
   * All that the picture of one exchange is made of, by `seq`: the opening of its connection if it is the first there,
   * the segments that carry its bytes, its own events, and the end of its connection if it is the last. The array is a
   * new one whenever it has changed.
   */
  eventsOf(exchange: number): readonly TraceEvent[] {
    const record = this.#records.get(exchange)
    if (record === undefined) return []
    const connection = this.#connections.get(record.summary.conn)
    if (connection === undefined) return record.own
    const at = connection.exchanges.indexOf(record)
    const next = connection.exchanges[at + 1]
    const isFirst = connection.exchanges[0] === record
    const from = `${record.own.length} ${connection.received.length} ${next?.start} ${connection.closed?.seq} ${isFirst}`
    if (from !== record.mergedFrom) {
      record.mergedFrom = from
      record.merged = this.#merge(connection, record, next)
    }
    return record.merged
  }

  #merge(connection: ConnectionRecord, record: ExchangeRecord, next: ExchangeRecord | undefined): TraceEvent[] {
    const end = next?.start ?? Number.POSITIVE_INFINITY
    // Bytes that come after an answer is complete are the next request's, which does not exist yet.
    const over = FINAL.has(record.summary.state) ? (record.own.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY
    const merged: TraceEvent[] = connection.received.filter(
      (event) => event.start < end && event.start + event.length > record.start && event.seq < over,
    )
    if (connection.opened !== null && record.start === 0) merged.push(connection.opened)
    if (connection.closed !== null && next === undefined) merged.push(connection.closed)
    merged.push(...record.own)
    return merged.sort((a, b) => a.seq - b.seq)
  }

  #add(event: TraceEvent): void {
    if (event.kind === 'app.source') this.#sources.add(event)
    if (event.kind === 'app.reloaded') this.#reloaded = event
    if (event.kind === 'server.died' || event.kind === 'server.absent') this.#dead = event
    if (event.kind === 'server.started') {
      this.#listing = event.file
      this.#dead = null
    }
    const line = event.kind === 'app.raised' ? tracebackLine(event) : event
    if (line.kind === 'log.line') {
      this.#logLines.push(line)
      if (this.#logLines.length > 2 * LOG_LINES) this.#logLines.splice(0, LOG_LINES)
    }
    if (event.conn === null) return
    let connection = this.#connections.get(event.conn)
    if (connection === undefined) {
      connection = { opened: null, received: [], closed: null, exchanges: [], parsedTo: 0 }
      this.#connections.set(event.conn, connection)
    }
    if (event.kind === 'connection.opened') connection.opened = event
    else if (event.kind === 'connection.closed') this.#close(connection, event)
    else if (event.kind === 'socket.received') connection.received.push(event)
    else if (event.exchange !== null) this.#addOwn(connection, event.conn, event.exchange, event)
  }

  #close(connection: ConnectionRecord, event: EventOf<'connection.closed'>): void {
    connection.closed = event
    const { opened } = connection
    const last = connection.exchanges.at(-1)?.summary
    if (last === undefined) return
    last.endedAt ??= event.at
    // A server that is watched from outside does not say that it will not answer.
    if (opened?.kind !== 'connection.opened' || opened.via !== 'tap' || opened.listing !== undefined) return
    if (last.state === 'reading' || last.state === 'answering') last.state = 'incomplete'
  }

  #addOwn(connection: ConnectionRecord, conn: number, id: number, event: TraceEvent): void {
    let record = this.#records.get(id)
    if (record === undefined) {
      const start = connection.exchanges.length === 0 && connection.parsedTo === 0 ? 0 : startOf(event, connection)
      const summary: ExchangeSummary = {
        id,
        conn,
        method: null,
        target: null,
        status: null,
        state: 'reading',
        by: null,
        findings: 0,
        gravest: null,
        startedAt: event.at,
        endedAt: null,
      }
      const first = connection.received.find((received) => received.start + received.length > start)
      if (first !== undefined) summary.startedAt = first.at
      record = { summary, start, own: [], merged: [], mergedFrom: '' }
      this.#records.set(id, record)
      this.#insert(summary)
      connection.exchanges.push(record)
    }
    record.own.push(event)
    connection.parsedTo = Math.max(connection.parsedTo, parsedEnd(event))
    this.#summarize(record.summary, event)
  }

  /** Nearly always at the end: an exchange is told late where it was not traced until it failed. */
  #insert(summary: ExchangeSummary): void {
    let at = this.#exchanges.length
    while (at > 0 && (this.#exchanges[at - 1]?.id ?? 0) > summary.id) at--
    this.#exchanges.splice(at, 0, summary)
  }

  #summarize(summary: ExchangeSummary, event: TraceEvent): void {
    summary.state = nextState(summary.state, event)
    if (event.kind === 'referee.finding') {
      summary.findings++
      summary.gravest = GRAVITY.find((level) => level === event.level || level === summary.gravest) ?? event.level
    }
    if (event.kind === 'request.line') {
      summary.method = event.method
      summary.target = event.target
    } else if (event.kind === 'app.startResponse') {
      const status = Number.parseInt(event.status, 10)
      if (summary.status === null || event.excInfo !== null) summary.status = Number.isNaN(status) ? null : status
    } else if (event.kind === 'gateway.refused') {
      summary.status = event.status
    } else if (event.kind === 'response.answered') {
      summary.status = event.status
      summary.by = event.by
      summary.endedAt = event.at
    }
  }
}

/** Servers log what an application raises (PEP 3333, "Error Handling"); the trace has it, so its log has it too. */
function tracebackLine({ seq, at, conn, exchange, traceback }: EventOf<'app.raised'>): EventOf<'log.line'> {
  return { seq, at, conn, exchange, kind: 'log.line', source: 'stderr', text: traceback }
}

/** A request that follows another one begins where its first line does; without one, behind all that was parsed. */
function startOf(event: TraceEvent, connection: ConnectionRecord): number {
  if (event.kind === 'request.line') return event.spans.method.start
  const atFault = event.kind === 'gateway.refused' || (event.kind === 'tap.bytesOnly' && event.from === 'client')
  if (atFault && event.span !== null) return Math.max(connection.parsedTo, event.span.start)
  return connection.parsedTo
}

function parsedEnd(event: TraceEvent): number {
  switch (event.kind) {
    case 'request.line':
      return event.spans.version.end
    case 'request.header':
      return event.spans.value.end
    case 'request.body':
      return event.spans.at(-1)?.end ?? 0
    default:
      return 0
  }
}
