/**
 * Where the chips of the strip stand, in CSS pixels from its left end, worked out from their texts: so that only those in
 * sight need to be drawn, and nothing has to be measured.
 */
import { cellWidth } from '../stage/text.ts'

export interface StripLayout {
  readonly lefts: readonly number[]
  readonly widths: readonly number[]
  readonly total: number
}

/** A chip is in sight where the strip begins to show `scroll`; of those around it, some more are drawn. */
export interface DrawnRange {
  readonly from: number
  readonly to: number
}

const GAP_REM = 0.5
const PADDING_REM = 0.75
const BORDER = 1
const WIDEST_REM = 22
/** IBM Plex Mono advances this much for every character, */
const CELL_EM = 0.6
/** and the browser rounds each advance up to a 64th of a pixel. */
const ROUNDING = 1 / 64

/** @param text all of a chip. `findings`: their number, 0 where there is no sign. `em`: the size of its text. */
export function chipWidth(text: string, findings: number, em: number, rem: number): number {
  const digits = findings === 0 ? 0 : String(findings).length + 1
  const sign = findings === 0 ? 0 : (0.5 + 1 + 0.25) * em
  const content = (cellWidth(text) + digits) * (CELL_EM * em + ROUNDING) + sign
  return Math.min(Math.ceil(content + 2 * (PADDING_REM * rem + BORDER)), WIDEST_REM * rem)
}

export function stripLayout(widths: readonly number[], rem: number): StripLayout {
  const lefts: number[] = []
  let left = 0
  for (const width of widths) {
    lefts.push(left)
    left += width + GAP_REM * rem
  }
  return { lefts, widths, total: Math.max(0, left - GAP_REM * rem) }
}

/** Chips beyond those in sight that are drawn all the same: for the keyboard, and for scrolling without gaps. */
const SPARE = 12

/** Which chips are drawn: from the first to one before `to`. */
export function drawnRange({ lefts }: StripLayout, scroll: number, width: number): DrawnRange {
  const first = firstRightOf(lefts, scroll) - 1
  const last = firstRightOf(lefts, scroll + width)
  return { from: Math.max(0, first - SPARE), to: Math.min(lefts.length, last + SPARE) }
}

/** Index of the first chip that begins right of `x`. */
function firstRightOf(lefts: readonly number[], x: number): number {
  let low = 0
  let high = lefts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lefts[middle] ?? 0) <= x) low = middle + 1
    else high = middle
  }
  return low
}

/** Where the strip has to be scrolled to so that a chip is in sight: as it is, or with the chip in the middle. */
export function scrollShowing({ lefts, widths }: StripLayout, at: number, scroll: number, width: number): number {
  const left = lefts[at]
  const own = widths[at]
  if (left === undefined || own === undefined) return scroll
  const inSight = left >= scroll && left + own <= scroll + width
  return inSight ? scroll : Math.max(0, left - (width - own) / 2)
}
