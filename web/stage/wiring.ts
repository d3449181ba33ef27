/** The wires that are drawn: which of them, how they look, and where their names stand. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { Deployment } from './deployments/deployment.ts'
import type { Point } from './geometry.ts'
import type { Mode } from './metrics.ts'
import type { WireId } from './wireId.ts'
import { isDrawn, type Wire, type WirePoints, wireStates } from './wires.ts'

export function wiresOf(points: WirePoints, story: StageState, mode: Mode, deployment: Deployment): Wire[] {
  const states = wireStates(story)
  const wires: Wire[] = []
  for (const id of Object.keys(points) as WireId[]) {
    const state = states[id]
    if (deployment.wires.absent.has(id) || !isDrawn(id, state, story, mode)) continue
    const label = id === 'headers' || id === 'chunks' || id === 'input' || id === 'cutShort' ? id : null
    wires.push({ id, points: points[id], state, label, labelAt: labelPoint(id, points[id]) })
  }
  return wires
}

function labelPoint(id: WireId, points: readonly Point[]): Point {
  if (id === 'cutShort') {
    const [from, to] = points
    return { x: from?.x ?? 0, y: ((from?.y ?? 0) + (to?.y ?? 0)) / 2 }
  }
  const [a, b] = id === 'headers' ? points.slice(2, 4) : id === 'chunks' ? points.slice(-3, -1) : points.slice(1, 3)
  if (a === undefined) return { x: 0, y: 0 }
  if (b === undefined) return a
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}
