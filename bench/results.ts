/** What was measured, and how two servers compare in one setting. */
import type { Cell, Sample } from './rounds.ts'
import { median, spread } from './statistics.ts'

export interface Figure {
  median: number
  spread: number
}

export class Results {
  readonly #cells: readonly Cell[]

  constructor(cells: readonly Cell[]) {
    this.#cells = cells
  }

  samples(contestant: string, setting: string): readonly Sample[] {
    return this.#cells.find((cell) => cell.contestant === contestant && cell.setting === setting)?.samples ?? []
  }

  /** Middle of what `pick` takes from each round; null where nothing was measured. */
  figure(contestant: string, setting: string, pick: (sample: Sample) => number | null): Figure | null {
    const values = this.samples(contestant, setting)
      .map(pick)
      .filter((value) => value !== null)
    return values.length === 0 ? null : { median: median(values), spread: spread(values) }
  }

  /** Throughput of one as a part of the other's: compared round by round, for both then had the same disturbances. */
  ratio(contestant: string, other: string, setting: string): Figure | null {
    const others = this.samples(other, setting)
    const ratios = this.samples(contestant, setting).flatMap(({ perSecond }, round) => {
      const beside = others[round]?.perSecond ?? 0
      return beside > 0 ? [perSecond / beside] : []
    })
    return ratios.length === 0 ? null : { median: median(ratios), spread: spread(ratios) }
  }
}
