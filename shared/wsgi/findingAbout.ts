/** Gives findings the number of the event they are about: the core does not know numbers, the log does. */
import type { TraceEvent, TraceKind } from '../trace/events.ts'
import { isRuleId, RULES, type Rule } from './referee.ts'

const REFERRED_TO: ReadonlySet<TraceKind> = new Set(Object.values<Rule>(RULES).flatMap(({ about }) => [...about]))

/** The events of one connection, in order; its exchanges never interleave. */
export class FindingAbout {
  #exchange: number | null = null
  readonly #latest = new Map<TraceKind, number>()

  /** The event as it stands in the trace. */
  resolve(event: TraceEvent): TraceEvent {
    if (event.exchange !== this.#exchange && event.exchange !== null) {
      this.#exchange = event.exchange
      this.#latest.clear()
    }
    if (REFERRED_TO.has(event.kind)) this.#latest.set(event.kind, event.seq)
    if (event.kind !== 'referee.finding' || !isRuleId(event.rule)) return event
    const { about }: Rule = RULES[event.rule]
    const kind = about.find((candidate) => this.#latest.has(candidate))
    return kind === undefined ? event : { ...event, about: this.#latest.get(kind) ?? null }
  }
}
