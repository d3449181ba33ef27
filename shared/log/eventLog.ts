/**
 * The event log of one run: append-only, in memory. It numbers events, connections and exchanges, keeps the newest, and
 * hands every event on: to sinks at once, to subscribers in batches. Events are only made where they are wanted: a sink
 * wants all of them, subscribers what they can follow; whoever reads the log is told what was recorded until then.
 * Longer than 250 lines: numbering, keeping and handing on are three sides of one list, and each needs the other two.
 */
import type { TraceDraft } from '../gateway/types.ts'
import type { EventOf, TraceBody, TraceEvent } from '../trace/events.ts'
import { SourceTexts } from '../trace/sourceTexts.ts'
import { TraceIndex } from '../trace/traceIndex.ts'
import { FindingAbout } from '../wsgi/findingAbout.ts'
import type { ConnectionLog } from './connectionLog.ts'
import type { ConnectionMachine, Replayer } from './inputSegment.ts'
import { Recorder } from './recorder.ts'
import { Recording, type RecordingLimits } from './recording.ts'
import { newConnectionUnit, newUnit, Retention, type RetentionLimits, type Stored, type Unit } from './retention.ts'
import type { LogScheduler } from './scheduler.ts'

export interface LogLimits extends RetentionLimits, RecordingLimits {
  /** Lines of the log that belong to no exchange. */
  lines: number
}

export const DEFAULT_LOG_LIMITS: LogLimits = {
  exchanges: 2_000,
  bytes: 64 * 1024 * 1024,
  lines: 1_000,
  recorded: 200,
  recordedBytes: 8 * 1024 * 1024,
  tracedPerSecond: 100,
}

/** The last one says what is served now. */
const MOST_RELOADS = 100

/** What concerns the whole server. */
type OwnKind = 'app.source' | 'app.reloaded' | 'server.started' | 'server.died' | 'log.line'

/** How many events are put into the index in one go, while nobody waits for it. */
const INDEXED_AT_ONCE = 1000

/** How long events wait for company on their way to subscribers, at most. */
const BATCH_MS = 20

export class EventLog {
  readonly #limits: LogLimits
  readonly #scheduler: LogScheduler
  readonly #kept: Retention
  /** What is kept, by exchange: made when somebody looks, and continued while they do. */
  readonly #index = new TraceIndex()
  readonly #sources = new SourceTexts()
  #lines: TraceEvent[] = []
  #reloads: TraceEvent[] = []
  /** The highest `seq` of what concerns the whole server and is not kept any more. */
  #ownHorizon = -1
  #next = 0
  #connections = 0
  #requests = 0
  #answered = 0
  /** Exchanges that have events. */
  #traced = 0
  #passedOver = 0
  readonly #recording: Recording
  readonly #sinks = new Set<(event: TraceEvent) => void>()
  readonly #subscribers = new Set<(events: readonly TraceEvent[]) => void>()
  #batch: TraceEvent[] = []
  #flushedAt = 0
  #flushPlanned = false
  /** Whether anybody has looked at what is kept. */
  #looked = false
  readonly #forSinksOnly: boolean

  /**
   * `limits` are for tests. With `forSinksOnly` nobody can ever look back: nothing is kept.
   */
  constructor(scheduler: LogScheduler, limits: LogLimits = DEFAULT_LOG_LIMITS, forSinksOnly = false) {
    this.#scheduler = scheduler
    this.#limits = limits
    this.#forSinksOnly = forSinksOnly
    this.#kept = new Retention(limits, ({ exchange }) => {
      if (exchange !== null) this.#index.letGo(exchange)
    })
    this.#recording = new Recording({
      limits,
      scheduler,
      count: (what) => this.count(what),
      onUntraced: (exchanges) => {
        this.#passedOver += exchanges
      },
    })
  }

  /** The `seq` that the next event will have. */
  get next(): number {
    return this.#next
  }

  /** Exact, whatever was traced and is still kept. `letGo`: of how many no events are kept, or ever were. */
  get totals(): { requests: number; answered: number; traced: number; letGo: number } {
    const letGo = this.#kept.letGo + this.#passedOver
    return { requests: this.#requests, answered: this.#answered, traced: this.#traced, letGo }
  }

  /** One more; for a request, this is its number in the run. */
  count(what: 'requests' | 'answered'): number {
    return what === 'requests' ? ++this.#requests : ++this.#answered
  }

  /** Whether somebody sees what happens now. */
  get watched(): boolean {
    return this.#sinks.size > 0 || this.#subscribers.size > 0
  }

  /** Whether the events of every exchange are wanted. */
  get wantsAll(): boolean {
    return this.#sinks.size > 0
  }

  /** Listens to the gateway, or the tap, of a connection that has just been accepted. */
  recorder(machine: ConnectionMachine, replayer: Replayer): Recorder {
    const number = ++this.#connections
    return new Recorder(this.#recording, () => this.#logOf(number), machine, replayer)
  }

  /** The log of a new connection. */
  connection(): ConnectionLog {
    return this.#logOf(++this.#connections)
  }

  #logOf(number: number): ConnectionLog {
    const unit = newConnectionUnit()
    const about = new FindingAbout()
    /** By their numbers; the oldest are forgotten long after their last event. */
    const exchanges = new Map<number, Unit>()
    let upcoming: Unit | null = null
    let lastReceived: { stored: Stored; end: number } | null = null

    const exchangeUnit = (exchange: number): Unit => {
      const known = exchanges.get(exchange)
      if (known !== undefined) return known
      const fresh = upcoming ?? newUnit(unit)
      upcoming = null
      fresh.exchange = exchange
      this.#traced++
      exchanges.set(exchange, fresh)
      if (exchanges.size > 64) exchanges.delete(exchanges.keys().next().value ?? exchange)
      unit.keptExchanges++
      this.#kept.expose(fresh)
      return fresh
    }

    const ownerOf = (exchange: number | null, kind: TraceBody['kind']): Unit => {
      if (exchange !== null) return exchangeUnit(exchange)
      if (kind === 'connection.opened' || kind === 'connection.closed') return unit
      upcoming ??= newUnit(unit)
      return upcoming
    }

    const keep = (event: TraceEvent, owner: Unit): void => {
      const stored = this.#kept.store(event, owner)
      if (event.kind === 'socket.received') lastReceived = { stored, end: event.start + event.length }
      if (event.kind === 'request.line' && lastReceived !== null && event.spans.method.start < lastReceived.end) {
        // A segment that carries several requests stays as long as the newest of them.
        this.#kept.move(lastReceived.stored, owner)
      }
      if (event.kind === 'connection.closed') {
        unit.closed = true
        if (upcoming !== null) this.#kept.merge(upcoming, unit)
        upcoming = null
        if (unit.keptExchanges === 0) this.#kept.expose(unit)
      }
      this.#kept.shrink()
      this.#toSubscribers(stored.event)
    }

    const append = ({ at, exchange, body }: TraceDraft): void => {
      if (this.#forSinksOnly) {
        this.#toSinks(about.resolve({ seq: this.#next++, at, conn: number, exchange, ...body }))
        return
      }
      const owner = ownerOf(exchange, body.kind)
      const envelope = { at, conn: number, exchange: owner.exchange }
      let told = false
      for (const kept of this.#kept.admit(body, owner)) {
        const event = about.resolve({ seq: this.#next++, ...envelope, ...kept })
        if (kept.kind === body.kind) {
          told = true
          this.#toSinks(kept === body ? event : about.resolve({ seq: event.seq, ...envelope, ...body }))
        }
        keep(event, owner)
      }
      // A sink is given what is not kept as well.
      if (!told) this.#toSinks(about.resolve({ seq: this.#next++, ...envelope, ...body }))
    }
    return { number, append }
  }

  /** What concerns the whole server, or is said of an exchange that is over. The newest are kept, and of each file's texts the newest always. */
  note(body: Extract<TraceBody, { kind: OwnKind }>, exchange: number | null = null): void {
    const event = { seq: this.#next++, at: this.#scheduler.now(), conn: null, exchange, ...body }
    for (const { seq } of this.#keep(event)) this.#ownHorizon = Math.max(this.#ownHorizon, seq)
    this.#toSinks(event)
    this.#toSubscribers(event)
  }

  /** Returns what is let go for it. */
  #keep(event: EventOf<OwnKind>): TraceEvent[] {
    if (event.kind === 'app.source') return this.#sources.add(event)
    const [kept, most] = event.kind === 'log.line' ? [this.#lines, this.#limits.lines] : [this.#reloads, MOST_RELOADS]
    kept.push(event)
    return kept.splice(0, kept.length - most)
  }

  /** Everything that is kept, by `seq`. */
  snapshot(): TraceEvent[] {
    this.#recording.tell()
    return this.#from(0)
  }

  /** What came from `seq` on, or null where some of it is not kept any more. */
  since(seq: number): TraceEvent[] | null {
    this.#recording.tell()
    return seq > this.#kept.horizon && seq > this.#ownHorizon && seq <= this.#next ? this.#from(seq) : null
  }

  /** From now on as much is kept as may be. */
  #look(): void {
    this.#looked = true
    this.#kept.limits = this.#limits
  }

  /** Makes `index` ready, a little in each turn of the event loop: for whoever is about to look. */
  async prepare(): Promise<void> {
    this.#look()
    await this.#scheduler.inTurns(() => this.#indexMore(INDEXED_AT_ONCE))
    // Last, since whoever looks is to look before more is recorded.
    await this.#recording.replayInTurns()
  }

  /** What is kept now, by exchange. It grows in place. */
  get index(): TraceIndex {
    this.#look()
    this.#recording.tell()
    this.#indexMore(Number.POSITIVE_INFINITY)
    return this.#index
  }

  /** Adds what came since it was looked at last, or the first `most` events of that. Whether there may be more. */
  #indexMore(most: number): boolean {
    const from = this.#index.nextSeq
    const events = this.#kept.from(from, most)
    const last = events.at(-1)
    const upTo = last === undefined || events.length < most ? this.#next : last.seq + 1
    const apart = this.serverEvents().filter(({ seq }) => seq >= from && seq < upTo)
    this.#index.append(apart.length === 0 ? events : events.concat(apart).sort((a, b) => a.seq - b.seq))
    return events.length === most
  }

  /** All there is about an exchange, the opening of its connection first; null where nothing is kept of it. */
  exchange(id: number): TraceEvent[] | null {
    const { index } = this
    const summary = index.summaryOf(id)
    if (summary === undefined) return null
    const opened = index.openingOf(summary.conn)
    const events = index.eventsOf(id)
    return opened === null || events[0] === opened ? [...events] : [opened, ...events]
  }

  /** Of each of the application's files, the text that held in a version of it; the newest where that is null. */
  sources(version: number | null): EventOf<'app.source'>[] {
    return this.#sources.heldIn(version)
  }

  /** The bytes of an event, or null where it carries none or is not kept any more. */
  bytes(seq: number): EventOf<'socket.received'>['bytes'] {
    const event = this.#kept.find(seq)
    return event !== null && 'bytes' in event ? event.bytes : null
  }

  /** `listener` gets every event from now on, of every request, at once. Returns how to end it. */
  sink(listener: (event: TraceEvent) => void): () => void {
    this.#recording.tell()
    this.#sinks.add(listener)
    // What many objects cost that live for a while is more than it takes to make them: so it is not paid for what is not traced.
    const { exchanges, bytes, recorded, recordedBytes } = this.#limits
    const less = { exchanges: Math.min(exchanges, recorded), bytes: Math.min(bytes, recordedBytes) }
    if (!this.#looked) this.#kept.limits = less
    this.#setInterest()
    return () => {
      this.#sinks.delete(listener)
      this.#setInterest()
    }
  }

  /**
   * `listener` gets the events from now on, a few milliseconds' worth at a time: of all requests while they are few, of
   * some and of those that fail while they are many. Returns how to end it.
   */
  subscribe(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#recording.tell()
    this.flush()
    this.#look()
    this.#subscribers.add(listener)
    this.#setInterest()
    return () => {
      this.#subscribers.delete(listener)
      this.#setInterest()
    }
  }

  /** Hands the batch that is being gathered to the subscribers now. */
  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#flushedAt = this.#scheduler.now()
    if (this.#subscribers.size > 0) this.#indexMore(Number.POSITIVE_INFINITY)
    for (const subscriber of this.#subscribers) subscriber(batch)
  }

  #setInterest(): void {
    this.#recording.traceMode = this.#sinks.size > 0 ? 'all' : this.#subscribers.size > 0 ? 'some' : 'none'
  }

  #toSinks(event: TraceEvent): void {
    for (const sink of this.#sinks) sink(event)
  }

  /** They are given what is kept, as those are who come later. */
  #toSubscribers(event: TraceEvent): void {
    if (this.#subscribers.size === 0) return
    this.#batch.push(event)
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    const flush = () => {
      this.#flushPlanned = false
      this.flush()
    }
    // A lone event goes out at the end of this turn; only under load do events wait for each other.
    const quietMs = (this.#scheduler.now() - this.#flushedAt) / 1000
    if (quietMs >= BATCH_MS) this.#scheduler.nextTurn(flush)
    else this.#scheduler.later(BATCH_MS - quietMs, flush)
  }

  /** What concerns the whole server. */
  serverEvents(): TraceEvent[] {
    return [...this.#sources.all, ...this.#reloads, ...this.#lines]
  }

  #from(seq: number): TraceEvent[] {
    const events = this.#kept.from(seq)
    const apart = this.serverEvents().filter((event) => event.seq >= seq)
    return apart.length === 0 ? events : events.concat(apart).sort((a, b) => a.seq - b.seq)
  }
}
