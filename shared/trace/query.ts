/**
 * Questions to a trace: what exports, checks, tests and the page would otherwise each work out for themselves. All of them
 * are asked of a list of events, nearly always those of one exchange. What its messages were is in `message.ts`, when it
 * began and ended in `times.ts`, who served it in `deployment.ts`, to whom its connection belongs in `hops.ts`.
 */
import { concat } from '../bytes/concat.ts'
import type { EventOf, TraceEvent, TraceKind } from './events.ts'

export const eventsOfKind = <K extends TraceKind>(events: readonly TraceEvent[], kind: K): EventOf<K>[] =>
  events.filter((event): event is EventOf<K> => event.kind === kind)

export const firstOfKind = <K extends TraceKind>(events: readonly TraceEvent[], kind: K): EventOf<K> | null =>
  events.find((event): event is EventOf<K> => event.kind === kind) ?? null

export const hasKind = (events: readonly TraceEvent[], kind: TraceKind): boolean =>
  events.some((event) => event.kind === kind)

/** The bytes of one direction of a connection that the events carry, one piece behind the other. */
export const bytesOf = (events: readonly TraceEvent[], kind: 'socket.received' | 'socket.sent'): Uint8Array =>
  concat(eventsOfKind(events, kind).flatMap(({ bytes }) => bytes ?? []))

/** The version of the application that an exchange has called; null before it has called any. */
export function versionCalled(events: readonly TraceEvent[]): number | null {
  const called = firstOfKind(events, 'app.called')
  return called === null ? null : (called.version ?? 1)
}

/** Whether the client was left with less than it was promised. A tap does not say so: there, the connection ends first. */
export function isTorn(events: readonly TraceEvent[]): boolean {
  const answered = firstOfKind(events, 'response.answered')
  if (answered !== null) return !answered.complete
  return hasKind(events, 'socket.sent') && hasKind(events, 'connection.closed')
}
