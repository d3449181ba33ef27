/**
 * `layout`: the picture as shapes, from the trace, the playhead and the size of the window. Everything that is drawn is
 * here; components only turn it into elements.
 */
import { type Beat, beatAt } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { StageState } from '../../shared/trace/fold.ts'
import { foldedOf } from '../../shared/trace/folded.ts'
import type { CardId, PerCard } from './cardId.ts'
import { blendLayouts, cardLayout, enlargedRect, focusOf } from './cardLayout.ts'
import { type CardContext, type CardDefinition, type Fading, following, type Legend } from './cards/card.ts'
import type { Row } from './content/content.ts'
import { type FootNote, footNotes } from './content/findings.ts'
import type { SourceView } from './content/sourceRows.ts'
import type { Deployment } from './deployments/deployment.ts'
import { flightsOf } from './flights/flights.ts'
import type { Flight } from './flights/inFlight.ts'
import { type Gate, gateOf, usesGate } from './gate.ts'
import { clamp, type Point, phase, type Rect, smooth } from './geometry.ts'
import { edgeLabels, gateLabel, type Label, wireLabels } from './labels.ts'
import type { CardLayout } from './layouts/layout.ts'
import { linePlaces } from './linePlaces.ts'
import { type Metrics, type Mode, metricsOf, modeOf, type View } from './metrics.ts'
import { phoneWirePoints, type Wire, wirePoints } from './wires.ts'
import { wiresOf } from './wiring.ts'
import type { StageWords } from './words.ts'

export type CardState = 'unreached' | 'open' | 'now'

export interface Card {
  readonly id: CardId
  /** On its badge; null where it is none of the five stages. */
  readonly number: string | null
  readonly rect: Rect
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
  /** What its tones mean, at its foot. */
  readonly legend: readonly Legend[]
  /** Tokens that have not landed yet. */
  readonly hidden: ReadonlySet<string>
  /** Tokens that are coming into sight; null where none are. */
  readonly fading: Fading | null
}

export interface Scene {
  readonly mode: Mode
  readonly metrics: Metrics
  readonly deployment: Deployment
  /** Where the cards stand. */
  readonly places: CardLayout
  readonly state: StageState
  readonly beats: readonly Beat[]
  readonly beat: Beat | undefined
  readonly cards: PerCard<Card>
  readonly wires: readonly Wire[]
  /** Null where there is none, or nothing to hold back: a refusal goes out at once. */
  readonly gate: Gate | null
  readonly labels: readonly Label[]
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
  readonly deployment: Deployment
  /** The application's main file, shown before it is called. */
  readonly appFile: string | null
  /** A chip that the reader has opened: it takes the place of the first of the two cards that matter. */
  readonly pinned: CardId | null
  /** Columns that the reader has folded away: the client's, the application's. */
  readonly folded: ReadonlySet<CardId>
  /** The card that the reader has enlarged: it stands over all others. */
  readonly enlarged: CardId | null
  /** Where the reader has scrolled a card to, in pixels. */
  readonly scrolled: Partial<Record<CardId, number>>
}

/** The part of a beat's first flight in which the cards make room. */
const MAKE_ROOM = 0.55

function blendedLayout(input: SceneInput, beats: readonly Beat[]): CardLayout {
  const { view, playhead, pinned, folded, deployment } = input
  const closed = input.events.length === 0
  const layoutAt = (at: number): CardLayout => cardLayout({ view, beat: beats[at], deployment, pinned, folded, closed })
  const at = beatAt(beats, playhead)
  const beat = beats[at]
  if (pinned !== null) return layoutAt(at)
  if (beat === undefined || playhead <= 0) return layoutAt(0)
  const u = smooth(phase(playhead - beat.from, 0, MAKE_ROOM))
  return blendLayouts(layoutAt(Math.max(0, at - 1)), layoutAt(at), u)
}

/** What the cards of one picture have in common. */
interface Moment {
  readonly input: SceneInput
  readonly metrics: Metrics
  readonly mode: Mode
  readonly state: StageState
  /** The state once what is in flight has landed. */
  readonly after: StageState
  readonly beat: Beat | undefined
}

export function layout(input: SceneInput): Scene {
  const { events, playhead, view, words, deployment } = input
  const mode = modeOf(view)
  const metrics = metricsOf(view)
  const folded = foldedOf(events)
  const { beats } = folded
  const beat = playhead > 0 ? beats[beatAt(beats, playhead)] : undefined
  const state = folded.at(playhead)
  const places = blendedLayout(input, beats)
  // What is landing is laid out where it will be; it stays hidden until it is there.
  const after = state.flight === null ? state : { ...folded.at(state.landed + 1), flight: state.flight }
  const moment: Moment = { input, metrics, mode, state, after, beat }
  const cards = {} as { -readonly [Id in keyof PerCard<Card>]: PerCard<Card>[Id] }
  for (const definition of deployment.cards) {
    const rect = definition.id === input.enlarged ? enlargedRect(view) : places.cards[definition.id]
    if (rect !== undefined) cards[definition.id] = cardOf(definition, rect, moment)
  }
  const points =
    mode === 'phone'
      ? phoneWirePoints(places)
      : wirePoints(places, metrics, linePlaces(cards.application, after, metrics))
  const { flights, tetherEnd } = flightsOf({ state, after, cards, points, metrics, places, words, width: view.width })
  const wires = wiresOf(points, state, mode, deployment, (id) => isThere(cards[id], metrics))
  const hasGate = deployment.wires.gate && mode !== 'phone' && usesGate(state) && isThere(cards.response, metrics)
  const gate = hasGate ? gateOf(points, state, metrics) : null
  return {
    mode,
    metrics,
    deployment,
    places,
    state,
    beats,
    beat,
    cards,
    wires,
    gate,
    labels:
      mode === 'phone'
        ? []
        : [
            ...wireLabels(wires, state, words, metrics),
            ...(gate === null ? [] : [gateLabel(gate, words, metrics)]),
            ...edgeLabels(places.server, words, metrics),
          ],
    flights,
    tetherEnd,
  }
}

/** Whether a card has a place in the picture yet: it rises from the foot of its column. */
export const isThere = (card: Card | undefined, { title }: Metrics): boolean =>
  card !== undefined && card.rect.h > title * LEAST_TITLE

/** A card that is lower than this part of its title bar is not drawn. */
const LEAST_TITLE = 0.9

/** The cards that are stages of a request, in their order. */
export const stageCards = ({ deployment, cards }: Scene): Card[] =>
  deployment.cards.flatMap(({ id }) => {
    const card = cards[id]
    return card === undefined || card.number === null ? [] : [card]
  })

/** The least cells that a card's content needs; a narrower card is a chip. */
const LEAST_COLS = 6
const CHIP_CELLS = { wide: 9, compact: 15, phone: 15 } as const
/** A card that is lower than so many title bars is a chip. */
const CHIP_TITLES = 1.7
/** Below the rows, in paddings. */
const BELOW_ROWS = 0.8
/** The line at the foot of a card that says where it stands, in lines. */
const STATUS_LINES = 1.9

function cardOf(definition: CardDefinition, rect: Rect, { input, metrics, mode, state, after, beat }: Moment): Card {
  const { id } = definition
  const { words, sourceOf, appFile } = input
  const cols = Math.max(LEAST_COLS, Math.floor((rect.w - 2 * metrics.pad) / metrics.cell))
  const context: CardContext = { cols, words, sourceOf, appFile }
  const isReached = definition.isReached(state)
  const { flight } = state
  const landsHere = flight !== null && definition.landing?.has(flight.event.kind) === true
  const rows = definition.rows(landsHere ? after : state, context)
  const hidden = (landsHere ? definition.hidden?.(rows, state, flight.t) : undefined) ?? NOTHING
  const legend = definition.legend?.(state, words) ?? []
  const footer =
    definition.status !== undefined
      ? metrics.line * STATUS_LINES
      : legend.length === 0
        ? 0
        : metrics.line * legend.length + metrics.pad
  const isChecked = definition.isChecked?.(state) === true
  const foot = isReached ? footNotes(id, state, context, isChecked, id === input.enlarged) : []
  const footHeight = Math.min(footHeightOf(foot, metrics), (rect.h - metrics.title) * MOST_FOOT)
  const room = rect.h - metrics.title - metrics.pad * BELOW_ROWS - footer - footHeight
  const bodyHeight = Math.max(0, Math.floor(room / metrics.line) * metrics.line)
  const contentHeight = rows.length * metrics.line
  const visible = bodyHeight / metrics.line
  const first = definition.firstRow?.({ rows, hidden, state, beat, visible }) ?? following(0, visible)
  const isAtWork = definition.isAtWork?.(state) ?? (beat !== undefined && focusOf(beat, input.deployment).includes(id))
  return {
    id,
    number: definition.number,
    rect,
    state: !isReached ? 'unreached' : isAtWork ? 'now' : 'open',
    chip: rect.h < metrics.title * CHIP_TITLES || rect.w < metrics.cell * CHIP_CELLS[mode],
    rows,
    cols,
    scroll: input.scrolled[id] ?? clamp(first * metrics.line, 0, Math.max(0, contentHeight - bodyHeight)),
    contentHeight,
    bodyHeight,
    foot,
    footTop: rect.h - footer - footHeight - 2,
    footHeight,
    legend,
    hidden,
    fading: landsHere ? (definition.fading?.(rows, state, flight.t) ?? null) : null,
  }
}

/** Of a card below its title, the strip at its foot takes this much at most; it scrolls then. */
const MOST_FOOT = 0.5

function footHeightOf(foot: readonly FootNote[], metrics: Metrics): number {
  const lines = foot.reduce((sum, note) => sum + note.lines.length, 0)
  return lines === 0 ? 0 : lines * metrics.line + metrics.pad * BELOW_ROWS
}

const NOTHING: ReadonlySet<string> = new Set()
