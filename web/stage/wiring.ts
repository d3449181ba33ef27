/** The wires that are drawn: which of them, and how they look. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { CardId } from './cardId.ts'
import type { Deployment } from './deployments/deployment.ts'
import type { Mode } from './metrics.ts'
import { WIRE_ENDS, type WireId } from './wireId.ts'
import { isDrawn, type Wire, type WirePoints, wireStates } from './wires.ts'

/** @param isThere whether a card has a place yet: before that, nothing leads to it. */
export function wiresOf(
  points: WirePoints,
  story: StageState,
  mode: Mode,
  deployment: Deployment,
  isThere: (card: CardId) => boolean,
): Wire[] {
  const states = wireStates(story)
  const wires: Wire[] = []
  for (const id of Object.keys(points) as WireId[]) {
    const state = states[id]
    if (deployment.wires.absent.has(id) || !isDrawn(id, state, story, mode)) continue
    if (!WIRE_ENDS[id].every(isThere)) continue
    wires.push({ id, points: points[id], state })
  }
  return wires
}
