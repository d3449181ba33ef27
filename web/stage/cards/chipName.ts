/** What a chip is called: its title where there is room for it, else something shorter, else its number alone. */
import type { Metrics } from '../metrics.ts'
import type { Card } from '../scene.ts'
import { titleCells } from '../text.ts'

interface ChipName {
  readonly text: string
  /** It runs downwards, below the number: a narrow column has no other room. */
  readonly upright: boolean
}

/** The first of the names that fits: all of them beside the number, then all of them downwards. Null where none does. */
export function chipName({ number, rect }: Card, { cell, title }: Metrics, names: readonly string[]): ChipName | null {
  const numbered = number !== null
  const cells = rect.w / cell
  const beside = names.find((name) => titleCells(name) * 0.95 + (numbered ? 4.4 : 2.2) <= cells)
  if (beside !== undefined) return { text: beside, upright: false }
  const high = (rect.h - (numbered ? title : title * 0.5)) / cell
  const downwards = names.find((name) => titleCells(name) + 1 <= high)
  if (downwards !== undefined) return { text: downwards, upright: true }
  // A chip without a number has nothing else to show.
  return numbered ? null : { text: names[0] ?? '', upright: false }
}
