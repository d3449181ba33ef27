/** The names that stand at wires, at the gate, and at the two edges of the server: what they say, and where. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { Gate } from './gate.ts'
import type { Point, Rect } from './geometry.ts'
import { EDGE_ROW } from './layouts/layout.ts'
import type { Metrics } from './metrics.ts'
import { cellWidth } from './text.ts'
import type { WireId } from './wireId.ts'
import type { Wire } from './wires.ts'
import type { StageWords } from './words.ts'

export interface Label {
  readonly id: WireId | 'gate' | 'tcp' | 'wsgi'
  readonly text: string
  /** Middle of its base line. */
  readonly x: number
  readonly y: number
  readonly width: number
}

/** Names are set a little smaller than what stands in cells. */
export const LABEL_SIZE = 0.92

/** From a wire to the base line of its name, in font sizes. */
const BELOW = { headers: -0.45, chunks: 1.35, input: -0.6, cutShort: 0.33 } as const

/** Around a name, in pixels. */
const ROOM = 6

const widthOf = (text: string, { cell }: Metrics): number => cellWidth(text) * cell * LABEL_SIZE

/** A name stands at its wire, as fully as its longest level piece has room for; without room it is left out. */
export function wireLabels(wires: readonly Wire[], state: StageState, words: StageWords, metrics: Metrics): Label[] {
  return wires.flatMap((wire): Label[] => {
    const { id, points } = wire
    const ways = waysToSay(id, state, words)
    const { from, to } = id === 'cutShort' ? upright(points, metrics) : longestLevel(points)
    const room = Math.abs(to.x - from.x) - ROOM
    const text = ways.find((way) => widthOf(way, metrics) <= room)
    if (text === undefined || !(id in BELOW)) return []
    const y = (from.y + to.y) / 2 + BELOW[id as keyof typeof BELOW] * metrics.font
    return [{ id, text, x: (from.x + to.x) / 2, y, width: widthOf(text, metrics) }]
  })
}

/** From the fullest to the shortest; none for a wire without a name. */
function waysToSay(id: WireId, { chunks, chunkBytes }: StageState, { wires, response }: StageWords): string[] {
  switch (id) {
    case 'headers':
      return [wires.headers]
    case 'input':
      return [wires.input]
    case 'cutShort':
      return [wires.cutShort]
    case 'chunks':
      return chunks.length === 0
        ? [wires.chunks, wires.chunksShort]
        : [response.chunkBand(chunks.length, chunkBytes), response.chunkCount(chunks.length)]
    default:
      return []
  }
}

function longestLevel(points: readonly Point[]): { from: Point; to: Point } {
  const none = points[0] ?? { x: 0, y: 0 }
  let longest = { from: none, to: none }
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]]
    if (from === undefined || to === undefined || from.y !== to.y) continue
    if (Math.abs(to.x - from.x) > Math.abs(longest.to.x - longest.from.x)) longest = { from, to }
  }
  return longest
}

/** A refusal runs down between two columns, and has its name across it. */
function upright(points: readonly Point[], { cell }: Metrics): { from: Point; to: Point } {
  const [, top, foot] = points
  const [x, y] = [top?.x ?? 0, ((top?.y ?? 0) + (foot?.y ?? 0)) / 2]
  return { from: { x: x - 4 * cell, y }, to: { x: x + 4 * cell, y } }
}

export function gateLabel({ x, from }: Gate, { wires }: StageWords, metrics: Metrics): Label {
  return { id: 'gate', text: wires.gate, x, y: from - metrics.font * 0.5, width: widthOf(wires.gate, metrics) }
}

/** From the server's border to the names of its edges, and between them, in cells. */
const EDGE_MARGIN = 1.4
const EDGE_GAP = 3

/** What crosses each of the two edges of the server, as fully as there is room. */
export function edgeLabels(server: Rect, { edges }: StageWords, metrics: Metrics): Label[] {
  const { cell, font } = metrics
  const room = server.w - (2 * EDGE_MARGIN + EDGE_GAP) * cell
  const long = widthOf(edges.tcp, metrics) + widthOf(edges.wsgi, metrics) <= room
  const [tcp, wsgi] = long ? [edges.tcp, edges.wsgi] : [edges.tcpShort, edges.wsgiShort]
  const y = server.y + server.h - EDGE_ROW / 2 + font * 0.33
  const [left, right] = [widthOf(tcp, metrics), widthOf(wsgi, metrics)]
  return [
    { id: 'tcp', text: tcp, x: server.x + EDGE_MARGIN * cell + left / 2, y, width: left },
    { id: 'wsgi', text: wsgi, x: server.x + server.w - EDGE_MARGIN * cell - right / 2, y, width: right },
  ]
}
