/** What runs between the cards, and nothing else: see each wire's comment for what it carries. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { Point, Rect } from './geometry.ts'
import type { CardLayout } from './layouts/layout.ts'
import type { Mode } from './metrics.ts'
import type { WireId } from './wireId.ts'

export type WireState = 'idle' | 'used' | 'live' | 'broken'

export interface Wire {
  readonly id: WireId
  readonly points: readonly Point[]
  readonly state: WireState
  readonly label: 'headers' | 'chunks' | 'input' | 'cutShort' | null
  readonly labelAt: Point
}

const right = (r: Rect): number => r.x + r.w
const bottom = (r: Rect): number => r.y + r.h

export type WirePoints = Readonly<Record<WireId, readonly Point[]>>

/** The way of every wire, from its source to its destination. `toolY`: where the line that runs is on the stage. */
export function wirePoints(layout: CardLayout, titleHeight: number, toolY: number | null): WirePoints {
  return { ...waysIn(layout, titleHeight), ...waysOut(layout, titleHeight, toolY) }
}

type WaysIn = 'request' | 'line' | 'lineToEnviron' | 'headers' | 'call' | 'input' | 'cutShort'

/** From the client to the application, and a refusal. */
function waysIn({ cards, server }: CardLayout, titleHeight: number): Pick<WirePoints, WaysIn> {
  const { client, socket, requestLine: line, environ, application: app, startResponse, response } = cards
  const inY = level(titleHeight, client, socket)
  const midY = level(titleHeight, socket, line, environ)
  const overY = socket.y - 13
  const headersY = Math.min(socket.y + titleHeight * 0.5, bottom(socket) - 8)
  const callY = level(titleHeight, environ, app)
  const betweenY = (Math.max(bottom(socket), bottom(environ)) + Math.min(response.y, startResponse.y)) / 2
  const turn = turnX(server, app)
  const appIsChip = isChip(app, titleHeight)
  return {
    request: [
      { x: right(client), y: inY },
      { x: socket.x, y: inY },
    ],
    line: [
      { x: right(socket), y: midY },
      { x: line.x, y: midY },
    ],
    lineToEnviron: [
      { x: right(line), y: midY },
      { x: environ.x, y: midY },
    ],
    headers: [
      { x: right(socket), y: headersY },
      { x: right(socket) + (line.x - right(socket)) * 0.5, y: headersY },
      { x: right(socket) + (line.x - right(socket)) * 0.5, y: overY },
      { x: right(line) + (environ.x - right(line)) * 0.5, y: overY },
      { x: right(line) + (environ.x - right(line)) * 0.5, y: headersY },
      { x: environ.x, y: headersY },
    ],
    call: [
      { x: right(environ), y: callY },
      { x: app.x, y: callY },
    ],
    input: [
      { x: socket.x + socket.w * 0.5, y: bottom(socket) },
      { x: socket.x + socket.w * 0.5, y: betweenY },
      ...(appIsChip
        ? [
            { x: app.x + app.w * 0.5, y: betweenY },
            { x: app.x + app.w * 0.5, y: bottom(app) },
          ]
        : [
            { x: turn, y: betweenY },
            { x: turn, y: betweenY - 18 },
            { x: app.x, y: betweenY - 18 },
          ]),
    ],
    cutShort: [
      { x: socket.x + socket.w * 0.3, y: bottom(socket) },
      { x: socket.x + socket.w * 0.3, y: response.y },
    ],
  }
}

/** From the application back to the client. */
function waysOut({ cards, server }: CardLayout, titleHeight: number, toolY: number | null): Omit<WirePoints, WaysIn> {
  const { client, application: app, startResponse, response } = cards
  const tetherY = startResponse.y + Math.min(startResponse.h * 0.5, titleHeight * 2)
  const appTetherY = Math.min(Math.max(toolY ?? tetherY - 20, app.y + titleHeight * 0.7), bottom(app) - 40)
  const laneY = Math.min(bottom(startResponse) + 24, bottom(server) - 34)
  const outY = response.y + Math.min(response.h * 0.45, titleHeight * 2.6)
  const gateX = right(response) + 22
  const turn = turnX(server, app)
  const appIsChip = isChip(app, titleHeight)
  return {
    tether: appIsChip
      ? [
          { x: app.x + app.w * 0.3, y: bottom(app) },
          { x: app.x + app.w * 0.3, y: tetherY },
          { x: right(startResponse), y: tetherY },
        ]
      : [
          { x: app.x, y: appTetherY },
          { x: turn, y: appTetherY },
          { x: turn, y: tetherY },
          { x: right(startResponse), y: tetherY },
        ],
    head: [
      { x: startResponse.x, y: tetherY },
      { x: gateX, y: tetherY },
      { x: right(response), y: tetherY },
    ],
    chunks: [
      ...(appIsChip
        ? [
            { x: app.x + app.w * 0.75, y: bottom(app) },
            { x: app.x + app.w * 0.75, y: laneY },
          ]
        : [
            { x: app.x, y: Math.min(laneY, bottom(app) - 16) },
            { x: turn, y: Math.min(laneY, bottom(app) - 16) },
            { x: turn, y: laneY },
          ]),
      { x: gateX, y: laneY },
      ...(laneY < bottom(response)
        ? [{ x: right(response), y: laneY }]
        : [
            { x: response.x + response.w / 2, y: laneY },
            { x: response.x + response.w / 2, y: bottom(response) },
          ]),
    ],
    response: [
      { x: response.x, y: outY },
      ...(outY < bottom(client)
        ? [{ x: right(client), y: outY }]
        : [
            { x: client.x + client.w / 2, y: outY },
            { x: client.x + client.w / 2, y: bottom(client) },
          ]),
    ],
  }
}

/** A wire between cards is as high as all of them are. */
const level = (titleHeight: number, ...rects: Rect[]): number =>
  Math.min(...rects.map((r) => r.y + Math.min(r.h * 0.5, titleHeight * 2.4)))

const isChip = (rect: Rect, titleHeight: number): boolean => rect.h < titleHeight * 1.7

/** Where wires turn between the server's edge and the application. */
const turnX = (server: Rect, app: Rect): number => right(server) + (app.x - right(server)) * 0.45

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
    line: used(state.requestLine !== null, 'request.line'),
    lineToEnviron: used(state.environ !== null, 'environ.built'),
    headers: used(state.environ !== null && state.headers.length > 0, 'environ.built'),
    call: used(called, 'app.called'),
    input: used(state.bodyRead > 0, 'input.read'),
    tether: snapped ? 'broken' : inferred ? 'idle' : used(called, 'app.startResponse', 'app.called'),
    head: inferred ? 'idle' : used(state.gateOpen && !refused && state.startResponse !== null, 'response.serialized'),
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
