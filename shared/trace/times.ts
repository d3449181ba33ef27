/** When an exchange began and ended: one answer, for the page, for what is exported and for the index alike. */
import type { EventOf, TraceEvent } from './events.ts'
import { onHop } from './hops.ts'

/** All in microseconds since the run began, as `at` is. */
export interface ExchangeTimes {
  /** Its first bytes were read from the socket. Of one that never had any (a server that was gone): its first event. */
  readonly began: number
  /** The last of its bytes that came before the answer began. */
  readonly requestRead: number
  /** The first bytes of the answer were handed to the kernel, interim responses (RFC 9110 section 15.2) left out. */
  readonly answerBegan: number | null
  /** The answer ended, or the connection did without one; null while neither has happened. */
  readonly ended: number | null
}

/** Who a 1xx response is from, in `response.serialized`. */
const INTERIM: ReadonlySet<string> = new Set(['server:continue', 'server:interim'])

export const isInterim = ({ segments }: EventOf<'response.serialized'>): boolean =>
  segments.every(({ from }) => INTERIM.has(from))

/**
 * As the client saw it: on hop 0.
 * @param all the events of one exchange, as `TraceIndex.eventsOf` gives them.
 */
export function exchangeTimes(all: readonly TraceEvent[]): ExchangeTimes {
  const events = onHop(all, 0)
  let began: number | null = null
  let requestRead: number | null = null
  let answerBegan: number | null = null
  let answered: number | null = null
  let closed: number | null = null
  let interim = false
  for (const event of events) {
    switch (event.kind) {
      case 'socket.received':
        began ??= event.at
        if (answerBegan === null) requestRead = event.at
        break
      case 'response.serialized':
        interim = isInterim(event)
        break
      case 'socket.sent':
        if (!interim) answerBegan ??= event.at
        break
      case 'response.answered':
        answered ??= event.at
        break
      case 'connection.closed':
        closed = event.at
        break
      default:
    }
  }
  const first = events.find(({ exchange }) => exchange !== null) ?? events[0]
  const start = began ?? first?.at ?? 0
  return { began: start, requestRead: requestRead ?? start, answerBegan, ended: answered ?? closed }
}

/** How long an exchange took, in microseconds; null while it has not ended. */
export function exchangeDuration(events: readonly TraceEvent[]): number | null {
  const { began, ended } = exchangeTimes(events)
  return ended === null ? null : ended - began
}
