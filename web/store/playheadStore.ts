/** A playhead that components can subscribe to: a thin shell over the reducer, with a method for each action. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Beat } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { Playbacks, type PlaybacksOptions } from './playback.ts'
import { type Command, movePlayhead, PLAYHEAD, type Playhead, type PlayheadAction, type Speed } from './playhead.ts'

export interface PlayheadState extends Playhead {
  first(): void
  last(): void
  stepBack(): void
  stepForward(): void
  stepEventBack(): void
  stepEventForward(): void
  play(): void
  pause(): void
  seek(playhead: number): void
  select(exchange: number, playhead?: number): void
  came(exchange: number): void
  /** What arrives next is shown, whatever is looked at now. */
  followNext(): void
  followNewest(): void
  setSpeed(speed: Speed): void
  arrived(exchanges: number): void
  restart(from: 'newest' | 'beginning'): void
  advance(ms: number): void
  /** Where it stands, as plain data: it survives JSON. */
  snapshot(): Playhead
  /** Stands where somebody else's stands, in the same trace. */
  takeOver(snapshot: Playhead): void
  /** The events of the exchange that is shown; the same array as long as nothing was added. */
  events(): readonly TraceEvent[]
  beats(): readonly Beat[]
}

export type PlayheadStore = StoreApi<PlayheadState>

export interface PlayheadStoreOptions extends PlaybacksOptions {
  /** Whether the first trip is read beat by beat. */
  guided: boolean
}

export function createPlayheadStore(options: PlayheadStoreOptions): PlayheadStore {
  const playbacks = new Playbacks(options)
  return createStore<PlayheadState>()((set, get) => {
    const act = (action: PlayheadAction): void => {
      const before = get()
      const after = movePlayhead(before, action, playbacks)
      if (after !== before) set(after)
    }
    const on = (type: Command) => () => act({ type })
    return {
      ...PLAYHEAD,
      guided: options.guided,
      first: on('first'),
      last: on('last'),
      stepBack: on('stepBack'),
      stepForward: on('stepForward'),
      stepEventBack: on('stepEventBack'),
      stepEventForward: on('stepEventForward'),
      play: on('play'),
      pause: on('pause'),
      followNext: on('followNext'),
      followNewest: on('followNewest'),
      seek: (playhead) => act({ type: 'seek', playhead }),
      select: (exchange, playhead) => act({ type: 'select', exchange, playhead: playhead ?? null }),
      came: (exchange) => act({ type: 'came', exchange }),
      setSpeed: (speed) => act({ type: 'setSpeed', speed }),
      arrived: (exchanges) => act({ type: 'arrived', exchanges }),
      restart(from) {
        playbacks.forget()
        act({ type: 'restart', from })
      },
      advance: (ms) => act({ type: 'advance', ms }),
      snapshot: () => snapshotOf(get()),
      takeOver: (snapshot) => act({ type: 'takeOver', snapshot }),
      events: () => playbacks.playback(get().exchange).events,
      beats: () => playbacks.playback(get().exchange).beats,
    }
  })
}

function snapshotOf(state: Playhead): Playhead {
  const { exchange, playhead, target, playing, speed, follow, guided, reading, grain } = state
  const { waiting, passedOver, awaited, clock, glide, seen, told, lastTold, familiarity } = state
  const where = { exchange, playhead, target, playing, speed, follow, guided, reading, grain }
  return { ...where, waiting, passedOver, awaited, clock, glide, seen, told, lastTold, familiarity }
}
