import { useEffect, useRef } from 'react'
import { usePacedTrace, usePage, useTrace, useWords } from './hooks.ts'
import { clockText } from './time.ts'

/** So many lines are drawn. */
const SHOWN = 300

/** What the server logs, and what the application prints or writes to wsgi.errors: when, and of which request. */
export function LogLines() {
  const words = useWords().shell.log
  const startedAt = useTrace((state) => state.header?.startedAt ?? 0)
  const all = usePacedTrace((state) => state.facts.logLines)
  const { index } = usePage().trace.getState()
  const box = useRef<HTMLDivElement>(null)
  /** Whether the newest line is in sight; then it stays in sight. */
  const atEnd = useRef(true)
  const newest = all.at(-1)?.seq
  useEffect(() => {
    const { current } = box
    // A line has been added: the one that was the newest is not the end any more.
    if (newest !== undefined && current !== null && atEnd.current) current.scrollTop = current.scrollHeight
  }, [newest])
  const shown = all.slice(-SHOWN)
  return (
    <div
      className="log"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      role="log"
      aria-label={words.title}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollTop + clientHeight >= scrollHeight - 4
      }}
    >
      {all.length === 0 && <p className="client-note">{words.empty}</p>}
      {all.length > SHOWN && <p className="client-note">{words.older(all.length - SHOWN)}</p>}
      {shown.map((line) => (
        <p key={line.seq} className="log-line" data-source={line.source}>
          <time className="log-time" dateTime={new Date(startedAt + line.at / 1000).toISOString()}>
            {clockText(startedAt + line.at / 1000)}
          </time>{' '}
          {line.exchange !== null && (
            <>
              <RequestNumber exchange={line.exchange} kept={index.has(line.exchange)} />{' '}
            </>
          )}
          <span className="log-source">{line.source}</span> {line.text.trimEnd()}
        </p>
      ))}
    </div>
  )
}

interface RequestNumberProps {
  exchange: number
  /** Whether it can be shown. */
  kept: boolean
}

/** Which request a line belongs to, and the way to it. */
function RequestNumber({ exchange, kept }: RequestNumberProps) {
  const page = usePage()
  const words = useWords().shell.log
  if (!kept) return <span className="log-request">#{exchange}</span>
  return (
    <button
      type="button"
      className="log-request"
      aria-label={words.request(exchange)}
      onClick={() => page.playhead.getState().select(exchange)}
    >
      #{exchange}
    </button>
  )
}
