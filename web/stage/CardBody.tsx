import { type ClipboardEvent, type KeyboardEvent, memo, useLayoutEffect, useRef } from 'react'
import type { Fading } from './cards/card.ts'
import type { Link, Row } from './content/content.ts'
import { copyText, rowText } from './copying.ts'
import { isHighlighted, linkedTokens } from './highlight.ts'
import type { Metrics } from './metrics.ts'
import type { Card } from './scene.ts'

interface RowViewProps {
  row: Row
  top: number
  metrics: Metrics
  highlight: Link | null
  hidden: ReadonlySet<string>
  fading: Fading | null
}

const RowView = memo(function RowView({ row, top, metrics, highlight, hidden, fading }: RowViewProps) {
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
          className={`tok tone-${token.tone}${token.fault === true ? ' fault' : ''}${isHighlighted(token.link, highlight) ? ' lit' : ''}`}
          style={{
            left: metrics.pad + token.col * metrics.cell,
            visibility: hidden.has(token.id) ? 'hidden' : undefined,
            opacity: fading?.tokens.has(token.id) === true ? fading.opacity : undefined,
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

interface FarRowsProps {
  rows: readonly Row[]
  from: number
  to: number
  line: number
  pad: number
  hidden: ReadonlySet<string>
}

/** Rows that are scrolled off, as one text: so that the browser finds what is in them. */
const FarRows = memo(function FarRows({ rows, from, to, line, pad, hidden }: FarRowsProps) {
  if (to <= from) return null
  const text = rows
    .slice(from, to)
    .map((row) => rowText(row, hidden))
    .join('\n')
  return (
    <pre className="far-rows" style={{ top: from * line, left: pad, lineHeight: `${line}px` }}>
      {text}
    </pre>
  )
})

export interface CardBodyProps {
  card: Card
  metrics: Metrics
  highlight: Link | null
  onHighlight: (link: Link | null) => void
  onScrolled: (top: number) => void
}

/** Rows beyond what is visible that are drawn all the same, so that scrolling shows no gaps. */
const SPARE = 12

export function CardBody({ card, metrics, highlight, onHighlight, onScrolled }: CardBodyProps) {
  const ref = useRef<HTMLDivElement>(null)
  const { rows, scroll, contentHeight, bodyHeight } = card
  useLayoutEffect(() => {
    if (ref.current !== null && Math.abs(ref.current.scrollTop - scroll) > 1) ref.current.scrollTop = scroll
  }, [scroll])
  const first = Math.max(0, Math.floor(scroll / metrics.line) - SPARE)
  const last = Math.min(rows.length, Math.ceil((scroll + bodyHeight) / metrics.line) + SPARE)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'a' && (event.ctrlKey || event.metaKey) && ref.current !== null) {
      event.preventDefault()
      window.getSelection()?.selectAllChildren(ref.current)
      return
    }
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    const tokens = linkedTokens(card)
    const at = tokens.findIndex((token) => token.link === highlight)
    const next = tokens[event.key === 'ArrowDown' ? at + 1 : Math.max(0, at - 1)]
    if (next === undefined) return
    event.preventDefault()
    onHighlight(next.link)
  }
  const onCopy = (event: ClipboardEvent): void => {
    const chosen = selectedRows(ref.current, first, rows.length)
    if (chosen === null) return
    event.preventDefault()
    event.clipboardData.setData('text/plain', copyText(rows.slice(chosen.from, chosen.to)))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a scrolling region takes the focus, and its arrows walk through the values in it
    <div
      ref={ref}
      className="card-body"
      // There is more below: its last line fades.
      data-more={contentHeight > scroll + bodyHeight + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      style={{ height: bodyHeight }}
      onKeyDown={onKeyDown}
      onCopy={onCopy}
      onBlur={() => onHighlight(null)}
      onWheel={(event) => onScrolled(event.currentTarget.scrollTop)}
      onScroll={(event) => {
        if (Math.abs(event.currentTarget.scrollTop - scroll) > 1) onScrolled(event.currentTarget.scrollTop)
      }}
    >
      <div style={{ height: contentHeight, position: 'relative' }}>
        <FarRows rows={rows} from={0} to={first} line={metrics.line} pad={metrics.pad} hidden={card.hidden} />
        {rows.slice(first, last).map((row, index) => (
          <RowView
            key={row.id}
            row={row}
            top={(first + index) * metrics.line}
            metrics={metrics}
            highlight={highlight}
            hidden={card.hidden}
            fading={card.fading}
          />
        ))}
        <FarRows rows={rows} from={last} to={rows.length} line={metrics.line} pad={metrics.pad} hidden={card.hidden} />
      </div>
    </div>
  )
}

/**
 * Which rows the selection takes in, the whole of each; null where it is within one token, or in no row that is drawn:
 * then the browser copies what is selected.
 * @param first index of the first row that is drawn, of `count`.
 */
function selectedRows(body: HTMLElement | null, first: number, count: number): { from: number; to: number } | null {
  const selection = window.getSelection()
  if (body === null || selection === null || selection.rangeCount === 0) return null
  const range = selection.getRangeAt(0)
  if (range.startContainer === body && range.endContainer === body) return { from: 0, to: count }
  if (range.startContainer === range.endContainer) return null
  const chosen = [...body.querySelectorAll('.row')].flatMap((row, at) => (range.intersectsNode(row) ? [at] : []))
  const [from] = chosen
  const to = chosen.at(-1)
  return from === undefined || to === undefined ? null : { from: first + from, to: first + to + 1 }
}
