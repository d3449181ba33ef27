/** Where the lines are that wires point at. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { Row } from './content/content.ts'
import {
  fileShown,
  lineCalled,
  lineRow,
  lineThatAnswered,
  lineThatCalledBack,
  lineThatReads,
  type SourceLine,
} from './content/sourceRows.ts'
import type { Rect } from './geometry.ts'
import type { Metrics } from './metrics.ts'
import type { LinePlaces } from './wires.ts'

/** What the card of the application shows of its source. */
interface SourceShown {
  readonly rows: readonly Row[]
  readonly scroll: number
  readonly bodyHeight: number
  readonly chip: boolean
  readonly rect: Rect
}

/** Where lines of the application's source are on the stage; null for one that is not known, not here, or not in sight. */
export function linePlaces(card: SourceShown, state: StageState, { title, line }: Metrics): LinePlaces {
  const yOf = (place: SourceLine | null): number | null => {
    const row = place === null ? -1 : card.rows.findIndex(({ id }) => id === lineRow(place.line))
    const y = (row + 0.5) * line - card.scroll
    return row < 0 || card.chip || y < 0 || y > card.bodyHeight ? null : card.rect.y + title + BODY_TOP * line + y
  }
  const shown = fileShown(state, null)
  const [called, answers, reads, gives] = [lineCalled, lineThatCalledBack, lineThatReads, lineThatAnswered].map(
    (of) => {
      const place = of(state)
      return place === null || place.file !== shown ? null : yOf(place)
    },
  )
  return { called: called ?? null, answers: answers ?? null, reads: reads ?? null, gives: gives ?? null }
}

/** Above the rows of a card, in lines. */
const BODY_TOP = 0.25
