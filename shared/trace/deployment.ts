/** How the server stands between a client and the application: what a trace says about who serves a connection. */
import type { EventOf, TraceEvent } from './events.ts'
import { firstOfKind } from './query.ts'

/**
 * `direct`: the gateway serves the application itself; `uwsgi`: the same, asked by that protocol. `sixty-lines`: the naive server
 * does, watched line by line. `tap`: a server of which only the bytes are seen; `uwsgi-tap`: one that is asked by uwsgi.
 */
export type DeploymentKind = 'direct' | 'uwsgi' | 'sixty-lines' | 'tap' | 'uwsgi-tap'

type Opened = EventOf<'connection.opened'>

/** A connection whose opening is not in the trace is taken for the gateway's own. */
export function deploymentKindOf(
  opened: (Pick<Opened, 'via' | 'listing'> & Partial<Pick<Opened, 'protocol'>>) | null | undefined,
): DeploymentKind {
  if (opened?.listing !== undefined) return 'sixty-lines'
  const isUwsgi = opened?.protocol === 'uwsgi'
  if (opened?.via === 'tap') return isUwsgi ? 'uwsgi-tap' : 'tap'
  return isUwsgi ? 'uwsgi' : 'direct'
}

/** Of the events of one exchange; null where the opening of its connection is not among them. */
export function deploymentKindIn(events: readonly TraceEvent[]): DeploymentKind | null {
  const opened = firstOfKind(events, 'connection.opened')
  return opened === null ? null : deploymentKindOf(opened)
}
