/**
 * The hops of an exchange: from the client to the server that it talks to is hop 0; where that one passes the request on
 * (nginx to the gateway), its own connection is hop 1, and so on. A hop is a property of a connection. Within an exchange
 * the connection that appears first is hop 0, and each further one the next, unless its opening says otherwise.
 */
import type { TraceEvent } from './events.ts'

/** Which hop each connection of one exchange is, as its events come. */
export class Hops {
  readonly #byConnection = new Map<number, number>()
  #highest = -1

  /** @returns the hop that the event belongs to; null for what belongs to no connection. */
  take(event: TraceEvent): number | null {
    const { conn } = event
    if (conn === null) return null
    const known = this.#byConnection.get(conn)
    if (known !== undefined) return known
    const said = event.kind === 'connection.opened' ? event.hop : undefined
    const hop = said ?? this.#highest + 1
    this.#byConnection.set(conn, hop)
    this.#highest = Math.max(this.#highest, hop)
    return hop
  }
}

/** Which hop an event of an exchange belongs to, in the events of that exchange; null where it is of no connection. */
export function hopOf(events: readonly TraceEvent[], event: TraceEvent): number | null {
  const hops = new Hops()
  let hop: number | null = null
  for (const each of events) {
    hop = hops.take(each)
    if (each === event) return hop
  }
  return hops.take(event)
}

/** The events of one hop, and what belongs to no connection: the same list where that is all of them. */
export function onHop(events: readonly TraceEvent[], hop: number): readonly TraceEvent[] {
  const hops = new Hops()
  const own = events.filter((event) => (hops.take(event) ?? hop) === hop)
  return own.length === events.length ? events : own
}
