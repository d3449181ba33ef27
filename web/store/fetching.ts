/** What is not here yet and is looked at, or is likely to be next, is asked for. */
import { MOST_BYTES, type TraceEvent } from '../../shared/trace/events.ts'
import type { TraceIndex } from '../../shared/trace/traceIndex.ts'
import type { TraceSource } from '../sources/source.ts'
import type { Stores } from './stores.ts'

export class Fetching {
  readonly #stores: Stores
  readonly #source: () => TraceSource | null
  /** The events whose bytes were asked for: once each. Another run has another set. */
  #askedFor = new Set<number>()

  constructor(stores: Stores, source: () => TraceSource | null) {
    this.#stores = stores
    this.#source = source
    const { trace, playhead } = stores
    playhead.subscribe(({ exchange, awaited }, before) => {
      if (exchange !== before.exchange) this.#fetchBytes()
      if (awaited !== before.awaited || exchange !== before.exchange) this.fetchChosen()
    })
    trace.subscribe(() => this.#fetchBytes())
  }

  /** Everything is another run's now. */
  forget(): void {
    this.#askedFor = new Set()
  }

  /** What was chosen; else what is shown, and its neighbours, which are likely to be next. */
  fetchChosen(): void {
    const { trace, playhead } = this.#stores
    const { awaited, exchange } = playhead.getState()
    if (awaited !== null) void this.#fetchExchange(awaited.exchange)
    else if (exchange !== null) {
      for (const id of neighbours(trace.getState().index, exchange)) void this.#fetchExchange(id)
    }
  }

  /** What is looked at is looked at whole: events that came without their bytes are asked for them. */
  #fetchBytes(): void {
    const { trace, playhead } = this.#stores
    const carried = new Map<TraceEvent['kind'], number>()
    for (const event of playhead.getState().events()) {
      if (!('bytes' in event)) continue
      const upTo = (carried.get(event.kind) ?? 0) + event.length
      carried.set(event.kind, upTo)
      // Of each kind of bytes a server keeps so many: nobody has what is behind them.
      if (upTo > MOST_BYTES || event.bytes !== null || this.#askedFor.has(event.seq)) continue
      this.#askedFor.add(event.seq)
      const of = this.#askedFor
      this.#source()
        ?.fetchBytes(event.seq)
        .then((bytes) => {
          if (bytes !== null && of === this.#askedFor) trace.getState().fill(event.seq, bytes)
        })
    }
  }

  /** The events of an exchange of which there is only the summary; what is shown goes on meanwhile. */
  async #fetchExchange(id: number): Promise<void> {
    const { trace, playhead } = this.#stores
    const { index, header } = trace.getState()
    const asked = this.#source()
    if (asked === null || index.isWhole(id)) return
    if (index.summaryOf(id) === undefined) return this.#isGone(id)
    const events = await asked.fetchExchange(id)
    if (events === 'lost' || this.#source() !== asked || trace.getState().header?.run !== header?.run) return
    if (events === 'letGo') return this.#isGone(id)
    trace.getState().complete(id, events)
    playhead.getState().came(id)
  }

  #isGone(id: number): void {
    const { trace, playhead, session } = this.#stores
    trace.getState().giveUp(id)
    if (playhead.getState().awaited?.exchange === id) session.setState({ notice: { kind: 'letGo', exchange: id } })
    playhead.getState().came(id)
  }
}

/** The exchange itself, and those on both sides of it. */
function neighbours({ exchanges }: TraceIndex, id: number): number[] {
  const at = exchanges.findIndex((exchange) => exchange.id === id)
  return at === -1 ? [] : exchanges.slice(Math.max(0, at - 1), at + 2).map((exchange) => exchange.id)
}
