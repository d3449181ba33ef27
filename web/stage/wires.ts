/** What runs between the cards, and nothing else: see each wire's comment for what it carries. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { Point, Rect } from './geometry.ts'
import { ABOVE_LISTING, type CardLayout, EDGE_ROW } from './layouts/layout.ts'
import type { Metrics, Mode } from './metrics.ts'
import { isOwnAnswer } from './ownAnswer.ts'
import type { WireId } from './wireId.ts'

export type WireState = 'idle' | 'used' | 'live' | 'broken'

export interface Wire {
  readonly id: WireId
  readonly points: readonly Point[]
  readonly state: WireState
}

const right = (r: Rect): number => r.x + r.w
const bottom = (r: Rect): number => r.y + r.h

export type WirePoints = Readonly<Record<WireId, readonly Point[]>>

/** Where lines of the application's source are on the stage, as far as they are known and in sight. */
export interface LinePlaces {
  /** The line that defines what the server calls. */
  readonly called: number | null
  /** The line that called start_response. */
  readonly answers: number | null
  /** The line that read from wsgi.input. */
  readonly reads: number | null
  /** The line that gave the last chunk. */
  readonly gives: number | null
}

/** Where the body's wire runs between the two cards, as a part of the gap. */
const UNDER = 0.72

/** Wires of one column keep this far apart where two of them end at one line, in pixels. */
const APART = 5
/** Between the server's border and the application wires turn: those of the callback here, the lanes there. */
const TURN = { tether: 0.34, lane: 0.68 }

/** The way of every wire, from its source to its destination. */
export function wirePoints(layout: CardLayout, metrics: Metrics, lines: LinePlaces): WirePoints {
  return { ...waysIn(layout, metrics, lines), ...waysOut(layout, metrics, lines) }
}

type WaysIn = 'request' | 'line' | 'lineToEnviron' | 'headers' | 'call' | 'input' | 'cutShort'

const at = (x: number, y: number): Point => ({ x, y })

/** Middle of the gap between the server's two columns: the gate stands there, and what goes round a card goes here. */
const between = ({ cards }: CardLayout): number => (right(cards.socket) + cards.environ.x) / 2

/** From the client to the application, and a refusal. */
function waysIn(layout: CardLayout, { title }: Metrics, lines: LinePlaces): Pick<WirePoints, WaysIn> {
  const { cards, server } = layout
  const { client, socket, requestLine: line, environ, application: app, startResponse, response } = cards
  const middle = between(layout)
  const inY = level(title, client, socket)
  const headersY = level(title, socket, environ)
  const lineY = line.y + Math.min(line.h * 0.5, title * 1.6)
  const callY = lines.called === null ? level(title, environ, app) : lines.called - APART
  const callFrom = within(callY, environ, title)
  const bodyY = bottom(socket) - Math.min(socket.h * 0.5, title * 0.6)
  // Its name stands above it, below the card.
  const underY = bottom(environ) + (startResponse.y - bottom(environ)) * UNDER
  const turn = turnX(server, app, TURN.lane)
  const callTurn = turnX(server, app, TURN.tether)
  return {
    request: [at(right(client), inY), at(socket.x, inY)],
    line: [at(socket.x + socket.w * 0.5, bottom(socket)), at(line.x + line.w * 0.5, line.y)],
    lineToEnviron: [
      at(right(line), lineY),
      ...step(middle, lineY, within(lineY, environ, title)),
      at(environ.x, within(lineY, environ, title)),
    ],
    headers: [at(right(socket), headersY), at(environ.x, headersY)],
    call: [at(right(environ), callFrom), ...step(callTurn, callFrom, callY), at(app.x, callY)],
    input: [
      at(right(socket), bodyY),
      at(right(socket) + (middle - right(socket)) * 0.7, bodyY),
      at(right(socket) + (middle - right(socket)) * 0.7, underY),
      ...(isChip(app, title)
        ? [at(app.x, underY)]
        : [at(turn, underY), at(turn, lines.reads ?? underY), at(app.x, lines.reads ?? underY)]),
    ],
    cutShort: [
      at(right(socket), bodyY),
      at(middle, bodyY),
      at(middle, response.y + title * 0.5),
      at(right(response), response.y + title * 0.5),
    ],
  }
}

/** From the application back to the client. */
function waysOut(layout: CardLayout, { title, line }: Metrics, lines: LinePlaces): Omit<WirePoints, WaysIn> {
  const { cards, server } = layout
  const { client, application: app, startResponse, response } = cards
  const keptY = startResponse.y + Math.min(startResponse.h * 0.5, title * 1.8)
  const lineY = lines.answers ?? (lines.called === null ? null : lines.called + APART)
  const tetherY = lineY ?? keptY
  const foot = cards.listing === undefined ? bottom(server) - EDGE_ROW : cards.listing.y - ABOVE_LISTING
  const laneY = Math.min(bottom(startResponse), foot - line * 2.2) + line * 1.1
  const outY = response.y + Math.min(response.h * 0.45, title * 2.6)
  const middle = between(layout)
  const tetherTurn = turnX(server, app, TURN.tether)
  const laneTurn = turnX(server, app, TURN.lane)
  const givesY = lines.gives === null ? Math.min(laneY, bottom(app) - 16) : lines.gives
  const laneEnd = Math.max(response.y, Math.min(laneY, bottom(response) - 6))
  const headTo = Math.max(keptY, response.y + title * 0.6)
  return {
    tether: [at(app.x, tetherY), ...step(tetherTurn, tetherY, keptY), at(right(startResponse), keptY)],
    head: [
      at(startResponse.x, keptY),
      ...step(middle + 8, keptY, headTo),
      at(middle, headTo),
      at(right(response), headTo),
    ],
    chunks: [
      at(app.x, givesY),
      ...step(laneTurn, givesY, laneY),
      at(middle, laneY),
      ...step((right(response) + middle) / 2, laneY, laneEnd),
      at(right(response), laneEnd),
    ],
    response: [at(response.x, outY), at(right(client), outY)],
  }
}

/** A turn from one height to another; none where they are the same. */
const step = (x: number, from: number, to: number): Point[] => (from === to ? [] : [at(x, from), at(x, to)])

/** A height at which a card is met: within it, and below its name where there is room. */
function within(y: number, rect: Rect, title: number): number {
  const low = rect.y + Math.min(rect.h * 0.5, title * 0.5)
  return Math.min(Math.max(y, low), Math.max(low, bottom(rect) - 10))
}

/** A wire between cards is as high as all of them are. */
const level = (title: number, ...rects: Rect[]): number =>
  Math.min(...rects.map((r) => r.y + Math.min(r.h * 0.5, title * 1.9)))

const isChip = (rect: Rect, title: number): boolean => rect.h < title * 1.7

/** Where wires turn between the server's edge and the application. */
const turnX = (server: Rect, app: Rect, part: number): number => right(server) + (app.x - right(server)) * part

/** A phone's column has one wire: from each card down to the next. */
export function phoneWirePoints({ cards }: CardLayout): WirePoints {
  const down = (from: Rect, to: Rect, at: number): Point[] => [
    { x: from.x + from.w * at, y: bottom(from) },
    { x: to.x + to.w * at, y: to.y },
  ]
  const { client, socket, requestLine: line, environ, application: app, startResponse, response } = cards
  return {
    request: down(client, socket, 0.3),
    line: down(socket, line, 0.3),
    lineToEnviron: down(line, environ, 0.3),
    headers: down(socket, environ, 0.95),
    call: down(environ, app, 0.3),
    input: down(socket, app, 0.9),
    tether: down(app, startResponse, 0.3),
    head: down(startResponse, response, 0.3),
    chunks: down(app, response, 0.8),
    response: [
      { x: response.x + response.w * 0.5, y: bottom(response) },
      { x: response.x + response.w * 0.5, y: bottom(response) + 14 },
    ],
    cutShort: down(socket, response, 0.85),
  }
}

/** Whether the head that was sent is what the application gave to start_response. */
function isApplicationsHead({ segments }: StageState): boolean {
  // The version stands before the status.
  return segments.at(1)?.from === 'status' || segments.at(0)?.from === 'status'
}

/** Which wires carry something now, have carried something, or never did. */
export function wireStates(state: StageState): Record<WireId, WireState> {
  const flying = state.flight?.event.kind ?? null
  const used = (was: boolean, ...now: string[]): WireState =>
    flying !== null && now.includes(flying) ? 'live' : was ? 'used' : 'idle'
  const refused = state.refused !== null
  const called = state.call !== null
  // A request that no worker could take has no tether that could snap.
  const snapped = called && (state.raised !== null || flying === 'app.raised' || flying === 'app.died')
  // What was worked out from the answer came over no wire.
  const event = state.flight?.event
  const inferred = state.startResponse?.inferred ?? (event?.kind === 'app.startResponse' && event.inferred) ?? false
  return {
    request: used(state.received.length > 0, 'socket.received', 'connection.opened'),
    line: used(state.requestLine !== null || state.uwsgi !== null, 'request.line', 'uwsgi.packet'),
    lineToEnviron: used(state.environ !== null, 'environ.built'),
    headers: used(state.environ !== null && state.headers.length > 0, 'environ.built'),
    call: used(called, 'app.called'),
    input: used(state.bodyRead > 0, 'input.read'),
    tether: snapped ? 'broken' : inferred ? 'idle' : used(called, 'app.startResponse', 'app.called'),
    head: inferred ? 'idle' : used(isApplicationsHead(state), ...(isOwnAnswer(state) ? [] : ['response.serialized'])),
    chunks: used(state.chunks.length > 0, 'app.yielded', 'app.wrote', 'app.returned'),
    response: used(state.sentTo > 0 || state.continued, 'socket.sent'),
    cutShort: used(refused, 'gateway.refused'),
  }
}

/** Whether a wire is drawn at all: some exist only when something has happened. */
export function isDrawn(id: WireId, state: WireState, story: StageState, mode: Mode): boolean {
  if (mode === 'phone') return state === 'live'
  if (id === 'input') return state !== 'idle' || (story.body?.length ?? 0) > 0
  if (id === 'cutShort') return state !== 'idle'
  if (id === 'tether') return state !== 'idle'
  return true
}
