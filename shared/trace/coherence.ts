/**
 * Whether an event can be true after those before it. The schema says what each event looks like; this says what events
 * owe each other, so that what is drawn from a trace never points at bytes that are not there.
 *
 * A trace may begin in the middle of a connection and have gaps (exchanges that were let go, or not traced), so offsets
 * only ever rise; within what is there they agree. Order among events is checked nowhere else but in tests.
 */
import { assertNever } from '../assertNever.ts'
import type { Span } from '../bytes/span.ts'
import { inboundSpans, ownFault, spanText } from './eventFaults.ts'
import type { EventOf, TraceEvent } from './events.ts'

interface ConnectionSoFar {
  /** False for one that may have been forgotten: how far its streams had come is not known. */
  readonly known: boolean
  readonly hop: number
  opened: boolean
  closed: boolean
  /** One past the last byte that came, and that went: of the streams, or of what was serialized to go. */
  receivedTo: number
  sentTo: number
  serialized: Span
  /** Its exchanges, and of each what can be said once. */
  exchanges: Map<number, { refused: boolean; answered: boolean; environ: boolean }>
}

/** Connections that are over and still known: late events of their applications may come. */
const CLOSED_KEPT = 2000

export class Coherence {
  readonly #connections = new Map<number, ConnectionSoFar>()
  /** The connection of each exchange. */
  readonly #exchanges = new Map<number, number>()
  readonly #closed: number[] = []
  /** Connections up to this one may have been forgotten: nothing is known of their streams. */
  #forgottenTo = 0
  readonly #anywhere: boolean

  /** `anywhere`: the events are a part of a trace, so that bytes which they point at may have come before them. */
  constructor(begins: 'at its start' | 'anywhere' = 'at its start') {
    this.#anywhere = begins === 'anywhere'
  }

  /**
   * What is wrong with the event, as one sentence without its end; null where nothing is, and it counts as having
   * happened.
   */
  fault(event: TraceEvent): string | null {
    const { conn, exchange } = event
    if (conn === null)
      return exchange === null || event.kind === 'log.line' ? ownFault(event) : `exchange ${exchange} has no connection`
    const connection = this.#connections.get(conn) ?? this.#begin(conn, event)
    const fault = ownFault(event) ?? this.#ofExchange(connection, event, conn) ?? faultOn(connection, event)
    if (fault === null && event.kind === 'connection.closed') this.#close(conn)
    return fault
  }

  #begin(conn: number, event: TraceEvent): ConnectionSoFar {
    const { kind } = event
    const hasBegun = kind === 'connection.opened' || kind === 'socket.received'
    const connection: ConnectionSoFar = {
      known: conn > this.#forgottenTo && (hasBegun || !this.#anywhere),
      hop: event.kind === 'connection.opened' ? (event.hop ?? 0) : 0,
      opened: false,
      closed: false,
      receivedTo: 0,
      sentTo: 0,
      serialized: { start: 0, end: 0 },
      exchanges: new Map(),
    }
    this.#connections.set(conn, connection)
    return connection
  }

  #ofExchange(connection: ConnectionSoFar, { exchange }: TraceEvent, conn: number): string | null {
    if (exchange === null || connection.exchanges.has(exchange)) return null
    // On hop 0 an exchange has one connection; where it is passed on, it has others.
    const other = this.#exchanges.get(exchange)
    if (other !== undefined && connection.hop === 0) return `exchange ${exchange} is of connection ${other}`
    connection.exchanges.set(exchange, { refused: false, answered: false, environ: false })
    if (connection.hop === 0) this.#exchanges.set(exchange, conn)
    return null
  }

  /** Forgets those that were closed long ago. */
  #close(conn: number): void {
    this.#closed.push(conn)
    if (this.#closed.length <= 2 * CLOSED_KEPT) return
    for (const gone of this.#closed.splice(0, CLOSED_KEPT)) {
      for (const id of this.#connections.get(gone)?.exchanges.keys() ?? []) {
        if (this.#exchanges.get(id) === gone) this.#exchanges.delete(id)
      }
      this.#connections.delete(gone)
      this.#forgottenTo = Math.max(this.#forgottenTo, gone)
    }
  }
}

function faultOn(connection: ConnectionSoFar, event: TraceEvent): string | null {
  for (const span of inboundSpans(event)) {
    if (span == null) continue
    if (span.start > span.end) return `the span ${spanText(span)} ends before it starts`
    if (connection.known && span.end > connection.receivedTo) {
      return `the span ${spanText(span)} is not received: ${connection.receivedTo} bytes have come`
    }
  }
  return take(connection, event)
}

/** Counts the event as having happened, or says why it cannot have. */
function take(connection: ConnectionSoFar, event: TraceEvent): string | null {
  const exchange = event.exchange === null ? undefined : connection.exchanges.get(event.exchange)
  switch (event.kind) {
    case 'connection.opened':
      if (connection.opened) return `connection ${event.conn} is opened already`
      connection.opened = true
      return null
    case 'connection.closed':
      if (connection.closed) return `connection ${event.conn} is closed already`
      connection.closed = true
      return null
    case 'socket.received': {
      const { start, length } = event
      if (start < connection.receivedTo) return `it starts at ${start}, but ${connection.receivedTo} bytes have come`
      connection.receivedTo = start + length
      return null
    }
    case 'response.serialized':
      return serialize(connection, event)
    case 'socket.sent': {
      const [start, end] = [event.start, event.start + event.length]
      const { serialized, sentTo } = connection
      if (start < sentTo) return `it starts at ${start}, but ${sentTo} bytes have gone`
      if (connection.known && (start < serialized.start || end > serialized.end)) {
        return `${spanText({ start, end })} is not within what was serialized, ${spanText(serialized)}`
      }
      connection.sentTo = end
      return null
    }
    case 'environ.built':
      return once(exchange, 'environ', event)
    case 'gateway.refused':
      return once(exchange, 'refused', event)
    case 'response.answered':
      return once(exchange, 'answered', event)
    case 'request.line':
    case 'request.header':
    case 'request.body':
    case 'uwsgi.packet':
    case 'app.queued':
    case 'app.called':
    case 'environ.changed':
    case 'app.line':
    case 'input.read':
    case 'app.startResponse':
    case 'app.wrote':
    case 'app.yielded':
    case 'app.returned':
    case 'app.raised':
    case 'app.caught':
    case 'app.closed':
    case 'app.died':
    case 'response.waiting':
    case 'referee.finding':
    case 'hold.entered':
    case 'hold.released':
    case 'tap.bytesOnly':
    case 'app.source':
    case 'app.reloaded':
    case 'server.started':
    case 'server.accepted':
    case 'server.received':
    case 'server.died':
    case 'server.absent':
    case 'trace.omitted':
    case 'log.line':
      return null
    default:
      return assertNever(event)
  }
}

function once(
  exchange: { refused: boolean; answered: boolean; environ: boolean } | undefined,
  what: 'refused' | 'answered' | 'environ',
  event: TraceEvent,
): string | null {
  if (exchange === undefined) return null
  if (exchange[what]) return `exchange ${event.exchange} has had one already`
  exchange[what] = true
  return null
}

/** Segments follow each other without a gap, behind what has gone. */
function serialize(connection: ConnectionSoFar, { segments }: EventOf<'response.serialized'>): string | null {
  const start = segments[0]?.start ?? connection.sentTo
  if (start < connection.sentTo) return `a segment starts at ${start}, but ${connection.sentTo} bytes have gone`
  let at = start
  for (const segment of segments) {
    if (segment.end < segment.start) return `the segment ${spanText(segment)} ends before it starts`
    if (segment.start !== at) return `a segment starts at ${segment.start}, and the one before it ended at ${at}`
    at = segment.end
  }
  connection.serialized = { start, end: at }
  return null
}
