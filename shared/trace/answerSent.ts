/** Where in the story of an exchange its client has been answered. */
import type { TraceEvent } from './events.ts'
import { Hops } from './hops.ts'
import { isInterim } from './times.ts'

/**
 * The playhead at which the first bytes of the answer have been sent to the client (interim responses, RFC 9110 section
 * 15.2, are none). Where that has not happened, or never will, it is where all that is known has been told; so it is where
 * the answer broke off, which is not known before.
 * @param events those of one exchange, as `TraceIndex.eventsOf` gives them.
 */
export function answerSentAt(events: readonly TraceEvent[]): number {
  const hops = new Hops()
  let interim = false
  const answered = events.findLast((event) => event.kind === 'response.answered')
  if (answered?.complete === false) return events.length
  for (const [index, event] of events.entries()) {
    if (hops.take(event) !== 0) continue
    if (event.kind === 'response.serialized') interim = isInterim(event)
    if (event.kind === 'socket.sent' && !interim) return index + 1
  }
  return events.length
}
