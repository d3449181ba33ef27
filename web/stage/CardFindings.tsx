import { FindingSign } from './FindingSign.tsx'
import type { Metrics } from './metrics.ts'
import type { Card } from './scene.ts'
import type { StageWords } from './words.ts'

interface CardFindingsProps {
  card: Card
  metrics: Metrics
  words: StageWords['findings']
}

/** The strip at the foot of a card; it has the height that the layout left for it. */
export function CardFindings({ card, metrics, words }: CardFindingsProps) {
  return (
    <ul
      className="card-findings"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      style={{ top: card.footTop, height: card.footHeight, lineHeight: `${metrics.line}px` }}
    >
      {card.foot.map((note) => (
        <li key={note.id} className={`finding is-${note.level}`}>
          <FindingSign level={note.level} />
          {note.level !== 'fine' && <span className="visually-hidden">{words.levels[note.level]}: </span>}
          <span>
            {note.lines.map((line) => (
              <span key={line} className="finding-line">
                {line}{' '}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  )
}
