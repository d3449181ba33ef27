import { useEffect, useRef } from 'react'
import { usePacedVersion, useTrace, useWords } from '../store/stores.ts'

/** So many lines are drawn. */
const SHOWN = 300

/** What the server logs, and what the application prints or writes to wsgi.errors. */
export function LogTab() {
  const words = useWords().shell.client
  const index = useTrace((state) => state.index)
  const version = usePacedVersion()
  const box = useRef<HTMLDivElement>(null)
  /** Whether the newest line is in sight; then it stays in sight. */
  const atEnd = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn changes with the version
  useEffect(() => {
    const { current } = box
    if (current !== null && atEnd.current) current.scrollTop = current.scrollHeight
  }, [version])
  const all = index.logLines
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
          <span className="log-source">{line.source}</span> {line.text.trimEnd()}
        </p>
      ))}
    </div>
  )
}
