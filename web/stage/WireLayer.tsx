import { along, curve, type Point, roundedPath } from './geometry.ts'
import type { Scene } from './scene.ts'
import type { Wire } from './wires.ts'
import type { StageWords } from './words.ts'

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

/** From the wire to the base line of its name, in font sizes. */
const LABEL_DY = { headers: 0.33, chunks: 1.5, input: -0.6, cutShort: 0.33 } as const

/** What is drawn beneath the cards: the wires, their names, and the gate before the response. */
interface WireLayerProps {
  scene: Scene
  words: StageWords
  /** A first trip opens the server card by card: nothing is drawn of what has not been used. */
  firstTrip: boolean
}

export function WireLayer({ scene, words, firstTrip }: WireLayerProps) {
  const drawn = scene.deployment.wires
  const usedOnly = firstTrip || drawn.onlyUsed
  const wires = usedOnly ? scene.wires.filter((wire) => wire.state !== 'idle') : scene.wires
  const gateDrawn = drawn.gate && (!usedOnly || scene.cards.response.state !== 'unreached')
  const { gate, metrics } = scene
  const gap = (gate.to - gate.from) / 2
  return (
    <svg className="wires" aria-hidden="true" width="100%" height="100%">
      {wires.map((wire) => {
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
      {gateDrawn && scene.mode !== 'phone' && (
        <g className={`gate${gate.open > 0 ? ' is-open' : ''}`}>
          <line x1={gate.x} x2={gate.x} y1={gate.from} y2={gate.from + gap * (1 - gate.open * 0.55)} />
          <line x1={gate.x} x2={gate.x} y1={gate.to - gap * (1 - gate.open * 0.55)} y2={gate.to} />
          {scene.mode === 'wide' && (
            <text className="wire-name" x={gate.x} y={gate.from - metrics.font * 0.5} textAnchor="middle">
              {words.wires.gate}
            </text>
          )}
        </g>
      )}
      {scene.mode === 'wide' &&
        wires.map((wire) => {
          if (wire.label === null) return null
          const { chunks, chunkBytes } = scene.state
          const text =
            wire.label === 'chunks' && chunks.length > 0
              ? words.response.chunkBand(chunks.length, chunkBytes)
              : words.wires[wire.label]
          const dy = LABEL_DY[wire.label] * metrics.font
          return (
            <text
              key={wire.id}
              className={`wire-name wire-name-${wire.id}`}
              x={wire.labelAt.x}
              y={wire.labelAt.y + dy}
              textAnchor="middle"
            >
              {text}
            </text>
          )
        })}
    </svg>
  )
}
