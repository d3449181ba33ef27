import type { ReactNode } from 'react'
import { FindingSign } from './FindingSign.tsx'
import type { Metrics } from './frames.ts'
import type { Card } from './scene.ts'
import { titleCells } from './text.ts'

const NUMBER: Partial<Record<Card['id'], string>> = {
  socket: '1',
  line: '2',
  environ: '3',
  startResponse: '4',
  response: '5',
}

export interface CardFrameProps {
  card: Card
  metrics: Metrics
  title: string
  note: string | null
  /** Shown in the accent colour: an accident, not a state. */
  alarm?: boolean
  /** A chip is a button that opens it. */
  onOpen: () => void
  children: ReactNode
}

/** A card or, where there is no room for one, its chip: the same region under the same name. */
export function CardFrame({ card, metrics, title, note, alarm = false, onOpen, children }: CardFrameProps) {
  const { rect, state, chip, id } = card
  const number = NUMBER[id]
  // Of what a chip has no room to say, the sign is left.
  const worst = card.foot.find(({ level }) => level !== 'fine')
  const fits = rect.w > metrics.cell * (titleCells(title) + (number === undefined ? 2.2 : 5))
  return (
    <section
      aria-label={title}
      data-card={id}
      className={`card card-${id} is-${state}${chip ? ' chip' : ''}`}
      style={{ left: rect.x, top: rect.y, width: rect.w, height: rect.h }}
    >
      <header className="card-title" style={{ height: Math.min(metrics.title, rect.h) - 2 }}>
        {number !== undefined && <span className="badge">{number}</span>}
        <h2 className={chip && !fits && number !== undefined ? 'visually-hidden' : undefined}>{title}</h2>
        {note !== null && !chip && <span className={alarm ? 'card-note alarm' : 'card-note'}>{note}</span>}
        {chip && worst !== undefined && <FindingSign level={worst.level} />}
        {chip && <button type="button" className="chip-open" aria-label={title} onClick={onOpen} />}
      </header>
      {!chip && children}
    </section>
  )
}
