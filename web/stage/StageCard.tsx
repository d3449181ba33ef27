import { CardBody } from './CardBody.tsx'
import { CardFindings } from './CardFindings.tsx'
import { CardFrame, type CardTool } from './CardFrame.tsx'
import type { CardId } from './cardId.ts'
import type { AppShown, CardDefinition } from './cards/card.ts'
import { noteOf } from './cards/note.ts'
import type { Link } from './content/content.ts'
import type { Scene } from './scene.ts'
import { titleCells } from './text.ts'
import type { StageWords } from './words.ts'

interface StageCardProps {
  definition: CardDefinition
  scene: Scene
  words: StageWords
  app: AppShown
  highlight: Link | null
  onHighlight: (link: Link | null) => void
  onScrolled: (id: CardId, top: number) => void
  onOpen: (id: CardId) => void
  onEnlarge: (id: CardId | null) => void
  onFold: (id: CardId) => void
  enlarged: boolean
}

/** The badge, the margins, and what can be done with a card, in cells. */
const TOOL_CELLS = 8.5

/** A card of the picture as its definition says: its rows, or what it says without any, and the strips at its foot. */
export function StageCard({
  definition,
  scene,
  words,
  app,
  highlight,
  onHighlight,
  onScrolled,
  onOpen,
  onEnlarge,
  onFold,
  enlarged,
}: StageCardProps) {
  const { id } = definition
  const card = scene.cards[id]
  if (card === undefined) return null
  const { metrics, state } = scene
  const note = noteOf(definition, scene, words, app)
  const empty = card.rows.length === 0 ? definition.empty?.(words) : undefined
  const status = definition.status?.(state, words)
  const idle = card.state === 'unreached' ? definition.idle(state, words) : empty
  const tools: CardTool[] = []
  // A card that is making room has none for them.
  const hasRoom = card.rect.w > (titleCells(definition.title(words)) + TOOL_CELLS) * metrics.cell
  if (enlarged) tools.push({ name: words.tools.reduce, icon: 'reduce', onPress: () => onEnlarge(null) })
  else if (scene.mode !== 'phone' && hasRoom) {
    if (id === 'application' && scene.mode === 'wide') {
      tools.push({ name: words.tools.fold(definition.title(words)), icon: 'foldRight', onPress: () => onFold(id) })
    }
    if (idle === undefined) {
      tools.push({ name: words.tools.enlarge(definition.title(words)), icon: 'enlarge', onPress: () => onEnlarge(id) })
    }
  }
  return (
    <CardFrame
      card={card}
      metrics={metrics}
      title={definition.title(words)}
      short={definition.shortTitle?.(words)}
      note={note?.text ?? null}
      alarm={note?.alarm ?? false}
      onOpen={() => onOpen(id)}
      enlarged={enlarged}
      tools={tools}
    >
      {idle !== undefined ? (
        <p className="card-idle">{idle}</p>
      ) : (
        <CardBody
          card={card}
          metrics={metrics}
          highlight={highlight}
          onHighlight={onHighlight}
          onScrolled={(top) => onScrolled(id, top)}
        />
      )}
      {empty === undefined && card.foot.length > 0 && (
        <CardFindings card={card} metrics={metrics} words={words.findings} />
      )}
      {idle === undefined && card.legend.length > 0 && (
        <ul className="card-legend" style={{ lineHeight: `${metrics.line}px` }}>
          {card.legend.map(({ tone, text }) => (
            <li key={tone}>
              <span className={`legend-swatch tone-${tone}`} aria-hidden="true" /> {text}
            </li>
          ))}
        </ul>
      )}
      {status !== undefined && (
        <footer className={status.alarm ? 'card-foot alarm' : 'card-foot'}>{status.text}</footer>
      )}
    </CardFrame>
  )
}
