/** What a playhead moves in: the events of an exchange, their beats, and how fast they are told. */
import type { Beat } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { foldedOf } from '../../shared/trace/folded.ts'
import { type Pace, paceOf } from '../../shared/trace/pace.ts'
import { isOver } from '../../shared/trace/summary.ts'
import type { TraceStore } from './trace.ts'

export interface Playback {
  readonly exchange: number | null
  readonly method: string | null
  readonly events: readonly TraceEvent[]
  readonly beats: readonly Beat[]
  /** Whether nothing more will come, but the end of the connection. */
  readonly over: boolean
}

/** What the reducer of a playhead may ask of the trace; it changes nothing there. */
export interface PlayheadWorld {
  /** The exchange that began last, and the first that is kept; 0 where there is none. */
  readonly newest: number
  readonly oldest: number
  /** Whether the events of this exchange are here, and not its summary alone. */
  isWhole(exchange: number): boolean
  playback(exchange: number | null): Playback
  /** How fast an exchange is told to somebody who has seen `familiarity` others like it. */
  pace(exchange: number | null, speed: number, familiarity: number): Pace
  /** Whether the person asked for less motion: then the playhead goes from event to event, and is never between two. */
  readonly still: boolean
}

export interface PlaybacksOptions {
  trace: TraceStore
  /** How long the caption of a beat takes to read, in milliseconds. */
  readingMs: (events: readonly TraceEvent[], beat: Beat) => number
  stillness: () => boolean
}

const NONE: Playback = { exchange: null, method: null, events: [], beats: [], over: true }

/** The world of one playhead. It remembers what is looked at. */
export class Playbacks implements PlayheadWorld {
  readonly #options: PlaybacksOptions
  #shown = NONE
  #pace: { of: readonly TraceEvent[]; speed: number; familiarity: number; pace: Pace } | null = null

  constructor(options: PlaybacksOptions) {
    this.#options = options
  }

  get #index() {
    return this.#options.trace.getState().index
  }

  get newest(): number {
    return this.#options.trace.getState().newest
  }

  get oldest(): number {
    return this.#index.exchanges[0]?.id ?? 0
  }

  get still(): boolean {
    return this.#options.stillness()
  }

  isWhole(exchange: number): boolean {
    return this.#index.isWhole(exchange)
  }

  playback(exchange: number | null): Playback {
    if (exchange === null) return NONE
    const summary = this.#index.summaryOf(exchange)
    const method = summary?.method ?? null
    const over = isOver(summary?.state ?? 'done')
    // What is being looked at stays, also when it is no longer kept, or not all of it is here any more.
    const kept = exchange === this.#shown.exchange && !this.#index.isWhole(exchange)
    const events = kept ? this.#shown.events : this.#index.eventsOf(exchange)
    const { beats } = kept ? this.#shown : foldedOf(events)
    this.#shown = { exchange, method, events, beats, over }
    return this.#shown
  }

  pace(exchange: number | null, speed: number, familiarity: number): Pace {
    const { events, beats } = this.playback(exchange)
    const known = this.#pace
    if (known?.of === events && known.speed === speed && known.familiarity === familiarity) return known.pace
    const readingMs = (beat: Beat): number => this.#options.readingMs(events, beat)
    const pace = paceOf(events, beats, { readingMs, familiarity, speed })
    this.#pace = { of: events, speed, familiarity, pace }
    return pace
  }

  /** Everything is another run's now. */
  forget(): void {
    this.#shown = NONE
    this.#pace = null
  }
}
