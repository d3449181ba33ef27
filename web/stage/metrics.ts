/** How large things are on the stage: by the size of the window alone. */
import { clamp } from './geometry.ts'

export type Mode = 'wide' | 'compact' | 'phone'

export interface View {
  readonly width: number
  readonly height: number
}

/** `wide`: all cards open. `compact`: two cards open, the others one-line chips. `phone`: one column. */
export function modeOf({ width, height }: View): Mode {
  if (width < 720) return 'phone'
  return width >= 1180 && height >= 420 ? 'wide' : 'compact'
}

export interface Metrics {
  /** Font size of the cells, in pixels. */
  readonly font: number
  /** Width of a cell: IBM Plex Mono advances 0.6 em. */
  readonly cell: number
  readonly line: number
  /** Height of a card's title bar. */
  readonly title: number
  readonly pad: number
}

/** Pixels for each mode: a larger window shows more, and only a little of it larger. */
function fontOf({ width }: View, mode: Mode): number {
  switch (mode) {
    case 'phone':
      return 14
    case 'compact':
      return clamp(width / 64, 14, 17)
    case 'wide':
      return clamp(13 + (width - 1440) / 280, 12.5, 18)
  }
}

export function metricsOf(view: View): Metrics {
  const mode = modeOf(view)
  const rounded = Math.round(fontOf(view, mode) * 2) / 2
  return {
    font: rounded,
    cell: rounded * 0.6,
    line: Math.round(rounded * (mode === 'wide' ? 1.48 : 1.5)),
    title: Math.round(rounded * 2.6),
    pad: Math.round(rounded * 0.95),
  }
}
