/** The exchange that is shown, as it is told: its events, its beats, and how fast. */
import type { Beat } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { foldedOf } from '../../shared/trace/folded.ts'
import { type Pace, paceOf } from '../../shared/trace/pace.ts'
import { type ExchangeSummary, isOver } from '../../shared/trace/summary.ts'
import { createFamiliarity } from './familiarity.ts'
import type { TraceStore } from './trace.ts'

interface Trip {
  readonly exchange: number | null
  readonly events: readonly TraceEvent[]
  readonly beats: readonly Beat[]
  /** How many trips of this kind were told before. */
  readonly familiarity: number
}

export interface TripTeller {
  /** The trip as it is known now: the same object until something is added. */
  trip(): Trip
  pace(): Pace
  /** Whether nothing more will come, but the end of the connection. */
  isOver(): boolean
  /** The trip has been told to its end. */
  told(): void
  /** Everything is another run's now. */
  forget(): void
}

export interface TripTellerOptions {
  trace: TraceStore
  /** The exchange that is shown. */
  exchange: () => number | null
  speed: () => number
  /** How long the caption of a beat takes to read. */
  readingMs: (events: readonly TraceEvent[], beat: Beat) => number
}

const NO_TRIP: Trip = { exchange: null, events: [], beats: [], familiarity: 0 }

export function createTripTeller({ trace, exchange, speed, readingMs }: TripTellerOptions): TripTeller {
  const known = createFamiliarity()
  let trip = NO_TRIP
  let pace: { of: Trip; speed: number; pace: Pace } | null = null
  const summary = (): ExchangeSummary | undefined => trace.getState().index.summaryOf(exchange() ?? 0)
  const over = (): boolean => isOver(summary()?.state ?? 'done')
  const present = (): Trip => {
    const id = exchange()
    // What is being looked at stays, also when it is no longer kept, or not all of it is here any more.
    if (id !== null && id === trip.exchange && !trace.getState().index.isWhole(id)) return trip
    const events = id === null ? NO_TRIP.events : trace.getState().index.eventsOf(id)
    if (id === trip.exchange && events === trip.events) return trip
    const { beats } = foldedOf(events)
    trip = { exchange: id, events, beats, familiarity: known.of(summary()?.method ?? null, beats, over()) }
    return trip
  }
  return {
    trip: present,
    isOver: over,
    pace() {
      const of = present()
      if (pace?.of !== of || pace.speed !== speed()) {
        const next = paceOf(of.events, of.beats, {
          readingMs: (beat) => readingMs(of.events, beat),
          familiarity: of.familiarity,
          speed: speed(),
        })
        pace = { of, speed: speed(), pace: next }
      }
      return pace.pace
    },
    told: () => known.told(summary()?.method ?? null, present().beats),
    forget() {
      known.forget()
      trip = NO_TRIP
    },
  }
}
