/**
 * The state of the picture at a playhead: what has happened of one exchange, and which event is in flight. Pure: stepping
 * back is folding less. `fold` begins at the first event each time; `foldedOf` (folded.ts) remembers, with the same result.
 * Longer than 250 lines, for what every kind of event changes.
 */
import { assertNever } from '../assertNever.ts'
import { ByteRun } from '../bytes/byteRun.ts'
import type { EnvironEntry, EventOf, ResponseSegment, TraceEvent } from './events.ts'
import { ExchangeBytes } from './exchangeBytes.ts'
import { PrefixList } from './prefixList.ts'

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

/** What a line of the application does. */
export type StepEvent = EventOf<
  'app.called' | 'input.read' | 'app.startResponse' | 'app.wrote' | 'app.returned' | 'app.yielded'
>

export interface StageState {
  /** How many events have landed. */
  landed: number
  /** The event in flight and how far it has come, 0 < t < 1; null at rest. */
  flight: { event: TraceEvent; t: number } | null
  opened: EventOf<'connection.opened'> | null
  closed: EventOf<'connection.closed'> | null
  received: PrefixList<EventOf<'socket.received'>>
  /** Offset of this exchange's first byte in the inbound stream. */
  inboundStart: number
  /** One past the last byte received so far; never past the exchange's own last byte. */
  inboundEnd: number
  /** Bytes received so far that belong to a request behind this one. */
  bytesBehind: number
  /** One past the last byte received so far, whosever it is. */
  receivedTo: number
  inbound: ByteRun
  requestLine: EventOf<'request.line'> | null
  headers: PrefixList<EventOf<'request.header'>>
  body: EventOf<'request.body'> | null
  uwsgi: EventOf<'uwsgi.packet'> | null
  environ: readonly EnvironEntry[] | null
  environChanges: PrefixList<EventOf<'environ.changed'>>
  queued: EventOf<'app.queued'> | null
  call: EventOf<'app.called'> | null
  reads: PrefixList<EventOf<'input.read'>>
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
  /** What the application did last, of what one of its lines does. */
  step: StepEvent | null
  chunks: PrefixList<Chunk>
  /** Those of them that end a chunk: a large one comes in pieces. */
  wholeChunks: number
  /** Bytes in all of them. */
  chunkBytes: number
  raised: EventOf<'app.raised'> | EventOf<'app.died'> | null
  /** What was raised by the application's own code, and made into an answer outside of it. */
  caught: EventOf<'app.caught'> | null
  appClosed: boolean
  /** Whether the head has gone out: the gate before the response bytes. */
  gateOpen: boolean
  /** What has been serialized of the answer proper, "100 Continue" apart. */
  segments: PrefixList<ResponseSegment>
  /** Of them, the bytes that the server wrote, around what the application gave. */
  serverBytes: number
  /** Whether a part of a chunk is among them. */
  chunkSerialized: boolean
  outboundStart: number | null
  sentTo: number
  outbound: ByteRun
  continued: boolean
  refused: EventOf<'gateway.refused'> | null
  /** From where on a tap shows nothing but bytes. */
  bytesOnly: EventOf<'tap.bytesOnly'> | null
  answered: EventOf<'response.answered'> | null
  /** What was last said of bytes that wait for a slow client; null where none ever had to. */
  waiting: EventOf<'response.waiting'> | null
  hold: EventOf<'hold.entered'> | null
  findings: PrefixList<EventOf<'referee.finding'>>
  log: PrefixList<EventOf<'log.line'>>
  /** How many events are not here, as the exchange had more than its share; null where that has only begun. */
  omitted: { events: number | null } | null
}

export function initialState(): StageState {
  return {
    landed: 0,
    flight: null,
    opened: null,
    closed: null,
    received: new PrefixList(),
    inboundStart: 0,
    inboundEnd: 0,
    bytesBehind: 0,
    receivedTo: 0,
    inbound: new ByteRun(),
    requestLine: null,
    headers: new PrefixList(),
    body: null,
    uwsgi: null,
    environ: null,
    environChanges: new PrefixList(),
    queued: null,
    call: null,
    reads: new PrefixList(),
    bodyRead: 0,
    line: null,
    listing: null,
    serverLine: null,
    serverReceived: null,
    dead: null,
    startResponse: null,
    startResponseCalls: 0,
    returned: null,
    step: null,
    chunks: new PrefixList(),
    wholeChunks: 0,
    chunkBytes: 0,
    raised: null,
    caught: null,
    appClosed: false,
    gateOpen: false,
    segments: new PrefixList(),
    serverBytes: 0,
    chunkSerialized: false,
    outboundStart: null,
    sentTo: 0,
    outbound: new ByteRun(),
    continued: false,
    refused: null,
    bytesOnly: null,
    answered: null,
    waiting: null,
    hold: null,
    findings: new PrefixList(),
    log: new PrefixList(),
    omitted: null,
  }
}

const isContinue = (event: EventOf<'response.serialized'>): boolean =>
  event.segments.length > 0 && event.segments.every((segment) => segment.from === 'server:continue')

/**
 * @param events those of one exchange on one of its hops (`onHop`): offsets are of one connection.
 * @param playhead from 0 to `events.length`; its fraction says how far the event at its floor has come.
 */
export function fold(events: readonly TraceEvent[], playhead: number): StageState {
  const bytes = new ExchangeBytes()
  for (const event of events) bytes.take(event)
  const state = initialState()
  state.listing = bytes.listing
  const landed = Math.min(Math.floor(playhead), events.length)
  for (let i = 0; i < landed; i++) {
    const event = events[i]
    if (event !== undefined) apply(state, event)
  }
  return pictured(state, bytes, events, playhead)
}

/** A state of the first events, among all there are, with what is in flight. Bytes do not change it: spans are looked up in them. */
export function pictured(
  state: StageState,
  { range, inbound, outbound }: ExchangeBytes,
  events: readonly TraceEvent[],
  playhead: number,
): StageState {
  const landed = Math.min(Math.floor(playhead), events.length)
  const next = events[landed]
  const t = playhead - landed
  return {
    ...state,
    landed,
    flight: next !== undefined && t > 0 ? { event: next, t } : null,
    inboundStart: range.start,
    inboundEnd: Math.max(range.start, Math.min(state.receivedTo, range.end)),
    bytesBehind: Math.max(0, state.receivedTo - range.end),
    inbound,
    outbound,
  }
}

/** The same state, to go on from: what becomes of it does not change the other. */
export const copyOf = (state: StageState): StageState => ({
  ...state,
  received: state.received.copy(),
  headers: state.headers.copy(),
  environChanges: state.environChanges.copy(),
  reads: state.reads.copy(),
  chunks: state.chunks.copy(),
  segments: state.segments.copy(),
  findings: state.findings.copy(),
  log: state.log.copy(),
})

/** One more event has landed. */
export function apply(state: StageState, event: TraceEvent): void {
  switch (event.kind) {
    case 'connection.opened':
      state.opened = event
      return
    case 'connection.closed':
      state.closed = event
      return
    case 'socket.received':
      state.received.push(event)
      state.receivedTo = event.start + event.length
      return
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
    case 'trace.omitted':
      state.omitted = { events: event.events === null ? null : event.events + (state.omitted?.events ?? 0) }
      return
    case 'app.source':
    case 'app.reloaded':
    case 'server.started':
    case 'server.accepted':
      return
    default:
      applyOfCall(state, event)
  }
}

type OfCall = EventOf<
  | ('environ.changed' | 'app.queued' | 'app.called' | 'app.line' | 'input.read' | 'app.startResponse')
  | ('app.wrote' | 'app.yielded' | 'app.returned' | 'app.raised' | 'app.died' | 'app.caught' | 'app.closed')
  | ('server.received' | 'server.died' | 'server.absent')
>

/** What the application does, or the server that calls it. */
function applyOfCall(state: StageState, event: OfCall | OfAnswer): void {
  switch (event.kind) {
    case 'environ.changed':
      state.environChanges.push(event)
      return
    case 'app.queued':
      state.queued = event
      return
    case 'app.called':
      state.call = event
      state.step = event
      return
    case 'app.line':
      if (event.file === state.listing) state.serverLine = serverLine(event, state.serverLine)
      else state.line = event
      return
    case 'input.read':
      state.reads.push(event)
      state.step = event
      state.bodyRead = Math.max(state.bodyRead, event.offset + event.returned)
      return
    case 'app.startResponse':
      state.startResponse = event
      state.step = event
      state.startResponseCalls++
      return
    case 'app.wrote':
    case 'app.yielded':
      state.chunks.push({ index: state.chunks.length, event })
      if (event.rest === undefined) state.wholeChunks++
      state.chunkBytes += event.length
      state.step = event
      return
    case 'app.returned':
      state.returned = event
      state.step = event
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
    case 'server.received':
      state.serverReceived = event
      return
    case 'server.died':
    case 'server.absent':
      state.dead = event
      return
    default:
      applyOfAnswer(state, event)
  }
}

type OfAnswer = EventOf<
  | ('response.serialized' | 'socket.sent' | 'response.answered' | 'response.waiting')
  | ('gateway.refused' | 'tap.bytesOnly')
>

/** What the server puts around an answer, or writes itself, is marked so; all else is the application's. */
export const isByServer = ({ from }: ResponseSegment): boolean => from === 'framing' || from.startsWith('server:')

/** What goes to the client, and why it is no answer of the application. */
function applyOfAnswer(state: StageState, event: OfAnswer): void {
  switch (event.kind) {
    case 'response.serialized':
      if (isContinue(event)) {
        state.continued = true
        return
      }
      state.gateOpen = true
      state.outboundStart ??= event.segments[0]?.start ?? 0
      for (const segment of event.segments) {
        state.segments.push(segment)
        if (isByServer(segment)) state.serverBytes += segment.end - segment.start
        state.chunkSerialized ||= segment.from.startsWith('chunk:')
      }
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
    case 'response.waiting':
      state.waiting = event
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
