/** What a chip is called: its title where there is room for it, else something shorter, else its number alone. */
import type { Metrics } from '../metrics.ts'
import type { Card } from '../scene.ts'
import { titleCells } from '../text.ts'

interface ChipName {
  readonly text: string
  /** It stands below the number, not beside it. */
  readonly below: boolean
}

/** The first of the names that fits: all of them beside the number, then all of them below it. Null where none does. */
export function chipName({ number, rect }: Card, { cell, title }: Metrics, names: readonly string[]): ChipName | null {
  const numbered = number !== null
  const cells = rect.w / cell
  const beside = names.find((name) => titleCells(name) * 0.95 + (numbered ? 4.4 : 2.2) <= cells)
  if (beside !== undefined) return { text: beside, below: false }
  // A chip without a number has nothing else to show.
  if (!numbered) return { text: names[0] ?? '', below: false }
  if (rect.h < title * 1.5) return null
  const widest = (name: string): number => Math.max(...name.split('\u200b').map(titleCells)) * 0.9 + 0.7
  const below = names.find((name) => widest(name) <= cells)
  return below === undefined ? null : { text: below, below: true }
}
