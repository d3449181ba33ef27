import { memo, useEffect, useRef } from 'react'
import type { FindingLevel } from '../../shared/trace/events.ts'
import { isOver } from '../../shared/trace/summary.ts'
import { FindingSign } from '../stage/FindingSign.tsx'
import { page, usePlayhead, useTrace, useWords } from '../store/stores.ts'
import { exchangeLabel } from './exchangeLabel.ts'

/** So many are drawn; the rest are there, and said to be there. */
const SHOWN = 200

export function ExchangeStrip() {
  const words = useWords().shell.exchanges
  return (
    <nav className="strip" aria-label={words.region}>
      <ExchangeList />
      <StripNotes />
    </nav>
  )
}

function ExchangeList() {
  const words = useWords().shell.exchanges
  const index = useTrace((state) => state.index)
  const version = useTrace((state) => state.version)
  const selected = usePlayhead((state) => state.exchange)
  const list = useRef<HTMLDivElement>(null)
  const all = index.exchanges
  const shown = all.slice(-SHOWN)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn changes with the version
  useEffect(() => {
    const box = list.current
    const chip = box?.querySelector('[aria-selected="true"]')
    if (box == null) return
    // Only the strip scrolls: scrollIntoView would move the page as well.
    if (chip instanceof HTMLElement) {
      const left = chip.offsetLeft - box.offsetLeft
      if (left < box.scrollLeft || left + chip.offsetWidth > box.scrollLeft + box.clientWidth) {
        box.scrollLeft = left - (box.clientWidth - chip.offsetWidth) / 2
      }
    }
  }, [selected, version])

  if (all.length === 0) return <p className="strip-empty">{words.none}</p>
  const select = (at: number) => {
    const exchange = shown[Math.max(0, Math.min(at, shown.length - 1))]
    if (exchange !== undefined) page.playhead.getState().select(exchange.id)
  }
  const at = shown.findIndex((exchange) => exchange.id === selected)
  return (
    <>
      {all.length > SHOWN && <span className="strip-older">{words.older(all.length - SHOWN)}</span>}
      <div
        ref={list}
        className="exchanges"
        role="listbox"
        aria-label={words.label}
        aria-orientation="horizontal"
        tabIndex={0}
        aria-activedescendant={at === -1 ? undefined : optionId(selected)}
        onKeyDown={(event) => {
          const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: shown.length - 1 }[event.key]
          if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return
          event.preventDefault()
          select(to)
        }}
      >
        {shown.map((exchange) => {
          const label = exchangeLabel(exchange, words)
          return (
            <Option
              key={exchange.id}
              id={exchange.id}
              request={label.request}
              outcome={label.outcome}
              findings={exchange.findings}
              gravest={exchange.gravest}
              selected={exchange.id === selected}
              open={!isOver(exchange.state)}
              bad={exchange.state === 'refused' || exchange.state === 'failed' || exchange.state === 'incomplete'}
            />
          )
        })}
      </div>
    </>
  )
}

const optionId = (id: number | null): string => `exchange-${id}`

interface OptionProps {
  id: number
  request: string
  outcome: string
  findings: number
  gravest: FindingLevel | null
  selected: boolean
  open: boolean
  bad: boolean
}

const Option = memo(function Option({ id, request, outcome, findings, gravest, selected, open, bad }: OptionProps) {
  const { countOf } = useWords().stage.findings
  const name = `${request} ${outcome}${gravest === null ? '' : `, ${countOf(findings, gravest)}`}`.trim()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the focus, and the keys
    <div
      id={optionId(id)}
      className="exchange"
      role="option"
      aria-selected={selected}
      aria-label={name}
      title={name}
      data-open={open}
      data-bad={bad}
      tabIndex={-1}
      onClick={() => page.playhead.getState().select(id)}
    >
      <span className="exchange-request">{request}</span> <span className="exchange-outcome">{outcome}</span>
      {gravest !== null && (
        <span className="exchange-findings">
          <FindingSign level={gravest} /> {findings}
        </span>
      )}
    </div>
  )
})

function StripNotes() {
  const words = useWords().shell.exchanges
  const counts = useTrace((state) => state.counts)
  const letGo = useTrace((state) => state.letGo)
  const follow = usePlayhead((state) => state.follow)
  const waiting = usePlayhead((state) => state.waiting)
  const passedOver = usePlayhead((state) => state.passedOver)
  const isNewest = useTrace((state) => state.newest) === usePlayhead((state) => state.exchange)
  const kept = useTrace((state) => state.index.exchanges.length)
  // A recording has no totals; there, what is kept and what was let go are all.
  const all = Math.max(counts?.requests ?? 0, kept + letGo)
  const absent = all - kept
  const thinned = counts !== null && counts.tracedPerSecond < counts.perSecond - 0.5
  return (
    <div className="strip-notes">
      {thinned && <span>{words.rate(counts.tracedPerSecond, counts.perSecond)}</span>}
      {thinned && <span className="strip-total">{words.total(counts.requests)}</span>}
      {absent > 0 && !thinned && <span className="strip-let-go">{words.letGo(absent, all)}</span>}
      <span role="status">{passedOver > 0 && words.passedOver(passedOver)}</span>
      {!follow && !isNewest && (
        <button type="button" className="pill-button" onClick={() => page.playhead.getState().followNewest()}>
          {words.followNewest}
          {waiting > 0 && <span className="pill-count">{words.waiting(waiting)}</span>}
        </button>
      )}
    </div>
  )
}
