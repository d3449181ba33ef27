import type { ReactNode } from 'react'
import { chipName } from './cards/chipName.ts'
import { FindingSign } from './FindingSign.tsx'
import type { Metrics } from './metrics.ts'
import type { Card } from './scene.ts'

export interface CardTool {
  readonly name: string
  readonly icon: keyof typeof ICONS
  readonly onPress: () => void
}

export interface CardFrameProps {
  card: Card
  metrics: Metrics
  title: string
  /** What a chip says that has no room for its title. */
  short?: string | undefined
  note: string | null
  /** Shown in the accent colour: an accident, not a state. */
  alarm?: boolean
  /** A chip is a button that opens it. */
  onOpen: () => void
  /** What can be done with it besides, at the end of its title bar. */
  tools?: readonly CardTool[]
  enlarged?: boolean
  children: ReactNode
}

const ICONS = {
  enlarge: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5l-5 5M2.5 13.5l5-5',
  reduce: 'M13 7H9V3M3 9h4v4M9 7l5-5M7 9l-5 5',
  foldLeft: 'M9.5 4l-4 4 4 4',
  foldRight: 'M6.5 4l4 4-4 4',
} as const

/** A card or, where there is no room for one, its chip: the same region under the same name. */
export function CardFrame({
  card,
  metrics,
  title,
  short,
  note,
  alarm = false,
  onOpen,
  tools = [],
  enlarged = false,
  children,
}: CardFrameProps) {
  const { rect, state, chip, id, number } = card
  // Of what a chip has no room to say, the sign is left.
  const worst = card.foot.find(({ level }) => level !== 'fine')
  const name = chip
    ? chipName(card, metrics, [title, ...(short === undefined ? [] : [short])])
    : { text: title, upright: false }
  return (
    <section
      aria-label={title}
      data-card={id}
      className={`card card-${id} is-${state}${chip ? ' chip' : ''}${chip && name?.upright !== false && rect.h > rect.w ? ' is-upright' : ''}${enlarged ? ' is-enlarged' : ''}`}
      style={{ left: rect.x, top: rect.y, width: rect.w, height: rect.h }}
    >
      <header className="card-title" style={{ height: (chip ? rect.h : Math.min(metrics.title, rect.h)) - 2 }}>
        {number !== null && <span className="badge">{number}</span>}
        <h2 className={name?.text === title ? undefined : 'visually-hidden'}>{title}</h2>
        {name !== null && name.text !== title && (
          <span className="chip-name" aria-hidden="true">
            {name.text}
          </span>
        )}
        {note !== null && !chip && <span className={alarm ? 'card-note alarm' : 'card-note'}>{note}</span>}
        {chip && worst !== undefined && <FindingSign level={worst.level} />}
        {!chip && tools.length > 0 && (
          <span className="card-tools">
            {tools.map((tool) => (
              <button
                key={tool.icon}
                type="button"
                className="card-tool"
                aria-label={tool.name}
                title={tool.name}
                onClick={tool.onPress}
              >
                <svg viewBox="0 0 16 16" aria-hidden="true">
                  <path d={ICONS[tool.icon]} />
                </svg>
              </button>
            ))}
          </span>
        )}
        {chip && <button type="button" className="chip-open" aria-label={title} onClick={onOpen} />}
      </header>
      {!chip && children}
    </section>
  )
}
