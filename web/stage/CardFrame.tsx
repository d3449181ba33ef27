import type { ReactNode } from 'react'
import { chipName } from './cards/chipName.ts'
import { FindingSign } from './FindingSign.tsx'
import type { Metrics } from './metrics.ts'
import type { Card } from './scene.ts'

export interface CardFrameProps {
  card: Card
  metrics: Metrics
  title: string
  /** What a chip says that has no room for its title; where it may be broken stands a zero-width space. */
  short?: string | undefined
  note: string | null
  /** Shown in the accent colour: an accident, not a state. */
  alarm?: boolean
  /** A chip is a button that opens it. */
  onOpen: () => void
  children: ReactNode
}

/** A card or, where there is no room for one, its chip: the same region under the same name. */
export function CardFrame({ card, metrics, title, short, note, alarm = false, onOpen, children }: CardFrameProps) {
  const { rect, state, chip, id, number } = card
  // Of what a chip has no room to say, the sign is left.
  const worst = card.foot.find(({ level }) => level !== 'fine')
  const name = chip
    ? chipName(card, metrics, [title, ...(short === undefined ? [] : [short])])
    : { text: title, below: false }
  return (
    <section
      aria-label={title}
      data-card={id}
      className={`card card-${id} is-${state}${chip ? ' chip' : ''}${name?.below === true ? ' is-tall' : ''}`}
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
        {chip && <button type="button" className="chip-open" aria-label={title} onClick={onOpen} />}
      </header>
      {!chip && children}
    </section>
  )
}
