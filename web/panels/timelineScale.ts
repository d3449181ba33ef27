/**
 * The timeline's own coordinate: beats at equal distances, because their labels must be readable; 0 is before the first
 * event, `k` is where the k-th beat rests. The true times are written beside them.
 */
import type { Beat } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { exchangeTimes } from '../../shared/trace/times.ts'

/** From the playhead (events) to the timeline (beats). */
export function beatsFromEvents(beats: readonly Beat[], playhead: number): number {
  for (const [index, beat] of beats.entries()) {
    if (playhead <= beat.to) return index + Math.max(0, playhead - beat.from) / (beat.to - beat.from)
  }
  return beats.length
}

/** The inverse of `beatsFromEvents`. */
export function eventsFromBeats(beats: readonly Beat[], position: number): number {
  const index = Math.min(beats.length - 1, Math.max(0, Math.ceil(position) - 1))
  const beat = beats[index]
  if (beat === undefined) return 0
  const within = Math.min(1, Math.max(0, position - index))
  // Where a person lets go close to a beat's rest, they mean the rest.
  return within > 0.97 ? beat.to : beat.from + within * (beat.to - beat.from)
}

/**
 * When each beat began, in microseconds since the exchange did: negative for a connection that was opened before its first
 * byte came. That of the end is how long the exchange took.
 */
export function beatTimes(events: readonly TraceEvent[], beats: readonly Beat[]): number[] {
  const { began, ended } = exchangeTimes(events)
  return beats.map(({ kind, at }) => (kind === 'ends' && ended !== null ? ended : at) - began)
}

/** More events than this in a beat are a crowd: their ticks would be a bar. */
const CROWD = 40

/** Positions of the events within the beats, the rests left out. */
export function ticksOf(beats: readonly Beat[]): number[] {
  const ticks: number[] = []
  for (const [index, beat] of beats.entries()) {
    const count = beat.to - beat.from
    if (count > CROWD) continue
    for (let event = 1; event < count; event++) ticks.push(index + event / count)
  }
  return ticks
}

/**
 * Which labels can be written without touching each other. The one at `must` always is; then the first, the last, and
 * the others in their order.
 * @param centres of the labels, and their `widths`, in the same unit.
 */
export function readableLabels(
  centres: readonly number[],
  widths: readonly number[],
  must: number,
  gap: number,
): boolean[] {
  const shown = centres.map(() => false)
  const touches = (a: number, b: number): boolean =>
    Math.abs((centres[a] ?? 0) - (centres[b] ?? 0)) < ((widths[a] ?? 0) + (widths[b] ?? 0)) / 2 + gap
  const order = [must, 0, centres.length - 1, ...centres.keys()]
  for (const index of order) {
    if (index < 0 || index >= centres.length || shown[index]) continue
    if (!shown.some((isShown, other) => isShown && touches(index, other))) shown[index] = true
  }
  return shown
}

/** Between two labels, in pixels. */
const LABEL_GAP = 10

export interface BeatLabels {
  readonly labelShown: readonly boolean[]
  readonly timeShown: readonly boolean[]
  /** Which names stand above the line. */
  readonly isAbove: readonly boolean[]
}

/** Names below the line and times above it; where the names have no room in one row they stand in two, and times give way. */
export function beatLabels(
  centres: readonly number[],
  labels: readonly number[],
  times: readonly number[],
  current: number,
): BeatLabels {
  const inOneRow = readableLabels(centres, labels, current, LABEL_GAP)
  if (inOneRow.every(Boolean)) {
    const timeShown = readableLabels(centres, times, current, LABEL_GAP)
    return { labelShown: inOneRow, timeShown, isAbove: labels.map(() => false) }
  }
  const isAbove = labels.map((_, index) => index % 2 === 1)
  const row = (above: boolean): boolean[] => {
    const widths = labels.map((width, index) => (isAbove[index] === above ? width : 0))
    return readableLabels(centres, widths, current, LABEL_GAP)
  }
  const [below, above] = [row(false), row(true)]
  const labelShown = labels.map((_, index) => (isAbove[index] === true ? above : below)[index] === true)
  return { labelShown, timeShown: labels.map(() => false), isAbove }
}

/**
 * How wide a label of the timeline is, in CSS pixels: an estimate on the generous side, so that nothing has to be
 * measured while the picture moves.
 */
export function labelWidth(text: string, rem: number): number {
  let em = 0
  for (const character of text) em += /[\u2e80-\uffef]/.test(character) ? 1 : 0.57
  return em * Math.max(13, rem * 0.8125)
}
