/**
 * The state of the picture at a playhead: what has happened of one exchange, and which event is in flight. Pure, and
 * without memory: stepping back is folding less.
 */
import { assertNever } from '../assertNever.ts'
import { ByteRun } from '../bytes/byteRun.ts'
import type { Span } from '../bytes/span.ts'
import type { EnvironEntry, EventOf, ResponseSegment, TraceEvent } from './events.ts'

export interface Chunk {
  /** As in `chunk:N`. */
  readonly index: number
  readonly event: EventOf<'app.wrote'> | EventOf<'app.yielded'>
}

/** Where the sixty-line server is: the line it runs next, and the variables that the line before it has set. */
export interface ServerLine {
  readonly event: EventOf<'app.line'>
  readonly changed: readonly (readonly [name: string, value: string])[]
  /** The last value of every variable, of whichever function. */
  readonly known: Readonly<Record<string, string>>
}

export interface StageState {
  /** How many events have landed. */
  landed: number
  /** The event in the air and how far it has come, 0 < t < 1; null at rest. */
  flight: { event: TraceEvent; t: number } | null
  opened: EventOf<'connection.opened'> | null
  closed: EventOf<'connection.closed'> | null
  received: EventOf<'socket.received'>[]
  /** Offset of this exchange's first byte in the inbound stream. */
  inboundStart: number
  /** One past the last byte received so far; never past the exchange's own last byte. */
  inboundEnd: number
  /** Bytes received so far that belong to a request behind this one. */
  bytesBehind: number
  inbound: ByteRun
  requestLine: EventOf<'request.line'> | null
  headers: EventOf<'request.header'>[]
  body: EventOf<'request.body'> | null
  uwsgi: EventOf<'uwsgi.packet'> | null
  environ: readonly EnvironEntry[] | null
  environChanges: EventOf<'environ.changed'>[]
  queued: EventOf<'app.queued'> | null
  call: EventOf<'app.called'> | null
  reads: EventOf<'input.read'>[]
  /** Bytes of the body that the application has pulled so far. */
  bodyRead: number
  /** The line of the application that runs, where line events are there. */
  line: EventOf<'app.line'> | null
  /** The file of the sixty-line server, where that serves this connection. */
  listing: string | null
  serverLine: ServerLine | null
  /** What its one recv() returned. */
  serverReceived: EventOf<'server.received'> | null
  dead: EventOf<'server.died'> | EventOf<'server.absent'> | null
  startResponse: EventOf<'app.startResponse'> | null
  startResponseCalls: number
  returned: EventOf<'app.returned'> | null
  chunks: Chunk[]
  raised: EventOf<'app.raised'> | EventOf<'app.died'> | null
  /** What was raised by the application's own code, and made into an answer outside of it. */
  caught: EventOf<'app.caught'> | null
  appClosed: boolean
  /** Whether the head has gone out: the gate before the response bytes. */
  gateOpen: boolean
  /** What has been serialized of the answer proper, "100 Continue" apart. */
  segments: ResponseSegment[]
  outboundStart: number | null
  sentTo: number
  outbound: ByteRun
  continued: boolean
  refused: EventOf<'gateway.refused'> | null
  /** From where on a tap shows nothing but bytes. */
  bytesOnly: EventOf<'tap.bytesOnly'> | null
  answered: EventOf<'response.answered'> | null
  hold: EventOf<'hold.entered'> | null
  findings: EventOf<'referee.finding'>[]
  log: EventOf<'log.line'>[]
}

function initialState(): StageState {
  return {
    landed: 0,
    flight: null,
    opened: null,
    closed: null,
    received: [],
    inboundStart: 0,
    inboundEnd: 0,
    bytesBehind: 0,
    inbound: new ByteRun(),
    requestLine: null,
    headers: [],
    body: null,
    uwsgi: null,
    environ: null,
    environChanges: [],
    queued: null,
    call: null,
    reads: [],
    bodyRead: 0,
    line: null,
    listing: null,
    serverLine: null,
    serverReceived: null,
    dead: null,
    startResponse: null,
    startResponseCalls: 0,
    returned: null,
    chunks: [],
    raised: null,
    caught: null,
    appClosed: false,
    gateOpen: false,
    segments: [],
    outboundStart: null,
    sentTo: 0,
    outbound: new ByteRun(),
    continued: false,
    refused: null,
    bytesOnly: null,
    answered: null,
    hold: null,
    findings: [],
    log: [],
  }
}

const isContinue = (event: EventOf<'response.serialized'>): boolean =>
  event.segments.length > 0 && event.segments.every((segment) => segment.from === 'server:continue')

/** The fields that say how long a body is (RFC 9112 section 6). */
const ANNOUNCE_BODY: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** Where the exchange's bytes begin and end, as far as the whole list of its events tells. */
export function inboundRange(events: readonly TraceEvent[]): Span {
  const run = new ByteRun()
  let start: number | null = null
  let receivedEnd = 0
  let parsedEnd = 0
  let body: EventOf<'request.body'> | null = null
  let complete = false
  /** Whether the head says that a body follows. */
  let announced = false
  let bytesOnly = false
  for (const event of events) {
    if (event.kind === 'socket.received') {
      start ??= event.start
      receivedEnd = Math.max(receivedEnd, event.start + event.length)
      if (event.bytes !== null) run.add(event.start, event.bytes)
    } else if (event.kind === 'request.line') {
      start = Math.max(start ?? 0, event.spans.method.start)
      parsedEnd = event.spans.version.end
    } else if (event.kind === 'request.header') {
      parsedEnd = Math.max(parsedEnd, event.spans.value.end)
      announced ||= ANNOUNCE_BODY.has(event.name.toLowerCase())
    } else if (event.kind === 'request.body') body = event
    else if (event.kind === 'environ.built') complete = true
    // Behind a tap nobody sees an environ: there it is the answer that says so.
    else if (event.kind === 'response.answered' && event.by === 'server') complete = body !== null || !announced
    else if (event.kind === 'tap.bytesOnly') bytesOnly = true
    // That server knows nothing of heads and bodies: whatever comes belongs to the one request.
    else if (event.kind === 'connection.opened') bytesOnly ||= event.listing !== undefined
  }
  const from = start ?? 0
  if (!complete || bytesOnly) return { start: from, end: receivedEnd }
  const headEnd = blankLineAfter(run, parsedEnd, receivedEnd)
  if (body === null) return { start: from, end: headEnd }
  const bodyEnd = body.spans.at(-1)?.end ?? headEnd
  return { start: from, end: body.framing === 'length' ? bodyEnd : blankLineAfter(run, bodyEnd, receivedEnd) }
}

/** One past the next CRLF CRLF: the end of a head (RFC 9112 section 2.1) or of a chunked body (section 7.1). */
function blankLineAfter(run: ByteRun, from: number, limit: number): number {
  const rest = run.slice({ start: from, end: limit })
  if (rest === null) return limit
  for (let i = 3; i < rest.length; i++) {
    if (rest[i] === 10 && rest[i - 1] === 13 && rest[i - 2] === 10 && rest[i - 3] === 13) return from + i + 1
  }
  return limit
}

/** Which server it is, is known before anything has happened. */
function listingOf(events: readonly TraceEvent[]): string | null {
  for (const event of events) if (event.kind === 'connection.opened') return event.listing ?? null
  return null
}

/** @param playhead from 0 to `events.length`; its fraction says how far the event at its floor has come. */
export function fold(events: readonly TraceEvent[], playhead: number): StageState {
  const state = initialState()
  const range = inboundRange(events)
  state.listing = listingOf(events)
  state.inboundStart = range.start
  state.inboundEnd = range.start
  const landed = Math.min(Math.floor(playhead), events.length)
  for (let i = 0; i < landed; i++) {
    const event = events[i]
    if (event !== undefined) apply(state, event, range)
  }
  state.landed = landed
  const next = events[landed]
  const t = playhead - landed
  if (next !== undefined && t > 0) state.flight = { event: next, t }
  // Also those in the air, and those that are serialized: the next event sends them.
  addBytes(state, events)
  return state
}

/** Bytes do not change the state: they are what spans are looked up in. */
function addBytes(state: StageState, events: readonly TraceEvent[]): void {
  for (const event of events) {
    if (event.kind === 'socket.received' && event.bytes !== null) state.inbound.add(event.start, event.bytes)
    else if (event.kind === 'socket.sent' && event.bytes !== null) state.outbound.add(event.start, event.bytes)
  }
}

function apply(state: StageState, event: TraceEvent, range: Span): void {
  switch (event.kind) {
    case 'connection.opened':
      state.opened = event
      return
    case 'connection.closed':
      state.closed = event
      return
    case 'socket.received': {
      state.received.push(event)
      const end = event.start + event.length
      state.inboundEnd = Math.max(state.inboundStart, Math.min(end, range.end))
      state.bytesBehind = Math.max(0, end - range.end)
      return
    }
    case 'request.line':
      state.requestLine = event
      return
    case 'request.header':
      state.headers.push(event)
      return
    case 'request.body':
      state.body = event
      return
    case 'uwsgi.packet':
      state.uwsgi = event
      return
    case 'environ.built':
      state.environ = event.entries
      return
    case 'environ.changed':
      state.environChanges.push(event)
      return
    case 'app.queued':
      state.queued = event
      return
    case 'app.called':
      state.call = event
      return
    case 'app.line':
      if (event.file === state.listing) state.serverLine = serverLine(event, state.serverLine)
      else state.line = event
      return
    case 'server.received':
      state.serverReceived = event
      return
    case 'server.died':
    case 'server.absent':
      state.dead = event
      return
    case 'input.read':
      state.reads.push(event)
      state.bodyRead = Math.max(state.bodyRead, event.offset + event.returned)
      return
    case 'app.startResponse':
      state.startResponse = event
      state.startResponseCalls++
      return
    case 'app.wrote':
    case 'app.yielded':
      state.chunks.push({ index: state.chunks.length, event })
      return
    case 'app.returned':
      state.returned = event
      return
    case 'app.raised':
    case 'app.died':
      state.raised = event
      return
    case 'app.caught':
      state.caught = event
      return
    case 'app.closed':
      state.appClosed = true
      return
    case 'response.serialized':
      if (isContinue(event)) {
        state.continued = true
        return
      }
      state.gateOpen = true
      state.outboundStart ??= event.segments[0]?.start ?? 0
      state.segments.push(...event.segments)
      return
    case 'socket.sent':
      state.sentTo = event.start + event.length
      return
    case 'gateway.refused':
      state.refused = event
      return
    case 'tap.bytesOnly':
      state.bytesOnly = event
      return
    case 'response.answered':
      state.answered = event
      return
    case 'hold.entered':
      state.hold = event
      return
    case 'hold.released':
      state.hold = null
      return
    case 'referee.finding':
      state.findings.push(event)
      return
    case 'log.line':
      state.log.push(event)
      return
    case 'app.source':
    case 'app.reloaded':
    case 'server.started':
    case 'server.accepted':
      return
    default:
      assertNever(event)
  }
}

function serverLine(event: EventOf<'app.line'>, before: ServerLine | null): ServerLine {
  const known = before?.known ?? {}
  const changed = Object.entries(event.locals).filter(([name, value]) => known[name] !== value)
  return { event, changed, known: { ...known, ...event.locals } }
}
