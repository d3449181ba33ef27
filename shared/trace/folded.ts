/**
 * The fold of a list of events, remembered: each event is folded once, however often the picture is drawn, and a list that
 * has grown is folded on from where it ended. The result is that of `fold` and `beatsOf`, always.
 */
import { type Beat, type BeatsSoFar, extendBeats, NO_BEATS } from './beats.ts'
import type { TraceEvent } from './events.ts'
import { ExchangeBytes } from './exchangeBytes.ts'
import { apply, copyOf, initialState, pictured, type StageState } from './fold.ts'

/** A state is kept behind every so many events, for those who look back. */
const EVERY = 256

/** States that were asked for last: the one at the playhead, the one after it, the ends of beats. */
const RECENT = 24

export class Folded {
  #events: readonly TraceEvent[] = []
  #bytes = new ExchangeBytes()
  #beats: BeatsSoFar = NO_BEATS
  /** The state before the event `n * EVERY`, by `n`. */
  readonly #kept: StageState[] = []
  /** By the number of events that have landed; without what the whole list says. */
  readonly #recent = new Map<number, StageState>()

  constructor(events: readonly TraceEvent[]) {
    this.extend(events)
  }

  get events(): readonly TraceEvent[] {
    return this.#events
  }

  get beats(): readonly Beat[] {
    return this.#beats.beats
  }

  /** @param events the same, and more. */
  extend(events: readonly TraceEvent[]): void {
    const before = this.#events.length
    const { listing } = this.#bytes
    for (let i = before; i < events.length; i++) {
      const event = events[i]
      if (event !== undefined) this.#bytes.take(event)
    }
    this.#beats = extendBeats(this.#beats, events, before)
    this.#events = events
    // What a line of it means depends on which server it is.
    if (this.#bytes.listing !== listing) {
      this.#kept.length = 0
      this.#recent.clear()
    }
  }

  /** Whether `events` begin with those that are folded. */
  isPrefixOf(events: readonly TraceEvent[]): boolean {
    return this.#events.length <= events.length && this.#events.every((event, at) => event === events[at])
  }

  /** @param playhead from 0 to the number of events. */
  at(playhead: number): StageState {
    const landed = Math.max(0, Math.min(Math.floor(playhead), this.#events.length))
    return pictured(this.#landed(landed), this.#bytes, this.#events, playhead)
  }

  #landed(count: number): StageState {
    const recent = this.#recent.get(count)
    if (recent !== undefined) return recent
    const state = copyOf(this.#nearest(count))
    for (let i = state.landed; i < count; i++) {
      const event = this.#events[i]
      if (event !== undefined) apply(state, event)
      state.landed = i + 1
      if (state.landed % EVERY === 0) this.#kept[state.landed / EVERY] ??= copyOf(state)
    }
    if (this.#recent.size >= RECENT) this.#recent.delete(this.#recent.keys().next().value ?? 0)
    this.#recent.set(count, state)
    return state
  }

  /** The last state that is kept and not behind `count`. */
  #nearest(count: number): StageState {
    let nearest = this.#kept[Math.min(Math.floor(count / EVERY), this.#kept.length - 1)] ?? this.#first()
    for (const [landed, state] of this.#recent) {
      if (landed <= count && landed > nearest.landed) nearest = state
    }
    return nearest
  }

  #first(): StageState {
    const state = initialState()
    state.listing = this.#bytes.listing
    return state
  }
}

/**
 * Lists that were asked for last: the exchange that is shown, and one or two that were shown before. Safe to share: what is
 * remembered of a list of events is a function of it, such lists never change, and only so many are kept.
 */
const REMEMBERED = 4
const remembered: Folded[] = []

/** The fold of these events; what is remembered of them, or of their beginning, is used. */
export function foldedOf(events: readonly TraceEvent[]): Folded {
  const at = remembered.findIndex((folded) => folded.events === events)
  const known =
    at >= 0 ? remembered[at] : remembered.find((folded) => folded.events.length > 0 && folded.isPrefixOf(events))
  const folded = known ?? new Folded(events)
  if (folded.events !== events) folded.extend(events)
  if (known !== undefined) remembered.splice(remembered.indexOf(known), 1)
  remembered.unshift(folded)
  remembered.length = Math.min(remembered.length, REMEMBERED)
  return folded
}
