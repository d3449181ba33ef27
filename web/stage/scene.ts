/**
 * `layout`: the picture as shapes, from the trace, the playhead and the size of the window. Everything that is drawn is
 * here; components only turn it into elements.
 */
import { type Beat, type BeatKind, beatAt } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { StageState } from '../../shared/trace/fold.ts'
import { foldedOf } from '../../shared/trace/folded.ts'
import { applicationRows, fileShown, type SourceView } from './content/application.ts'
import type { CardId, ContentContext, PanelId, Row } from './content/content.ts'
import { CHANGES, changedKeys, environRows } from './content/environRows.ts'
import { type FootNote, footNotes } from './content/findings.ts'
import { listingRows } from './content/listing.ts'
import { requestLineRows } from './content/requestLine.ts'
import { responseRows } from './content/responseBytes.ts'
import { socketRows } from './content/socketBytes.ts'
import { startResponseRows } from './content/startResponse.ts'
import { flightsOf, landedIn } from './flights/flights.ts'
import { type Flight, landingTime } from './flights/inTheAir.ts'
import {
  blendFrames,
  type Focus,
  type Frames,
  focusOf,
  framesFor,
  type Metrics,
  type Mode,
  metricsOf,
  modeOf,
  type View,
} from './frames.ts'
import { clamp, type Point, phase, type Rect, smooth } from './geometry.ts'
import { isDrawn, phoneWirePoints, type Wire, type WireId, type WirePoints, wirePoints, wireStates } from './wires.ts'
import type { StageWords } from './words.ts'

export type CardState = 'unreached' | 'open' | 'now'

export interface Card {
  readonly id: PanelId
  readonly rect: Frames['frame']
  readonly state: CardState
  /** Drawn as a one-line chip: there is no room for its content. */
  readonly chip: boolean
  readonly rows: readonly Row[]
  readonly cols: number
  /** Where the content is scrolled to when nobody scrolls, in pixels: so that what is at work is visible. */
  readonly scroll: number
  readonly contentHeight: number
  readonly bodyHeight: number
  /** The strip at its foot, and where it is from the card's top, in pixels. */
  readonly foot: readonly FootNote[]
  readonly footTop: number
  readonly footHeight: number
  /** Tokens that have not landed yet. */
  readonly hidden: ReadonlySet<string>
}

export interface Gate {
  readonly x: number
  readonly from: number
  readonly to: number
  /** 0 shut, 1 open. */
  readonly open: number
}

export interface Scene {
  readonly mode: Mode
  readonly metrics: Metrics
  readonly frames: Frames
  readonly state: StageState
  readonly beats: readonly Beat[]
  readonly beat: Beat | undefined
  readonly cards: Readonly<Record<CardId, Card>>
  /** The source of the server, where that is watched line by line. */
  readonly listing: Card | null
  readonly wires: readonly Wire[]
  readonly gate: Gate
  readonly flights: readonly Flight[]
  /** Where the handle of start_response is, while it is being carried to the application; the tether trails it. */
  readonly tetherEnd: Point | null
}

export interface SceneInput {
  readonly events: readonly TraceEvent[]
  readonly playhead: number
  readonly view: View
  readonly words: StageWords
  readonly sourceOf: (file: string) => SourceView | undefined
  /** The server is seen from outside, by a tap. */
  readonly outside: boolean
  /** The application's main file, shown before it is called. */
  readonly appFile: string | null
  /** A chip that the reader has opened: it takes the place of the first of the two cards that matter. */
  readonly pinned: CardId | null
  /** Where the reader has scrolled a card to, in pixels. */
  readonly scrolled: Partial<Record<PanelId, number>>
}

const CARDS: readonly CardId[] = [
  'client',
  'socket',
  'requestLine',
  'environ',
  'application',
  'startResponse',
  'response',
]

const withPinned = (focus: Focus, pinned: CardId | null): Focus =>
  pinned === null || focus.includes(pinned) ? focus : [pinned, focus[1]]

/** The part of a beat's first flight in which the cards make room. */
const MAKE_ROOM = 0.55

function blendedFrames(input: SceneInput, beats: readonly Beat[], lists: boolean): Frames {
  const { view, playhead, pinned } = input
  const framesAt = (at: number): Frames => framesFor(view, focusOf(beats[at], input.outside), lists)
  const at = beatAt(beats, playhead)
  const beat = beats[at]
  if (pinned !== null) return framesFor(view, withPinned(focusOf(beat, input.outside), pinned), lists)
  if (beat === undefined || playhead <= 0) return framesAt(0)
  const u = smooth(phase(playhead - beat.from, 0, MAKE_ROOM))
  return blendFrames(framesAt(Math.max(0, at - 1)), framesAt(at), u)
}

function rowsOf(id: CardId, state: StageState, context: ContentContext, input: SceneInput): Row[] {
  switch (id) {
    case 'client':
      return []
    case 'socket':
      return socketRows(state, context)
    case 'requestLine':
      return requestLineRows(state, context)
    case 'environ':
      return environRows(state, context)
    case 'startResponse':
      return startResponseRows(state, context)
    case 'response':
      return responseRows(state, context)
    case 'application': {
      const file = fileShown(state, input.appFile)
      const source = file === null ? undefined : input.sourceOf(file)
      return source === undefined ? [] : applicationRows(state, source, context)
    }
  }
}

/** A card is reached by the first thing that comes to it, be it only in the air. */
export function isReached(id: CardId, state: StageState): boolean {
  const flying = state.flight?.event.kind
  switch (id) {
    case 'client':
    case 'application':
      return true
    case 'socket':
      return (
        state.opened !== null ||
        state.received.length > 0 ||
        flying === 'connection.opened' ||
        flying === 'socket.received'
      )
    case 'requestLine':
      return state.requestLine !== null || flying === 'request.line'
    case 'environ':
      return state.environ !== null || flying === 'environ.built'
    case 'startResponse':
      // The handle that the application is given is tethered to this card.
      return (
        state.call !== null || state.startResponse !== null || flying === 'app.called' || flying === 'app.startResponse'
      )
    case 'response':
      return (
        state.chunks.length > 0 ||
        state.segments.length > 0 ||
        flying === 'app.yielded' ||
        flying === 'app.wrote' ||
        flying === 'response.serialized'
      )
  }
}

/** The beats in which what an application changes in its environ is shown. */
const WHILE_IT_RUNS: ReadonlySet<BeatKind> = new Set(['called', 'reads', 'answers'])

/** Which rows must be visible: the last of what has landed, or the line at work. */
function followedRow(
  id: CardId,
  rows: readonly Row[],
  hidden: ReadonlySet<string>,
  state: StageState,
  beat: Beat | undefined,
  visible: number,
): number {
  const pulling = beat?.kind === 'reads'
  if (id === 'application') return rows.findIndex(({ mark }) => mark === 'now' || mark === 'past')
  const flying = state.flight?.event.kind
  if (id === 'environ' && flying === 'environ.built') {
    return rows.findLastIndex((row) => row.tokens.some((token) => token.tone !== 'label' && !hidden.has(token.id)))
  }
  if (id === 'environ' && beat !== undefined && WHILE_IT_RUNS.has(beat.kind) && changedKeys(state).size > 0) {
    return rows.findIndex((row) => row.id === `${CHANGES}0`) + visible - 2
  }
  // A stream is followed to its end; an answer in one piece is read from its first line.
  if (id === 'response') return state.chunks.length > 1 && state.answered === null ? rows.length - 1 : 0
  if (id === 'socket') {
    const fault = rows.findIndex((row) => row.tokens.some((token) => token.fault === true))
    if (fault >= 0) return fault
    const unread = rows.findIndex((row) => row.id === 'unread0')
    if (unread >= 0 && state.requestLine === null) return unread + 2
    if (flying === 'input.read' || pulling) return rows.findIndex((row) => row.id === 'tray0') + 2
    return state.environ === null && state.requestLine === null ? rows.length - 1 : 0
  }
  return 0
}

export function layout(input: SceneInput): Scene {
  const { events, playhead, view, words } = input
  const mode = modeOf(view)
  const metrics = metricsOf(view)
  const folded = foldedOf(events)
  const { beats } = folded
  const beat = playhead > 0 ? beats[beatAt(beats, playhead)] : undefined
  const state = folded.at(playhead)
  const frames = blendedFrames(input, beats, state.listing !== null)
  // What is landing is laid out where it will be; it stays hidden until it is there.
  const after = state.flight === null ? state : { ...folded.at(state.landed + 1), flight: state.flight }
  const t = state.flight?.t ?? 0
  const focus = focusOf(beat, input.outside)

  const cards = {} as Record<CardId, Card>
  for (const id of CARDS) {
    const rect = frames.cards[id]
    const cols = Math.max(6, Math.floor((rect.w - 2 * metrics.pad) / metrics.cell))
    const landsHere = landedIn(state.flight?.event ?? null, id)
    const rows = rowsOf(id, landsHere ? after : { ...state }, { cols, words }, input)
    const hidden = landsHere ? hiddenTokens(id, rows, state, t) : NOTHING
    const footer = id === 'application' ? metrics.line * 1.9 : 0
    const foot = isReached(id, state) ? footNotes(id, state, { cols, words }) : []
    const footHeight = Math.min(footHeightOf(foot, metrics), (rect.h - metrics.title) * MOST_FOOT)
    const room = rect.h - metrics.title - metrics.pad * 0.8 - footer - footHeight
    const bodyHeight = Math.max(0, Math.floor(room / metrics.line) * metrics.line)
    const contentHeight = rows.length * metrics.line
    const followed = followedRow(id, rows, hidden, state, beat, bodyHeight / metrics.line)
    const follow = clamp(
      (followed + (id === 'application' ? 6 : 2)) * metrics.line - bodyHeight,
      0,
      Math.max(0, contentHeight - bodyHeight),
    )
    cards[id] = {
      id,
      rect,
      state: !isReached(id, state) ? 'unreached' : beat !== undefined && focus.includes(id) ? 'now' : 'open',
      chip: rect.h < metrics.title * 1.7 || rect.w < metrics.cell * (mode === 'wide' ? 9 : 15),
      rows,
      cols,
      scroll: input.scrolled[id] ?? follow,
      contentHeight,
      bodyHeight,
      foot,
      footTop: rect.h - footer - footHeight - 2,
      footHeight,
      hidden,
    }
  }

  const appCard = cards.application
  const nowRow = appCard.rows.findIndex((row) => row.mark === 'now')
  const toolY =
    nowRow < 0 || appCard.chip ? null : appCard.rect.y + metrics.title + (nowRow + 0.8) * metrics.line - appCard.scroll
  const points = mode === 'phone' ? phoneWirePoints(frames) : wirePoints(frames, metrics.title, toolY)
  const gate = gateOf(points, state, metrics)
  const { flights, tetherEnd } = flightsOf({ state, after, cards, points, metrics, frames, words })
  return {
    mode,
    metrics,
    frames,
    state,
    beats,
    beat,
    cards,
    listing: frames.listing === null ? null : listingCard(frames.listing, state, metrics, input),
    wires: wiresOf(points, state, mode),
    gate,
    flights,
    tetherEnd,
  }
}

/** The line that runs next stands below the one before it, where there is room for both. */
function listingCard(rect: Rect, state: StageState, metrics: Metrics, input: SceneInput): Card {
  const cols = Math.max(6, Math.floor((rect.w - 2 * metrics.pad) / metrics.cell))
  const { rows, shown } = listingRows(state, input.sourceOf, { cols, words: input.words })
  const bodyHeight = Math.max(0, Math.floor((rect.h - metrics.title - metrics.pad * 0.8) / metrics.line) * metrics.line)
  const contentHeight = rows.length * metrics.line
  const above = bodyHeight > 2 * metrics.line ? 1 : 0
  return {
    id: 'listing',
    rect,
    state: state.serverLine === null ? 'open' : 'now',
    chip: false,
    rows,
    cols,
    scroll: input.scrolled.listing ?? clamp((shown - above) * metrics.line, 0, Math.max(0, contentHeight - bodyHeight)),
    contentHeight,
    bodyHeight,
    foot: [],
    footTop: rect.h,
    footHeight: 0,
    hidden: NOTHING,
  }
}

/** Of a card below its title, the strip at its foot takes this much at most; it scrolls then. */
const MOST_FOOT = 0.5

function footHeightOf(foot: readonly FootNote[], metrics: Metrics): number {
  const lines = foot.reduce((sum, note) => sum + note.lines.length, 0)
  return lines === 0 ? 0 : lines * metrics.line + metrics.pad * 0.8
}

const NOTHING: ReadonlySet<string> = new Set()

/** Of a card that something is landing in: the tokens that are not there yet at `t`. */
function hiddenTokens(id: CardId, rows: readonly Row[], state: StageState, t: number): ReadonlySet<string> {
  const hidden = new Set<string>()
  const flying = state.flight?.event
  if (flying?.kind === 'environ.built') {
    const landing = rows.filter((row) => row.id.startsWith('group-') === false)
    for (const [index, row] of landing.entries()) {
      if (t < landingTime(index, landing.length)) for (const token of row.tokens) hidden.add(token.id)
    }
    return hidden
  }
  if (flying?.kind === 'response.serialized') {
    const first = flying.segments[0]?.start ?? 0
    const last = flying.segments.at(-1)?.end ?? first
    const reached = first + (last - first) * phase(t, 0.35, 1)
    for (const row of rows) {
      for (const token of row.tokens) {
        const offset = Number(token.id.slice(1))
        if (token.id.startsWith('o') && offset >= first && offset > reached) hidden.add(token.id)
      }
    }
    return hidden
  }
  for (const row of rows) {
    for (const token of row.tokens) {
      const note = id === 'startResponse' && (token.tone === 'plain' || token.tone === 'status')
      if (token.tone !== 'label' && (id === 'requestLine' || note || token.tone === 'soft')) hidden.add(token.id)
    }
  }
  return hidden
}

function gateOf(points: WirePoints, state: StageState, metrics: Metrics): Gate {
  const flying = state.flight?.event
  const opening = flying?.kind === 'response.serialized' && !state.gateOpen ? phase(state.flight?.t ?? 0, 0, 0.3) : 0
  const head = points.head[1] ?? { x: 0, y: 0 }
  const lane = points.chunks.find((point) => point.x === head.x) ?? head
  return {
    x: head.x,
    from: head.y - metrics.line,
    to: lane.y + metrics.line * 0.8,
    open: state.gateOpen ? 1 : smooth(opening),
  }
}

function wiresOf(points: WirePoints, story: StageState, mode: Mode): Wire[] {
  const states = wireStates(story)
  const wires: Wire[] = []
  for (const id of Object.keys(points) as WireId[]) {
    const state = states[id]
    if (!isDrawn(id, state, story, mode)) continue
    const label = id === 'headers' || id === 'chunks' || id === 'input' || id === 'cutShort' ? id : null
    wires.push({ id, points: points[id], state, label, labelAt: labelPoint(id, points[id]) })
  }
  return wires
}

function labelPoint(id: WireId, points: readonly Point[]): Point {
  if (id === 'cutShort') {
    const [from, to] = points
    return { x: from?.x ?? 0, y: ((from?.y ?? 0) + (to?.y ?? 0)) / 2 }
  }
  const [a, b] = id === 'headers' ? points.slice(2, 4) : id === 'chunks' ? points.slice(-3, -1) : points.slice(1, 3)
  if (a === undefined) return { x: 0, y: 0 }
  if (b === undefined) return a
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}
