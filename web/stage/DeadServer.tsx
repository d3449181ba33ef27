import type { Rect } from './geometry.ts'
import type { StageWords } from './words.ts'

/** Why the server died, and the traceback where there is one. */
export interface Death {
  readonly reason: string
  readonly traceback: string | null
}

interface DeadServerProps {
  death: Death
  /** What it stands above, within the server's frame. */
  above: Rect
  /** Whether it runs again by now. */
  revived: boolean
  onRestart: (() => void) | null
  words: StageWords['dead']
}

/** A server that an exception has ended: what it died of, and how to start it again. */
export function DeadServer({ death, above, revived, onRestart, words }: DeadServerProps) {
  return (
    <section
      className="dead-server"
      aria-label={words.title}
      style={{ left: above.x, width: above.w, bottom: `calc(100% - ${above.y - 12}px)` }}
    >
      <p className="dead-title">{words.title}</p>
      <p className="dead-reason">{death.reason}</p>
      {death.traceback !== null && (
        <details>
          <summary>{words.traceback}</summary>
          <pre>{death.traceback}</pre>
        </details>
      )}
      {onRestart !== null && (
        <button type="button" className="button button-accent" onClick={onRestart}>
          {words.button}
        </button>
      )}
      {revived && <p className="dead-revived">{words.restarted}</p>}
    </section>
  )
}
