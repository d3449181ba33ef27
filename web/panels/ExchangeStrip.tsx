import { memo, useLayoutEffect, useMemo, useRef, useState, type WheelEvent } from 'react'
import type { FindingLevel } from '../../shared/trace/events.ts'
import { type ExchangeState, type ExchangeSummary, isOver } from '../../shared/trace/summary.ts'
import { FindingSign } from '../stage/FindingSign.tsx'
import { beatBeforeAnswer, exchangeLabel, outcomeBefore } from './exchangeLabel.ts'
import { usePacedTrace, usePage, usePlayhead, useTrace, useWords } from './hooks.ts'
import { chipWidth, drawnRange, scrollShowing, stripLayout } from './stripLayout.ts'
import { useSize } from './useSize.ts'

/** So many can be scrolled to, and those in sight are drawn; the rest are there, and said to be there. */
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
  const none = useTrace((state) => state.exchanges.length === 0)
  return none ? <p className="strip-empty">{words.none}</p> : <Chips />
}

function Chips() {
  const page = usePage()
  const words = useWords().shell.exchanges
  const exchanges = usePacedTrace((state) => state.exchanges)
  const selected = usePlayhead((state) => state.awaited?.exchange ?? state.exchange)
  const shown = usePlayhead((state) => state.exchange)
  const beat = usePlayhead(({ events, beats, playhead }) => beatBeforeAnswer(events(), beats(), playhead))
  const list = useRef<HTMLDivElement>(null)
  const { width, rem } = useSize(list)
  const [scroll, setScroll] = useState(0)
  const { chips, layout } = useChips(exchanges, rem)
  const at = chips.findIndex(({ exchange }) => exchange.id === selected)
  useLayoutEffect(() => {
    const box = list.current
    if (box === null) return
    // Only the strip scrolls: scrollIntoView would move the page as well.
    const to = scrollShowing(layout, at, box.scrollLeft, box.clientWidth)
    if (to !== box.scrollLeft) box.scrollLeft = to
    setScroll(box.scrollLeft)
  }, [at, layout])

  const all = exchanges.length
  const select = (to: number) => {
    const chip = chips[Math.max(0, Math.min(to, chips.length - 1))]
    if (chip !== undefined) page.playhead.getState().select(chip.exchange.id)
  }
  const { from, to } = drawnRange(layout, scroll, width)
  const behind = layout.total - ((layout.lefts[to - 1] ?? 0) + (layout.widths[to - 1] ?? 0))
  return (
    <>
      {all > SHOWN && <span className="strip-older">{words.older(all - SHOWN)}</span>}
      <div
        ref={list}
        className="exchanges"
        role="listbox"
        aria-label={words.label}
        aria-orientation="horizontal"
        tabIndex={0}
        aria-activedescendant={at < from || at >= to ? undefined : optionId(selected)}
        onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
        onWheel={alongTheStrip}
        onKeyDown={(event) => {
          const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: chips.length - 1 }[event.key]
          if (next === undefined || event.ctrlKey || event.altKey || event.metaKey) return
          event.preventDefault()
          select(next)
        }}
      >
        <div
          className="exchanges-row"
          role="presentation"
          style={{ paddingLeft: layout.lefts[from], paddingRight: behind }}
        >
          {chips.slice(from, to).map(({ exchange, label }, n) => {
            const before = beat !== null && exchange.id === shown ? outcomeBefore(beat, exchange, label, words) : null
            return (
              <Option
                key={exchange.id}
                id={exchange.id}
                place={from + n + 1}
                of={chips.length}
                width={layout.widths[from + n] ?? 0}
                request={label.request}
                outcome={before?.outcome ?? label.outcome}
                said={before?.name ?? label.outcome}
                findings={exchange.findings}
                gravest={exchange.gravest}
                selected={exchange.id === selected}
                open={!isOver(exchange.state)}
                bad={before === null && isBad(exchange)}
              />
            )
          })}
        </div>
      </div>
    </>
  )
}

/** A plain wheel goes along the strip, which has no other way to go. */
function alongTheStrip({ currentTarget, deltaX, deltaY }: WheelEvent<HTMLElement>): void {
  if (Math.abs(deltaY) > Math.abs(deltaX)) currentTarget.scrollLeft += deltaY
}

/** Those that can be scrolled to, with their labels and places. */
function useChips(exchanges: readonly ExchangeSummary[], rem: number) {
  const words = useWords().shell.exchanges
  return useMemo(() => {
    const listed = exchanges.slice(-SHOWN).map((exchange) => ({ exchange, label: exchangeLabel(exchange, words) }))
    const em = Math.max(13, 0.8125 * rem)
    const widths = listed.map(({ exchange, label: { request, outcome } }) =>
      chipWidth(
        `${request} ${outcome}${isBad(exchange) ? BAD_SIGN : ''}`,
        exchange.gravest === null ? 0 : exchange.findings,
        em,
        rem,
      ),
    )
    return { chips: listed, layout: stripLayout(widths, rem) }
  }, [exchanges, words, rem])
}

/** What stands before the outcome of a bad one: see the style. */
const BAD_SIGN = '! '

const BAD: ReadonlySet<ExchangeState> = new Set(['refused', 'failed', 'incomplete'])

/** Not what was asked for: a refusal, an error of whoever answered, an answer that broke off. */
const isBad = ({ state, status }: ExchangeSummary): boolean => BAD.has(state) || (status ?? 0) >= 400

const optionId = (id: number | null): string => `exchange-${id}`

interface OptionProps {
  id: number
  /** Which one it is, counted from 1, and of how many: not all of them are drawn. */
  place: number
  of: number
  width: number
  request: string
  outcome: string
  /** The outcome in words, where there is no room for them. */
  said: string
  findings: number
  gravest: FindingLevel | null
  selected: boolean
  open: boolean
  bad: boolean
}

const Option = memo(function Option(props: OptionProps) {
  const page = usePage()
  const { id, request, outcome, findings, gravest, selected, open, bad } = props
  const { countOf } = useWords().stage.findings
  const name = `${request} ${props.said}${gravest === null ? '' : `, ${countOf(findings, gravest)}`}`.trim()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the focus, and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus, and says which option is active
    <div
      id={optionId(id)}
      className="exchange"
      role="option"
      aria-selected={selected}
      aria-posinset={props.place}
      aria-setsize={props.of}
      style={{ width: props.width }}
      aria-label={name}
      title={name}
      data-open={open}
      data-bad={bad}
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
  const page = usePage()
  const words = useWords().shell.exchanges
  const counts = useTrace((state) => state.counts)
  const letGo = useTrace((state) => state.letGo)
  const stays = usePlayhead(({ follow, playing, waiting }) => !follow || (!playing && waiting > 0))
  const waiting = usePlayhead((state) => state.waiting)
  const passedOver = usePlayhead((state) => state.passedOver)
  const isNewest = useTrace((state) => state.newest) === usePlayhead((state) => state.exchange)
  const kept = usePacedTrace((state) => state.exchanges.length)
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
      {stays && !isNewest && (
        <button type="button" className="pill-button" onClick={() => page.playhead.getState().followNewest()}>
          {words.followNewest}
          {waiting > 0 && <span className="pill-count">{words.waiting(waiting)}</span>}
        </button>
      )}
    </div>
  )
}
