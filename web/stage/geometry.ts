/** Shapes in CSS pixels of the stage, origin at its top left. */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rect {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export const lerp = (a: number, b: number, t: number): number => a + (b - a) * t
export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

export const lerpRect = (a: Rect, b: Rect, t: number): Rect => ({
  x: lerp(a.x, b.x, t),
  y: lerp(a.y, b.y, t),
  w: lerp(a.w, b.w, t),
  h: lerp(a.h, b.h, t),
})

/** Slow at both ends. */
export const smooth = (t: number): number => t * t * (3 - 2 * t)

/** Linear travel with a soft landing: the last fifth of the time covers the last tenth of the way. */
export function travel(t: number): number {
  if (t <= 0.8) return (t / 0.8) * 0.9
  const rest = (t - 0.8) / 0.2
  return 0.9 + 0.1 * (1 - (1 - rest) ** 2)
}

/** The part of `t` between `from` and `to`, as 0 to 1. */
export const phase = (t: number, from: number, to: number): number => clamp((t - from) / (to - from), 0, 1)

/** The point at fraction `u` of a polyline's length. */
export function along(points: readonly Point[], u: number): Point {
  const lengths: number[] = []
  let total = 0
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]]
    const length = a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0
    lengths.push(length)
    total += length
  }
  let left = clamp(u, 0, 1) * total
  for (const [i, length] of lengths.entries()) {
    const [a, b] = [points[i], points[i + 1]]
    if (a && b && (left <= length || i === lengths.length - 1)) {
      const t = length === 0 ? 1 : Math.min(1, left / length)
      return { x: lerp(a.x, b.x, t), y: lerp(a.y, b.y, t) }
    }
    left -= length
  }
  return points[0] ?? { x: 0, y: 0 }
}

/** A polyline with rounded corners, as an SVG path. */
export function roundedPath(points: readonly Point[], radius: number): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let d = `M${first.x} ${first.y}`
  let from = first
  for (const [i, corner] of rest.entries()) {
    const next = rest[i + 1]
    if (next === undefined) {
      d += `L${corner.x} ${corner.y}`
      break
    }
    const before = Math.hypot(corner.x - from.x, corner.y - from.y)
    const after = Math.hypot(next.x - corner.x, next.y - corner.y)
    const r = Math.min(radius, before / 2, after / 2)
    const a = { x: lerp(corner.x, from.x, r / (before || 1)), y: lerp(corner.y, from.y, r / (before || 1)) }
    const b = { x: lerp(corner.x, next.x, r / (after || 1)), y: lerp(corner.y, next.y, r / (after || 1)) }
    d += `L${a.x} ${a.y}Q${corner.x} ${corner.y} ${b.x} ${b.y}`
    from = corner
  }
  return d
}

/** A flowing curve from left to right, as between a value and its copy on the next card. */
export function curve(a: Point, b: Point): string {
  const bend = Math.max(24, Math.abs(b.x - a.x) / 2)
  const way = b.x >= a.x ? bend : -bend
  return `M${a.x} ${a.y}C${a.x + way} ${a.y} ${b.x - way} ${b.y} ${b.x} ${b.y}`
}
