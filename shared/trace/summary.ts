/**
 * What a list of exchanges shows of each, worked out from its events: by the server for what it sends, by the page for what
 * it holds. A summary stands for an exchange whose events are elsewhere, and goes on when more of them come.
 */
import * as z from 'zod'
import { type EventOf, FindingLevel, type TraceEvent } from './events.ts'
import { packetEnd, packetMessage } from './packetMessage.ts'

/**
 * Where an exchange stands. `failed`: the application raised or died; `incomplete`: the client got less than promised;
 * `bytes`: a tap shows no more than bytes of it.
 */
export const ExchangeState = z.enum([
  'reading',
  'waiting',
  'running',
  'answering',
  'done',
  'refused',
  'failed',
  'incomplete',
  'bytes',
])
export type ExchangeState = z.infer<typeof ExchangeState>

/** A target longer than this is cut in a summary, and ends in `…`. */
export const TARGET_SHOWN = 512

export const ExchangeSummary = z.object({
  id: z.int().positive(),
  conn: z.int().positive(),
  /** Null for a request whose first line could not be read. */
  method: z.string().nullable(),
  /** The first `TARGET_SHOWN` characters of it. */
  target: z.string().nullable(),
  status: z.int().nullable(),
  state: ExchangeState,
  by: z.enum(['application', 'gateway', 'nginx', 'server']).nullable(),
  /** How much the referee found, and the gravest level of it. */
  findings: z.int().nonnegative(),
  gravest: FindingLevel.nullable(),
  /** As `exchangeTimes` says: microseconds since the run began. */
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Its part of the connection's inbound stream: its first byte, and the end of the last that a parsed value covers. */
  start: z.int().nonnegative(),
  parsedTo: z.int().nonnegative(),
})
/** A value: what changes is another object, and what has not changed is the same one. */
export type ExchangeSummary = Readonly<z.infer<typeof ExchangeSummary>>

const GRAVITY: readonly FindingLevel[] = ['error', 'warning', 'note']

const FINAL: ReadonlySet<ExchangeState> = new Set(['done', 'refused', 'failed', 'incomplete'])

/** Nothing more will come of an exchange in this state, except what its application does in `close()`, and the end of its connection. */
export const isOver = (state: ExchangeState): boolean => FINAL.has(state)

/** Of an exchange that begins at this offset of its connection's inbound stream. */
export const newSummary = (id: number, conn: number, start: number, startedAt: number): ExchangeSummary => ({
  id,
  conn,
  method: null,
  target: null,
  status: null,
  state: 'reading',
  by: null,
  findings: 0,
  gravest: null,
  startedAt,
  endedAt: null,
  start,
  parsedTo: start,
})

/** What only the client's own hop says of an exchange: a server that passes it on asks and is answered once more. */
const OF_FIRST_HOP: ReadonlySet<TraceEvent['kind']> = new Set([
  'request.line',
  'request.header',
  'request.body',
  'tap.bytesOnly',
  'response.answered',
])

/** The summary with one more event of the exchange: the same object where that says nothing new. */
export function summarize(summary: ExchangeSummary, event: TraceEvent, isFirstHop: boolean): ExchangeSummary {
  if (!isFirstHop && OF_FIRST_HOP.has(event.kind)) return summary
  const state = nextState(summary.state, event)
  const parsedTo = Math.max(summary.parsedTo, parsedEnd(event))
  const news = newsOf(summary, event)
  if (news === null && state === summary.state && parsedTo === summary.parsedTo) return summary
  const next = moved(summary, state, parsedTo)
  return news === null ? next : Object.assign(next, news)
}

/** Field by field, several times faster than a spread: this is done for nearly every event of a request's head. */
const moved = (from: ExchangeSummary, state: ExchangeState, parsedTo: number): ExchangeSummary => ({
  id: from.id,
  conn: from.conn,
  method: from.method,
  target: from.target,
  status: from.status,
  state,
  by: from.by,
  findings: from.findings,
  gravest: from.gravest,
  startedAt: from.startedAt,
  endedAt: from.endedAt,
  start: from.start,
  parsedTo,
})

/** What an event says of the exchange, beside its state and how far its request is parsed. */
function newsOf(summary: ExchangeSummary, event: TraceEvent): Partial<ExchangeSummary> | null {
  switch (event.kind) {
    case 'referee.finding': {
      const gravest = GRAVITY.find((level) => level === event.level || level === summary.gravest) ?? event.level
      return { findings: summary.findings + 1, gravest }
    }
    case 'request.line':
      return { method: event.method, target: shown(event.target) }
    case 'uwsgi.packet':
      return ofPacket(summary, event)
    case 'app.startResponse': {
      if (summary.status !== null && event.excInfo === null) return null
      const status = Number.parseInt(event.status.slice(0, 3), 10)
      return { status: Number.isNaN(status) ? null : status }
    }
    case 'gateway.refused':
      return { status: event.status }
    case 'response.answered':
      return { status: event.status, by: event.by, endedAt: event.at }
    default:
      return null
  }
}

/** What the client asked for is known already where a server in front passes it on. */
function ofPacket({ method }: ExchangeSummary, packet: EventOf<'uwsgi.packet'>): Partial<ExchangeSummary> | null {
  if (method !== null) return null
  const message = packetMessage(packet)
  return { method: message.method, target: shown(message.target) }
}

/** The connection of the exchange has ended, and it was the last there; `opened` is how it began, where that is known. */
export function summarizeClose(summary: ExchangeSummary, at: number, opened: TraceEvent | null): ExchangeSummary {
  // A server that is watched from outside does not say that it will not answer.
  const outside = opened?.kind === 'connection.opened' && opened.via === 'tap' && opened.listing === undefined
  const torn = outside && (summary.state === 'reading' || summary.state === 'answering')
  if (summary.endedAt !== null && !torn) return summary
  return { ...summary, endedAt: summary.endedAt ?? at, state: torn ? 'incomplete' : summary.state }
}

const shown = (target: string): string => (target.length <= TARGET_SHOWN ? target : `${target.slice(0, TARGET_SHOWN)}…`)

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

/** The end of the last byte that an event's values cover; 0 where it covers none. */
export function parsedEnd(event: TraceEvent): number {
  switch (event.kind) {
    case 'request.line':
      return event.spans.version.end
    case 'request.header':
      return event.spans.value.end
    case 'uwsgi.packet':
      return packetEnd(event)
    case 'request.body':
      return event.spans.at(-1)?.end ?? 0
    default:
      return 0
  }
}

/** Where an exchange begins that this event is the first of: at its first line, or behind all that was parsed before. */
export function startOf(event: TraceEvent, parsedTo: number): number {
  if (event.kind === 'request.line') return event.spans.method.start
  const atFault = event.kind === 'gateway.refused' || (event.kind === 'tap.bytesOnly' && event.from === 'client')
  if (atFault && event.span !== null) return Math.max(parsedTo, event.span.start)
  return parsedTo
}
