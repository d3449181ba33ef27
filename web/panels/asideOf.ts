/** What stands beside the sentence of a beat: who reads a first trip steps on from there, who is told one is told so. */
import type { TraceEvent } from '../../shared/trace/events.ts'

export type Aside =
  /** A first trip is read: the next beat, or all of it at once. */
  | 'guide'
  /** What is over is being played, slower than it was. */
  | 'replay'
  /** The trip is over: what could be tried next. */
  | 'andNow'
  | 'none'

export interface AsideInput {
  readonly events: readonly TraceEvent[]
  readonly playhead: number
  /** Whether nothing more will come of the exchange, but the end of its connection. */
  readonly over: boolean
  readonly guided: boolean
  /** Whether requests can be sent from here. */
  readonly canSend: boolean
}

export function asideOf({ events, playhead, over, guided, canSend }: AsideInput): Aside {
  if (events.length === 0) return 'none'
  const told = over && playhead >= endOfStory(events)
  if (guided && !told) return 'guide'
  if (told) return canSend ? 'andNow' : 'none'
  return over ? 'replay' : 'none'
}

/** What may come long after an answer, and changes nothing of it. */
const AFTERWARDS: ReadonlySet<TraceEvent['kind']> = new Set(['connection.closed', 'log.line'])

/** The playhead at which all has been told but the end of the connection. */
function endOfStory(events: readonly TraceEvent[]): number {
  return events.findLastIndex(({ kind }) => !AFTERWARDS.has(kind)) + 1
}
