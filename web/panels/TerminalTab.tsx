import { useEffect, useRef, useState } from 'react'
import type { Page } from '../store/page.ts'
import type { OpenTerminal } from '../terminal/openTerminal.ts'
import { usePage, useWords } from './hooks.ts'

/** One for the page, whatever becomes of the component that shows it. */
let opening: Promise<OpenTerminal> | null = null

/** Loads the terminal after the page has been drawn: the picture comes first. */
async function load(place: HTMLElement, page: Page): Promise<OpenTerminal> {
  const { openTerminal } = await import('../terminal/openTerminal.ts')
  const terminal = await openTerminal(place, {
    onData: (data) => page.shell.type(data),
    tabLeaves: () => page.shell.isIdle,
  })
  terminal.fit()
  page.terminal.attach(terminal)
  page.shell.start()
  return terminal
}

export function TerminalTab() {
  const page = usePage()
  const words = useWords().shell.client
  const place = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<{ kind: 'loading' | 'open' } | { kind: 'failed'; why: string }>({
    kind: 'loading',
  })

  useEffect(() => {
    const { current } = place
    if (current === null) return
    let gone = false
    let observer: ResizeObserver | null = null
    opening ??= load(current, page)
    opening.then(
      (terminal) => {
        if (gone) return
        terminal.showIn(current)
        observer = new ResizeObserver(() => terminal.fit())
        observer.observe(current)
        setState({ kind: 'open' })
      },
      (error: unknown) => {
        opening = null
        // Without a terminal, what is asked for by buttons is still done.
        page.shell.start()
        if (!gone) setState({ kind: 'failed', why: error instanceof Error ? error.message : String(error) })
      },
    )
    return () => {
      gone = true
      observer?.disconnect()
    }
  }, [page])

  return (
    <div className="terminal" ref={place}>
      {state.kind === 'loading' && <p className="client-note">{words.loading}</p>}
      {state.kind === 'failed' && (
        <p className="client-note" role="alert">
          {words.failed(state.why)}
        </p>
      )}
    </div>
  )
}
