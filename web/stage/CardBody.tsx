import { type KeyboardEvent, memo, useLayoutEffect, useRef } from 'react'
import type { Link, Row } from './content/content.ts'
import type { Metrics } from './frames.ts'
import { isLit, linkedTokens } from './lit.ts'
import type { Card } from './scene.ts'

interface RowViewProps {
  row: Row
  top: number
  metrics: Metrics
  lit: Link | null
  hidden: ReadonlySet<string>
}

const RowView = memo(function RowView({ row, top, metrics, lit, hidden }: RowViewProps) {
  const gone = row.tokens.length > 0 && row.tokens.every((token) => hidden.has(token.id))
  return (
    <div
      className={row.mark === undefined || gone ? 'row' : `row row-${row.mark}`}
      style={{ top, height: metrics.line, lineHeight: `${metrics.line}px` }}
    >
      {row.tokens.map((token) => (
        <span
          key={token.id}
          data-token={token.link === null ? undefined : token.id}
          className={`tok tone-${token.tone}${token.fault === true ? ' fault' : ''}${isLit(token.link, lit) ? ' lit' : ''}`}
          style={{
            left: metrics.pad + token.col * metrics.cell,
            visibility: hidden.has(token.id) ? 'hidden' : undefined,
          }}
        >
          {token.text}
        </span>
      ))}
      {row.perforations?.map((col) => (
        <span key={col} className="perforation" style={{ left: metrics.pad + col * metrics.cell }} />
      ))}
    </div>
  )
})

export interface CardBodyProps {
  card: Card
  metrics: Metrics
  lit: Link | null
  onLit: (link: Link | null) => void
  onScrolled: (top: number) => void
}

/** Rows beyond what is visible that are drawn all the same, so that scrolling shows no gaps. */
const SPARE = 12

export function CardBody({ card, metrics, lit, onLit, onScrolled }: CardBodyProps) {
  const ref = useRef<HTMLDivElement>(null)
  const { rows, scroll, contentHeight, bodyHeight } = card
  useLayoutEffect(() => {
    if (ref.current !== null && Math.abs(ref.current.scrollTop - scroll) > 1) ref.current.scrollTop = scroll
  }, [scroll])
  const first = Math.max(0, Math.floor(scroll / metrics.line) - SPARE)
  const last = Math.ceil((scroll + bodyHeight) / metrics.line) + SPARE
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    const tokens = linkedTokens(card)
    const at = tokens.findIndex((token) => token.link === lit)
    const next = tokens[event.key === 'ArrowDown' ? at + 1 : Math.max(0, at - 1)]
    if (next === undefined) return
    event.preventDefault()
    onLit(next.link)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a scrolling region takes the focus, and its arrows walk through the values in it
    <div
      ref={ref}
      className="card-body"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      style={{ height: bodyHeight }}
      onKeyDown={onKeyDown}
      onBlur={() => onLit(null)}
      onWheel={(event) => onScrolled(event.currentTarget.scrollTop)}
      onScroll={(event) => {
        if (Math.abs(event.currentTarget.scrollTop - scroll) > 1) onScrolled(event.currentTarget.scrollTop)
      }}
    >
      <div style={{ height: contentHeight, position: 'relative' }}>
        {rows.slice(first, last).map((row, index) => (
          <RowView
            key={row.id}
            row={row}
            top={(first + index) * metrics.line}
            metrics={metrics}
            lit={lit}
            hidden={card.hidden}
          />
        ))}
      </div>
    </div>
  )
}
