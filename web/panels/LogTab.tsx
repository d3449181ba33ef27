import { useEffect, useRef } from 'react'
import { usePacedVersion, usePage, useTrace, useWords } from './hooks.ts'
import { clockText } from './time.ts'

/** So many lines are drawn. */
const SHOWN = 300

/** What the server logs, and what the application prints or writes to wsgi.errors: when, and of which request. */
export function LogTab() {
  const words = useWords().shell.client
  const index = useTrace((state) => state.index)
  const startedAt = useTrace((state) => state.header?.startedAt ?? 0)
  const version = usePacedVersion()
  const box = useRef<HTMLDivElement>(null)
  /** Whether the newest line is in sight; then it stays in sight. */
  const atEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn changes with the version
  useEffect(() => {
    const { current } = box
    if (current !== null && atEnd.current) current.scrollTop = current.scrollHeight
  }, [version])
  const all = index.facts.logLines
  const shown = all.slice(-SHOWN)
  return (
    <div
      className="log"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      role="log"
      aria-label={words.log}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollTop + clientHeight >= scrollHeight - 4
      }}
    >
      {all.length === 0 && <p className="client-note">{words.logEmpty}</p>}
      {all.length > SHOWN && <p className="client-note">{words.logOlder(all.length - SHOWN)}</p>}
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
  const words = useWords().shell.client
  if (!kept) return <span className="log-request">#{exchange}</span>
  return (
    <button
      type="button"
      className="log-request"
      aria-label={words.logRequest(exchange)}
      onClick={() => page.playhead.getState().select(exchange)}
    >
      #{exchange}
    </button>
  )
}
