/**
 * The ordering rules of a trace, as the head of shared/trace/events.ts has them, and what follows from them: one function
 * that throws at the first event which stands where it may not.
 */
import { assertNever } from '../assertNever.ts'
import type { Span } from '../bytes/span.ts'
import { Coherence } from '../trace/coherence.ts'
import type { EventOf, TraceEvent, TraceKind } from '../trace/events.ts'

/** What the application may still do once its response has ended: run on to its end, close() included. */
const AFTER_ANSWER: ReadonlySet<TraceKind> = new Set<TraceKind>([
  'app.called',
  'app.closed',
  'app.died',
  'app.raised',
  'app.line',
  'input.read',
  'environ.changed',
  'log.line',
  'trace.omitted',
  'response.waiting',
])

/** What may come while the application works; before its response has ended, everything of the response besides. */
const OF_APPLICATION: ReadonlySet<TraceKind> = new Set<TraceKind>([
  ...AFTER_ANSWER,
  'app.queued',
  'app.caught',
  'app.startResponse',
  'app.wrote',
  'app.yielded',
  'app.returned',
])

/** Only these can be an exchange's first event. */
const BEGINNINGS: ReadonlySet<TraceKind> = new Set<TraceKind>([
  'request.line',
  'uwsgi.packet',
  'gateway.refused',
  'tap.bytesOnly',
  'server.accepted',
  'server.absent',
  'server.died',
])

interface Exchange {
  id: number
  environBuilt: boolean
  appDone: boolean
  answered: boolean
  refused: boolean
}

class OrderError extends Error {
  override readonly name = 'OrderError'
}

class ConnectionOrder {
  private at = 0
  private opened = false
  private hop = 0
  private closed = false
  private received = 0
  private sent = 0
  private current: Exchange | null = null
  private readonly ended = new Set<number>()
  /** The furthest hop that each exchange has reached, on any connection. */
  private readonly reached: Map<number, number>
  /** The bytes that the next event must carry. */
  private serialized: EventOf<'response.serialized'> | null = null

  constructor(reached: Map<number, number>) {
    this.reached = reached
  }

  take(event: TraceEvent): void {
    if (event.at < this.at) this.fail(event, `its time ${event.at} is before ${this.at}`)
    this.at = event.at
    if (!this.opened && event.kind !== 'connection.opened') this.fail(event, 'the connection has not been opened')
    if (this.serialized !== null && event.kind !== 'socket.sent') {
      this.fail(event, 'response.serialized stands directly before its socket.sent')
    }
    if (this.closed && (!OF_APPLICATION.has(event.kind) || event.kind === 'response.waiting'))
      this.fail(event, 'the connection is closed')
    if (event.exchange !== null && event.kind !== 'log.line') this.belongs(event, event.exchange)
    this.see(event)
  }

  /** Whether each exchange that began was answered, or its connection lost. */
  end(): void {
    if (this.serialized !== null) this.fail(this.serialized, 'nothing was sent of it')
  }

  private belongs(event: TraceEvent, id: number): void {
    if (this.current?.id !== id) this.begin(event, id)
    const { current } = this
    if (current === null) return
    if (current.answered && !AFTER_ANSWER.has(event.kind)) this.fail(event, `exchange ${id} has been answered`)
    if (current.appDone && event.kind.startsWith('app.')) this.fail(event, 'the application was done')
  }

  private begin(event: TraceEvent, id: number): void {
    const reached = this.reached.get(id) ?? -1
    if (this.hop > reached + 1) this.fail(event, `it has not begun on hop ${this.hop - 1}`)
    this.reached.set(id, Math.max(reached, this.hop))
    if (this.ended.has(id)) this.fail(event, `exchange ${id} was over`)
    if (!BEGINNINGS.has(event.kind)) this.fail(event, `no exchange begins with it`)
    const { current } = this
    if (current !== null) {
      if (this.hop === 0 && id <= current.id) this.fail(event, `it counts backwards from ${current.id}`)
      if (!current.answered) this.fail(event, `exchange ${current.id} has not been answered`)
      if (current.environBuilt && !current.appDone) this.fail(event, `its predecessor's application still runs`)
      this.ended.add(current.id)
    }
    this.current = { id, environBuilt: false, appDone: false, answered: false, refused: false }
  }

  /** What the event says of the connection and of its exchange. */
  private see(event: TraceEvent): void {
    const exchange = event.exchange === null ? null : this.current
    switch (event.kind) {
      case 'connection.opened':
        if (this.opened) this.fail(event, 'a connection is opened once')
        this.opened = true
        this.hop = event.hop ?? 0
        return
      case 'connection.closed':
        this.closed = true
        return
      case 'socket.received':
        if (event.start !== this.received) this.fail(event, `it does not begin at ${this.received}`)
        this.received += event.length
        this.matches(event)
        return
      case 'socket.sent':
        this.sees(event)
        return
      case 'request.line':
        if (exchange?.environBuilt) this.fail(event, 'the request was complete')
        for (const span of Object.values(event.spans)) if (span !== null) this.within(event, span)
        return
      case 'request.header':
        if (exchange?.environBuilt) this.fail(event, 'the request was complete')
        this.within(event, event.spans.name)
        this.within(event, event.spans.value)
        return
      case 'request.body':
        if (exchange?.environBuilt) this.fail(event, 'the request was complete')
        for (const span of event.spans) this.within(event, span)
        return
      case 'uwsgi.packet':
        for (const { spans } of event.vars) {
          this.within(event, spans.key)
          this.within(event, spans.value)
        }
        return
      case 'environ.built':
        if (exchange === null || exchange.environBuilt || exchange.refused) this.fail(event, 'it is built once')
        else exchange.environBuilt = true
        return
      case 'app.queued':
      case 'app.called':
      case 'environ.changed':
      case 'input.read':
      case 'app.returned':
      case 'app.raised':
      case 'app.caught':
        if (exchange !== null && !exchange.environBuilt) this.fail(event, 'the application was not called yet')
        return
      case 'app.startResponse':
        if (exchange !== null && !exchange.environBuilt && !event.inferred)
          this.fail(event, 'the application was not called yet')
        return
      case 'app.wrote':
      case 'app.yielded':
        if (exchange !== null && !exchange.environBuilt) this.fail(event, 'the application was not called yet')
        this.matches(event)
        return
      case 'app.closed':
      case 'app.died':
        if (exchange !== null) exchange.appDone = true
        return
      case 'response.serialized':
        this.contiguous(event)
        this.serialized = event
        return
      case 'gateway.refused':
        if (exchange?.refused) this.fail(event, 'a request is refused once')
        if (exchange !== null) exchange.refused = true
        if (event.span !== null) this.within(event, event.span)
        return
      case 'response.answered':
        if (exchange !== null) exchange.answered = true
        return
      case 'referee.finding':
        if (event.about !== null && event.about >= event.seq) this.fail(event, 'it is about a later event')
        return
      case 'server.received':
        this.within(event, { start: event.start, end: event.start + event.length })
        return
      case 'app.line':
      case 'response.waiting':
      case 'server.started':
      case 'server.accepted':
      case 'server.died':
      case 'server.absent':
      case 'tap.bytesOnly':
      case 'hold.entered':
      case 'hold.released':
      case 'app.source':
      case 'app.reloaded':
      case 'trace.omitted':
      case 'log.line':
        return
      default:
        assertNever(event)
    }
  }

  private sees(event: EventOf<'socket.sent'>): void {
    const { serialized } = this
    this.serialized = null
    if (event.start !== this.sent) this.fail(event, `it does not begin at ${this.sent}`)
    this.sent += event.length
    this.matches(event)
    if (serialized === null) {
      this.fail(event, 'what is sent was serialized directly before')
      return
    }
    const last = serialized.segments.at(-1)
    if (serialized.exchange !== event.exchange || serialized.seq !== event.seq - 1)
      this.fail(event, 'of another answer')
    if (serialized.segments[0]?.start !== event.start || last?.end !== this.sent) {
      this.fail(event, 'it is not what was serialized')
    }
  }

  private contiguous(event: EventOf<'response.serialized'>): void {
    let at = this.sent
    for (const { start, end } of event.segments) {
      if (start !== at || end < start) this.fail(event, `a segment does not begin at ${at}`)
      at = end
    }
  }

  private matches(event: TraceEvent & { length: number; bytes: Uint8Array | null }): void {
    if (event.bytes !== null && event.bytes.length !== event.length)
      this.fail(event, 'its length is not that of its bytes')
  }

  private within(event: TraceEvent, { start, end }: Span): void {
    if (start > end || end > this.received) this.fail(event, `the span ${start}-${end} has not been received`)
  }

  private fail(event: TraceEvent, why: string): never {
    const { kind, seq, conn, exchange } = event
    throw new OrderError(`${kind} (seq ${seq}, connection ${conn}, exchange ${exchange}): ${why}`)
  }
}

/**
 * Checks a whole trace, from its first event.
 * @throws OrderError naming the event and the rule.
 */
export function checkOrder(events: readonly TraceEvent[]): void {
  const connections = new Map<number, ConnectionOrder>()
  const reached = new Map<number, number>()
  const coherence = new Coherence()
  events.forEach((event, index) => {
    if (event.seq !== index) throw new OrderError(`seq ${event.seq} stands where ${index} belongs`)
    if (event.conn === null) return
    const connection = connections.get(event.conn) ?? new ConnectionOrder(reached)
    connections.set(event.conn, connection)
    connection.take(event)
    // What breaks no rule of the order is also taken by whoever reads the trace.
    const fault = coherence.fault(event)
    if (fault !== null) throw new OrderError(`${event.kind} (seq ${event.seq}): ${fault}`)
  })
  for (const connection of connections.values()) connection.end()
}
