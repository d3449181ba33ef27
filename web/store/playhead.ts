/**
 * Where the picture stands: one exchange, and a playhead in it. The playhead is a real number of events (flights
 * between two of them are in it too). `advance` moves it by elapsed time; nothing else does, but the person.
 *
 * Following: while it is on, a request that arrives is shown and told from its beginning. A person who steps, seeks,
 * selects or pauses is looking at something, and is left alone until they ask for the newest or reach the last beat.
 */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Beat } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { Pace } from '../../shared/trace/pace.ts'
import type { TraceStore } from './trace.ts'
import { createTripTeller } from './trip.ts'

export const SPEEDS = [0.5, 1, 2, 4] as const
export type Speed = (typeof SPEEDS)[number]
type Grain = 'beat' | 'event'

export interface PlayheadState {
  exchange: number | null
  /** 0 is before the first event; the number of events is after the last. */
  playhead: number
  /** Where a step leads: the picture is on its way there. Null while it is not. */
  target: number | null
  playing: boolean
  speed: Speed
  follow: boolean
  /** What the last step was. */
  grain: Grain
  /** Exchanges that began since this one was chosen. */
  waiting: number
  /** Exchanges that were passed over to show this one. */
  passedOver: number
  /** Chosen, and shown when its events have come: at this playhead, or (null) as it ended. */
  awaited: { readonly exchange: number; readonly playhead: number | null } | null
  first(): void
  last(): void
  stepBack(): void
  stepForward(): void
  stepEventBack(): void
  stepEventForward(): void
  play(): void
  pause(): void
  /** Puts the playhead there, at once. */
  seek(playhead: number): void
  /**
   * Shows an exchange at this playhead, or as it ended; one that is still running is watched. Where its events are not here,
   * it is awaited.
   */
  select(id: number, playhead?: number): void
  /** The events of an exchange have come, or will not. */
  came(id: number): void
  followNewest(): void
  setSpeed(speed: Speed): void
  /** Exchanges have begun, or there are more events: `arrived` is how many began. */
  arrived(arrived: number): void
  /** All that was known was replaced. `from` is the end of a run that goes on, or the beginning of a recording. */
  restart(from: 'newest' | 'beginning'): void
  /** `ms` milliseconds have passed. */
  advance(ms: number): void
  /** The events of the exchange that is shown; the same array as long as nothing was added. */
  events(): readonly TraceEvent[]
  beats(): readonly Beat[]
}

export type PlayheadStore = StoreApi<PlayheadState>

export interface PlayheadOptions {
  trace: TraceStore
  /** How long the caption of a beat takes to read. */
  readingMs: (events: readonly TraceEvent[], beat: Beat) => number
  /** Whether the person asked for less motion: then the playhead goes from event to event, and is never between two. */
  stillness: () => boolean
}

/** From here on, those who wait are not made to wait until the present one has been told. */
const SEVERAL = 3
/** But what is shown stays long enough to be seen. */
const SHOWN_AT_LEAST_MS = 2500
/** A step takes as long as the flight it shows, but nobody waits longer than this for a step. */
const STEP_MS = 650
const STEP_BACK_MS = 220

export function createPlayheadStore({ trace, readingMs, stillness }: PlayheadOptions): PlayheadStore {
  /** The running time, the playhead it led to (before stillness), and the pace that led there. */
  const clock: { ms: number; playhead: number; pace: Pace | null; speed: number; shownMs: number } = {
    ms: 0,
    playhead: 0,
    pace: null,
    speed: 1,
    shownMs: 0,
  }
  let glide: { from: number; ms: number; total: number; waiting: number } | null = null
  /** How many events there were when the playhead was last put somewhere, and whether they were all. */
  let seen = { events: 0, over: false }
  let lastTold: number | null = null

  return createStore<PlayheadState>()((set, get) => {
    const teller = createTripTeller({
      trace,
      exchange: () => get().exchange,
      speed: () => get().speed,
      readingMs,
    })
    const present = teller.trip
    const over = teller.isOver
    const told = () => {
      lastTold = get().exchange
      teller.told()
    }
    /** The pace, with the clock set by it. */
    const timed = (): Pace => {
      const pace = teller.pace()
      const { speed } = get()
      if (clock.pace !== pace) {
        // More events change nothing of what was told already, so the time runs on, in a rest as well as in a flight.
        const runsOn = clock.speed === speed && Math.abs(pace.playheadAt(clock.ms) - clock.playhead) < 1e-6
        if (!runsOn) clock.ms = pace.msAt(clock.playhead)
        clock.pace = pace
        clock.speed = speed
      }
      return pace
    }
    const still = (playhead: number): number => (stillness() ? Math.floor(playhead) : playhead)
    const look = () => {
      seen = { events: present().events.length, over: over() }
    }
    const place = (playhead: number): number => {
      clock.playhead = playhead
      clock.ms = timed().msAt(playhead)
      look()
      glide = null
      return playhead
    }
    const show = (id: number, passedOver: number) => {
      set({ exchange: id, playhead: 0, target: null, playing: true, waiting: 0, passedOver, awaited: null })
      clock.shownMs = 0
      place(0)
    }
    /** Puts the playhead at the end of an exchange, and watches on if that is not over. */
    const showEnd = (id: number) => {
      set({ exchange: id, target: null, waiting: 0, passedOver: 0, awaited: null })
      clock.shownMs = 0
      set({ playhead: place(present().events.length), playing: !over() })
    }
    /** The person moves the playhead. At the end of it all there is nothing left to inspect, and following resumes. */
    const inspect = (playhead: number, grain: Grain, glides: boolean) => {
      if (get().exchange === null) return
      const { events } = present()
      const to = Math.max(0, Math.min(playhead, events.length))
      const atEnd = to === events.length && over()
      set({ playing: false, follow: atEnd, grain })
      if (glides && !stillness() && to !== get().playhead) {
        glide = { from: get().playhead, ms: 0, total: stepMs(get().playhead, to), waiting: get().waiting }
        set({ target: to })
      } else set({ playhead: place(to), target: null })
      if (atEnd && lastTold !== get().exchange) told()
    }
    const stepMs = (from: number, to: number): number => {
      if (to < from) return STEP_BACK_MS
      const pace = timed()
      const flight = pace.msAt(to) - pace.msAt(from)
      return Math.max(120, Math.min(STEP_MS, flight))
    }
    const position = (): number => get().target ?? get().playhead
    const showNewest = () => {
      const { newest } = trace.getState()
      if (newest > 0) show(newest, Math.max(0, get().waiting - 1))
    }
    const finish = () => {
      told()
      if (get().follow && get().waiting > 0) showNewest()
      else set({ playing: false, follow: true })
    }

    return {
      exchange: null,
      playhead: 0,
      target: null,
      playing: false,
      speed: 1,
      follow: true,
      events: () => present().events,
      beats: () => present().beats,
      grain: 'beat',
      waiting: 0,
      passedOver: 0,
      awaited: null,
      first: () => inspect(0, 'beat', false),
      last: () => inspect(present().events.length, 'beat', false),
      stepBack() {
        const { beats } = present()
        inspect(beats.findLast((beat) => beat.to < position())?.to ?? 0, 'beat', true)
      },
      stepForward() {
        const { beats, events } = present()
        inspect(beats.find((beat) => beat.to > position())?.to ?? events.length, 'beat', true)
      },
      stepEventBack: () => inspect(Math.ceil(position()) - 1, 'event', true),
      stepEventForward: () => inspect(Math.floor(position()) + 1, 'event', true),
      play() {
        const { events } = present()
        const from = position()
        if (events.length === 0) return
        const again = from >= events.length && over()
        set({ playhead: place(again ? 0 : from), target: null, playing: true })
      },
      pause: () => set({ playhead: place(position()), target: null, playing: false, follow: false }),
      seek: (playhead) => inspect(playhead, get().grain, false),
      select(id, playhead) {
        if (id === get().exchange) set({ awaited: null })
        else if (trace.getState().index.isWhole(id)) showEnd(id)
        else set({ awaited: { exchange: id, playhead: playhead ?? null } })
        set({ follow: false })
        if (playhead !== undefined && id === get().exchange) get().seek(playhead)
      },
      came(id) {
        const { awaited } = get()
        if (awaited?.exchange !== id) return
        set({ awaited: null })
        if (trace.getState().index.isWhole(id)) get().select(id, awaited.playhead ?? undefined)
      },
      followNewest() {
        set({ follow: true })
        if (get().waiting > 0 || get().exchange !== trace.getState().newest) showNewest()
      },
      setSpeed: (speed) => set({ speed }),
      arrived(arrived) {
        const state = get()
        if (state.exchange === null || (state.follow && !state.playing && state.target === null && arrived > 0)) {
          set({ waiting: state.waiting + arrived })
          showNewest()
          return
        }
        if (arrived > 0) set({ waiting: state.waiting + arrived })
        // What stood at the end stays at the end: the connection closes some seconds after the answer.
        const stoodAtEnd = !state.playing && state.target === null && state.playhead === seen.events && seen.events > 0
        const letGoOn = state.follow || seen.over
        if (stoodAtEnd && letGoOn && present().events.length > seen.events) set({ playing: true })
      },
      restart(from) {
        teller.forget()
        lastTold = null
        const { index, newest } = trace.getState()
        const id = from === 'newest' ? newest : (index.exchanges[0]?.id ?? 0)
        set({ follow: from === 'newest', playhead: 0, target: null, playing: false, waiting: 0, passedOver: 0 })
        set({ awaited: null })
        if (id === 0) set({ exchange: null })
        else if (from === 'newest') showEnd(id)
        else show(id, 0)
      },
      advance(ms) {
        const state = get()
        if (glide !== null && state.target !== null) {
          glide.ms += ms
          const { from, total, waiting } = glide
          if (glide.ms < total) {
            set({ playhead: from + ((state.target - from) * glide.ms) / total })
            return
          }
          set({ playhead: place(state.target), target: null })
          // Who came while the last step was still on its way.
          if (state.follow && state.waiting > waiting) showNewest()
          return
        }
        if (!state.playing) return
        const now = timed()
        clock.ms = Math.min(clock.ms + ms, now.totalMs)
        clock.playhead = now.playheadAt(clock.ms)
        clock.shownMs += ms
        look()
        const playhead = still(clock.playhead)
        if (playhead !== state.playhead) set({ playhead })
        if (clock.ms >= now.totalMs && over()) finish()
        else if (state.follow && state.waiting >= SEVERAL && clock.shownMs >= SHOWN_AT_LEAST_MS) showNewest()
      },
    }
  })
}
