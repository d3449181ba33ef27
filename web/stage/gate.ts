/** The gate before the response: what is kept leaves only with the first piece of the body (PEP 3333). */
import type { StageState } from '../../shared/trace/fold.ts'
import { phase, smooth } from './geometry.ts'
import type { Metrics } from './metrics.ts'
import type { WirePoints } from './wires.ts'

export interface Gate {
  readonly x: number
  readonly from: number
  readonly to: number
  /** Where wires pass it once it is open: the head's, and the chunks'. */
  readonly passes: readonly number[]
  /** From 0, closed, to 1. */
  readonly open: number
}

export function gateOf(points: WirePoints, state: StageState, metrics: Metrics): Gate {
  const flying = state.flight?.event
  const opening = flying?.kind === 'response.serialized' && !state.gateOpen ? phase(state.flight?.t ?? 0, 0, 0.3) : 0
  const head = points.head.at(-2) ?? { x: 0, y: 0 }
  const lane = points.chunks.find((point) => point.x === head.x) ?? head
  return {
    x: head.x,
    from: head.y - metrics.line,
    to: lane.y + metrics.line * 0.8,
    passes: [head.y, lane.y],
    open: state.gateOpen ? 1 : smooth(opening),
  }
}

/** An answer of the server's own does not wait for anything that was kept. */
export const usesGate = ({ refused, raised, startResponse, flight }: StageState): boolean =>
  refused === null && flight?.event.kind !== 'gateway.refused' && (raised === null || startResponse !== null)
