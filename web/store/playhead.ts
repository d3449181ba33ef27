/**
 * Where the picture stands: one exchange, and a playhead in it. The playhead is a real number of events (flights
 * between two of them are in it too). All of it is data: `movePlayhead(state, action, world)` gives the next one and
 * changes nothing, so that it can be sent to somebody else, taken over, and held twice side by side.
 *
 * Following: while it is on, a request that arrives is shown and told from its beginning. A person who steps, seeks,
 * selects or pauses is looking at something, and is left alone until they ask for the newest or reach the last beat.
 *
 * Guided: whoever has never seen a trip reads the first one at their own pace. Each beat is played, and then waits for a
 * step forward; what arrives meanwhile waits as well, however much it is. It ends with the trip, or when they play it.
 * Longer than 250 lines: the reducer with all its actions, so that what may move a playhead is seen at once.
 */
import { assertNever } from '../../shared/assertNever.ts'
import type { Pace } from '../../shared/trace/pace.ts'
import { type Told, timesTold, withTold } from './familiarity.ts'
import type { Playback, PlayheadWorld } from './playback.ts'

export const SPEEDS = [0.5, 1, 2, 4] as const
export type Speed = (typeof SPEEDS)[number]
type Grain = 'beat' | 'event'

export interface Playhead {
  readonly exchange: number | null
  /** 0 is before the first event; the number of events is after the last. */
  readonly playhead: number
  /** Where a step leads: the picture is on its way there. Null while it is not. */
  readonly target: number | null
  readonly playing: boolean
  readonly speed: Speed
  readonly follow: boolean
  /** Whether playing ends with each beat, until the person has read it and steps on. */
  readonly guided: boolean
  /** The beat has been played, and is being read: nothing that arrives moves the picture on. */
  readonly reading: boolean
  /** What the last step was. */
  readonly grain: Grain
  /** Exchanges that began since this one was chosen. */
  readonly waiting: number
  /** Exchanges that were passed over to show this one. */
  readonly passedOver: number
  /** Chosen, and shown when its events have come: at this playhead, or (null) as it ended. */
  readonly awaited: { readonly exchange: number; readonly playhead: number | null } | null
  /** The running time in milliseconds, the playhead it led to (before stillness) and the speed that led there. */
  readonly clock: { readonly ms: number; readonly playhead: number; readonly speed: Speed; readonly shownMs: number }
  /** The step that the picture is on: from where, how long it has taken of how much, and how many waited as it began. */
  readonly glide: {
    readonly from: number
    readonly ms: number
    readonly total: number
    readonly waiting: number
  } | null
  /** How many events there were when the playhead was last put somewhere, and whether they were all. */
  readonly seen: { readonly events: number; readonly over: boolean }
  /** How many of each kind were told to their end, and which was the last. */
  readonly told: Told
  readonly lastTold: number | null
  /** How many like it were told before the exchange that is shown, as it was when it had so many events. */
  readonly familiarity: { readonly exchange: number | null; readonly events: number; readonly times: number }
}

/** What needs no more said than its name. */
export type Command =
  | 'first'
  | 'last'
  | 'stepBack'
  | 'stepForward'
  | 'stepEventBack'
  | 'stepEventForward'
  | 'play'
  | 'pause'
  /** What arrives next is shown, whatever is looked at now. */
  | 'followNext'
  | 'followNewest'

export type PlayheadAction =
  | { readonly type: Command }
  /** Puts the playhead there, at once. */
  | { readonly type: 'seek'; readonly playhead: number }
  /**
   * Shows an exchange at this playhead, or (null) as it ended; one that is still running is watched. Where its events are
   * not here, it is awaited.
   */
  | { readonly type: 'select'; readonly exchange: number; readonly playhead: number | null }
  /** The events of an exchange have come, or will not. */
  | { readonly type: 'came'; readonly exchange: number }
  | { readonly type: 'setSpeed'; readonly speed: Speed }
  /** Exchanges have begun, or there are more events: `exchanges` is how many began. */
  | { readonly type: 'arrived'; readonly exchanges: number }
  /** All that was known was replaced. `from` is the end of a run that goes on, or the beginning of a recording. */
  | { readonly type: 'restart'; readonly from: 'newest' | 'beginning' }
  /** `ms` milliseconds have passed. */
  | { readonly type: 'advance'; readonly ms: number }
  /** Stands where somebody else's stands. */
  | { readonly type: 'takeOver'; readonly snapshot: Playhead }

export const PLAYHEAD: Playhead = {
  exchange: null,
  playhead: 0,
  target: null,
  playing: false,
  speed: 1,
  follow: true,
  guided: false,
  reading: false,
  grain: 'beat',
  waiting: 0,
  passedOver: 0,
  awaited: null,
  clock: { ms: 0, playhead: 0, speed: 1, shownMs: 0 },
  glide: null,
  seen: { events: 0, over: false },
  told: {},
  lastTold: null,
  familiarity: { exchange: null, events: 0, times: 0 },
}

/** From here on, those who wait are not made to wait until the present one has been told. */
const SEVERAL = 3
/** But what is shown stays long enough to be seen. */
const SHOWN_AT_LEAST_MS = 2500
/** A step takes as long as the flight it shows, but nobody waits longer than this for a step. */
const STEP_MS = 650
const LEAST_STEP_MS = 120
const STEP_BACK_MS = 220
/** Two playheads that differ by less are the same. */
const SAME = 1e-6

/** The playhead after an action. The same object where nothing has changed. */
export function movePlayhead(before: Playhead, action: PlayheadAction, world: PlayheadWorld): Playhead {
  const state = familiar(before, world)
  const shown = world.playback(state.exchange)
  switch (action.type) {
    case 'first':
      return inspect(state, 0, 'beat', world)
    case 'last':
      return inspect(state, shown.events.length, 'beat', world)
    case 'stepBack':
      return step(state, shown.beats.findLast((beat) => beat.to < position(state))?.to ?? 0, 'beat', world)
    case 'stepForward': {
      if (state.guided && !isTold(state, shown)) return readOn(state, world)
      const next = shown.beats.find((beat) => beat.to > position(state))?.to
      return step(state, next ?? shown.events.length, 'beat', world)
    }
    case 'stepEventBack':
      return step(state, Math.ceil(position(state)) - 1, 'event', world)
    case 'stepEventForward':
      return step(state, Math.floor(position(state)) + 1, 'event', world)
    case 'seek':
      return inspect(state, action.playhead, state.grain, world)
    case 'play': {
      const from = position(state)
      if (shown.events.length === 0) return state
      const again = from >= shown.events.length && shown.over
      const unguided = { ...state, guided: false }
      if (state.guided && !again) return setOff(unguided, world)
      return { ...placed(unguided, again ? 0 : from, world), target: null, playing: true }
    }
    case 'pause':
      return { ...placed(state, position(state), world), target: null, playing: false, follow: false, reading: false }
    case 'followNext':
      return { ...state, follow: true, reading: false }
    case 'followNewest': {
      const following = { ...state, follow: true }
      return state.waiting > 0 || state.exchange !== world.newest ? newestShown(following, world) : following
    }
    case 'select':
      return select(state, action.exchange, action.playhead, world)
    case 'came': {
      const { awaited } = state
      if (awaited?.exchange !== action.exchange) return state
      const come = { ...state, awaited: null }
      return world.isWhole(action.exchange) ? select(come, action.exchange, awaited.playhead, world) : come
    }
    case 'setSpeed':
      return { ...state, speed: action.speed }
    case 'arrived':
      return arrived(state, action.exchanges, world)
    case 'restart':
      return restart(state, action.from, world)
    case 'advance':
      return advance(state, action.ms, world)
    case 'takeOver':
      return action.snapshot
    default:
      return assertNever(action)
  }
}

/** Where the picture stands, or is on its way to. */
const position = ({ target, playhead }: Playhead): number => target ?? playhead

/** The playhead stands at the end of all that there will be. */
const isTold = (state: Playhead, { events, over }: Playback): boolean => over && position(state) >= events.length

/** What is known of the exchange may have grown since, and with it what it is like. */
function familiar(state: Playhead, world: PlayheadWorld): Playhead {
  const { exchange, method, events, beats, over } = world.playback(state.exchange)
  const known = state.familiarity
  if (known.exchange === exchange && known.events === events.length) return state
  const times = timesTold(state.told, method, beats, over)
  return { ...state, familiarity: { exchange, events: events.length, times } }
}

const paceOf = ({ exchange, speed, familiarity }: Playhead, world: PlayheadWorld): Pace =>
  world.pace(exchange, speed, familiarity.times)

/** The running time by the pace as it is now: events that were added change nothing of what was told already. */
function runningMs({ clock, speed }: Playhead, pace: Pace): number {
  const runsOn = clock.speed === speed && Math.abs(pace.playheadAt(clock.ms) - clock.playhead) < SAME
  return runsOn ? clock.ms : pace.msAt(clock.playhead)
}

const look = ({ events, over }: Playback): Playhead['seen'] => ({ events: events.length, over })

/** The playhead put somewhere, with the clock set by it. */
function placed(before: Playhead, playhead: number, world: PlayheadWorld): Playhead {
  const state = familiar(before, world)
  const { speed } = state
  const clock = { ms: paceOf(state, world).msAt(playhead), playhead, speed, shownMs: state.clock.shownMs }
  return { ...state, playhead, clock, seen: look(world.playback(state.exchange)), glide: null }
}

const chosen = (state: Playhead, exchange: number, passedOver: number): Playhead => ({
  ...state,
  exchange,
  target: null,
  reading: false,
  waiting: 0,
  passedOver,
  awaited: null,
  clock: { ...state.clock, shownMs: 0 },
})

/** An exchange from its beginning. */
const shownFromStart = (state: Playhead, exchange: number, passedOver: number, world: PlayheadWorld): Playhead => ({
  ...placed(chosen(state, exchange, passedOver), 0, world),
  playing: true,
})

/** An exchange as it ended; one that is not over is watched on. */
function shownAtEnd(state: Playhead, exchange: number, world: PlayheadWorld): Playhead {
  const { events, over } = world.playback(exchange)
  return { ...placed(chosen(state, exchange, 0), events.length, world), playing: !over }
}

const newestShown = (state: Playhead, world: PlayheadWorld): Playhead =>
  world.newest > 0 ? shownFromStart(state, world.newest, Math.max(0, state.waiting - 1), world) : state

/** The exchange that is shown has been told to its end. */
function toldToEnd(state: Playhead, world: PlayheadWorld): Playhead {
  const { method, beats } = world.playback(state.exchange)
  return { ...state, told: withTold(state.told, method, beats), lastTold: state.exchange, guided: false }
}

/** Plays from where the picture stands, without the rest there: it has been read. */
function setOff(state: Playhead, world: PlayheadWorld): Playhead {
  const there = placed(state, position(state), world)
  const clock = { ...there.clock, ms: paceOf(there, world).leavesAt(there.playhead) }
  return { ...there, clock, target: null, playing: true, reading: false }
}

/** Who is guided has read the beat: the next one is played. One that is still on its way is there at once. */
function readOn(state: Playhead, world: PlayheadWorld): Playhead {
  if (!state.playing) return setOff(state, world)
  const end = endOfBeat(state, world)
  return end === undefined ? state : restedAt(state, end, world)
}

/** Where the beat ends that is being played. Undefined where all that is known has been told. */
const endOfBeat = ({ exchange, playhead }: Playhead, world: PlayheadWorld): number | undefined =>
  world.playback(exchange).beats.find(({ to }) => to > playhead)?.to

/** Who is guided reads the beat that ends there. The last one is the end of being guided, and the picture rests with it. */
function restedAt(state: Playhead, end: number, world: PlayheadWorld): Playhead {
  const rested = { ...placed(state, end, world), target: null, playing: false }
  const last = isTold(rested, world.playback(state.exchange))
  return last ? { ...toldToEnd(rested, world), follow: true } : { ...rested, reading: true }
}

/** The person moves the playhead. At the end of it all there is nothing left to inspect, and following resumes. */
function inspect(state: Playhead, playhead: number, grain: Grain, world: PlayheadWorld, glides = false): Playhead {
  if (state.exchange === null) return state
  const { events, over } = world.playback(state.exchange)
  const to = Math.max(0, Math.min(playhead, events.length))
  const atEnd = to === events.length && over
  const still = { ...state, playing: false, follow: atEnd, reading: false, grain }
  const moved: Playhead =
    glides && !world.still && to !== state.playhead
      ? { ...still, target: to, glide: glideTo(state, to, world) }
      : { ...placed(still, to, world), target: null }
  return atEnd && state.lastTold !== state.exchange ? toldToEnd(moved, world) : moved
}

const step = (state: Playhead, to: number, grain: Grain, world: PlayheadWorld): Playhead =>
  inspect(state, to, grain, world, true)

function glideTo(state: Playhead, to: number, world: PlayheadWorld): Playhead['glide'] {
  const pace = paceOf(state, world)
  const flight = pace.msAt(to) - pace.msAt(state.playhead)
  const total = to < state.playhead ? STEP_BACK_MS : Math.max(LEAST_STEP_MS, Math.min(STEP_MS, flight))
  return { from: state.playhead, ms: 0, total, waiting: state.waiting }
}

function select(state: Playhead, exchange: number, playhead: number | null, world: PlayheadWorld): Playhead {
  const next =
    exchange === state.exchange
      ? { ...state, awaited: null }
      : world.isWhole(exchange)
        ? shownAtEnd(state, exchange, world)
        : { ...state, awaited: { exchange, playhead } }
  const left = { ...next, follow: false }
  if (playhead === null || exchange !== left.exchange) return left
  // A moment that a link leads to has not been read up to.
  return { ...inspect(left, playhead, left.grain, world), guided: state.guided }
}

function arrived(state: Playhead, exchanges: number, world: PlayheadWorld): Playhead {
  const { follow, playing, target, seen } = state
  const rests = !playing && target === null
  const next = exchanges > 0 ? { ...state, waiting: state.waiting + exchanges } : state
  const free = follow && rests && !state.reading
  if (state.exchange === null || (free && exchanges > 0)) return newestShown(next, world)
  // What stood at the end stays at the end: the connection closes some seconds after the answer.
  const stoodAtEnd = rests && state.playhead === seen.events && seen.events > 0
  const { events, beats } = world.playback(state.exchange)
  if (!stoodAtEnd || !(follow || seen.over) || events.length === seen.events) return next
  if (state.guided && seen.over) return placed(next, events.length, world)
  // What comes of the beat that is being read belongs to it; the next one waits.
  const waits = state.reading && beats.some(({ to }) => to === state.playhead)
  return waits ? next : { ...next, playing: true, reading: false }
}

function restart(state: Playhead, from: 'newest' | 'beginning', world: PlayheadWorld): Playhead {
  const { speed, grain, guided } = state
  const clock = { ...PLAYHEAD.clock, speed }
  const fresh: Playhead = { ...PLAYHEAD, speed, grain, guided, clock, follow: from === 'newest' }
  const exchange = from === 'newest' ? world.newest : world.oldest
  if (exchange === 0) return fresh
  return from === 'newest' ? shownAtEnd(fresh, exchange, world) : shownFromStart(fresh, exchange, 0, world)
}

function advance(state: Playhead, ms: number, world: PlayheadWorld): Playhead {
  const { glide, target } = state
  if (glide !== null && target !== null) {
    const passed = glide.ms + ms
    if (passed < glide.total) {
      const playhead = glide.from + ((target - glide.from) * passed) / glide.total
      return { ...state, playhead, glide: { ...glide, ms: passed } }
    }
    const there = { ...placed(state, target, world), target: null }
    // Who came while the last step was still on its way.
    return state.follow && state.waiting > glide.waiting ? newestShown(there, world) : there
  }
  return state.playing ? played(state, ms, world) : state
}

function played(state: Playhead, elapsed: number, world: PlayheadWorld): Playhead {
  const shown = world.playback(state.exchange)
  const pace = paceOf(state, world)
  const end = state.guided ? endOfBeat(state, world) : undefined
  const ms = Math.min(runningMs(state, pace) + elapsed, pace.totalMs)
  if (end !== undefined && ms >= pace.msAt(end)) return restedAt(state, end, world)
  const at = pace.playheadAt(ms)
  const { speed, follow, waiting } = state
  const clock = { ms, playhead: at, speed, shownMs: state.clock.shownMs + elapsed }
  const next = { ...state, playhead: world.still ? Math.floor(at) : at, clock, seen: look(shown) }
  if (ms >= pace.totalMs && shown.over) {
    const told = toldToEnd(next, world)
    return follow && waiting > 0 ? newestShown(told, world) : { ...told, playing: false, follow: true }
  }
  const hurried = follow && !state.guided && waiting >= SEVERAL && clock.shownMs >= SHOWN_AT_LEAST_MS
  return hurried ? newestShown(next, world) : next
}
