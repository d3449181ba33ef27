import type { Gate } from './gate.ts'
import { along, curve, type Point, roundedPath } from './geometry.ts'
import type { Label } from './labels.ts'
import type { Scene } from './scene.ts'
import type { Wire } from './wires.ts'

const LANES: ReadonlySet<Wire['id']> = new Set(['chunks', 'input'])

function path(wire: Wire, scene: Scene): string {
  if (wire.id === 'tether' && scene.tetherEnd !== null) {
    const from = wire.points.at(-1)
    return from === undefined ? '' : curve(from, scene.tetherEnd)
  }
  return wire.state === 'broken' ? brokenPath(wire.points) : roundedPath(wire.points, 16)
}

/** A wire that has snapped: its two ends, and a cross where it broke. */
function brokenPath(points: readonly Point[]): string {
  const stub = (from: number, to: number): string =>
    Array.from({ length: 13 }, (_, i) => along(points, from + ((to - from) * i) / 12))
      .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`)
      .join('')
  const { x, y } = along(points, 0.5)
  return `${stub(0, 0.36)}${stub(0.64, 1)}M${x - 6} ${y - 6}l12 12M${x + 6} ${y - 6}l-12 12`
}

/** What is drawn beneath the cards: the wires, their names, and the gate before the response. */
interface WireLayerProps {
  scene: Scene
  /** A first trip opens the server card by card: nothing is drawn of what has not been used. */
  firstTrip: boolean
}

export function WireLayer({ scene, firstTrip }: WireLayerProps) {
  const usedOnly = firstTrip || scene.deployment.wires.onlyUsed
  const wires = usedOnly ? scene.wires.filter((wire) => wire.state !== 'idle') : scene.wires
  const { gate } = scene
  const gateDrawn = gate !== null && (!usedOnly || scene.cards.response.state !== 'unreached')
  // The names of the gate and of the edges explain themselves, and are no part of the drawing.
  const isDrawn = ({ id }: Label): boolean => wires.some((wire) => wire.id === id)
  return (
    <svg className="wires" aria-hidden="true" width="100%" height="100%">
      {[...wires]
        .sort((a, b) => Number(LANES.has(b.id)) - Number(LANES.has(a.id)))
        .map((wire) => {
          const end = wire.points.at(-1)
          return (
            <g key={wire.id} className={`wire wire-${wire.id} is-${wire.state}${LANES.has(wire.id) ? ' lane' : ''}`}>
              <path d={path(wire, scene)} />
              {end !== undefined &&
                wire.state !== 'idle' &&
                wire.state !== 'broken' &&
                !LANES.has(wire.id) &&
                scene.tetherEnd === null && <circle cx={end.x} cy={end.y} r={3.5} />}
            </g>
          )
        })}
      {gate !== null && gateDrawn && <GateView gate={gate} />}
      {scene.labels.filter(isDrawn).map(({ id, text, x, y }) => (
        <text key={id} className={`wire-name wire-name-${id}`} x={x} y={y} textAnchor="middle">
          {text}
        </text>
      ))}
    </svg>
  )
}

/** Half of the opening around a wire that passes the gate, in pixels. */
const OPENING = 9

/** A bar across both wires; where it opens, each has a way through. */
function GateView({ gate: { x, from, to, passes, open } }: { gate: Gate }) {
  const edges = [from, ...passes.flatMap((y) => [y - OPENING * open, y + OPENING * open]), to]
  return (
    <g className={`gate${open > 0 ? ' is-open' : ''}`}>
      {passes.concat(to).map((end, index) => (
        <line key={end} x1={x} x2={x} y1={edges[2 * index]} y2={edges[2 * index + 1]} />
      ))}
    </g>
  )
}
