import './client.css'
import { type KeyboardEvent, useRef } from 'react'
import type { SessionState } from '../store/session.ts'
import { usePage, useSession, useTrace, useWords } from './hooks.ts'
import { LogTab } from './LogTab.tsx'
import { TerminalTab } from './TerminalTab.tsx'

const TABS = ['terminal', 'log'] as const satisfies readonly SessionState['clientTab'][]

/** What stands in the Client region: the terminal, and what the server and the application say. */
export function ClientPanel() {
  const page = usePage()
  const words = useWords().shell.client
  const chosen = useSession((state) => state.clientTab)
  const list = useRef<HTMLDivElement>(null)
  const logged = useTrace((state) => state.index.facts.logLines.length)

  const move = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    const other = chosen === 'terminal' ? 'log' : 'terminal'
    page.session.getState().setClientTab(other)
    list.current?.querySelector<HTMLElement>(`[data-tab="${other}"]`)?.focus()
  }
  return (
    <div className="client" data-theme="dark">
      <div className="client-tabs" role="tablist" aria-label={words.tabs} ref={list} onKeyDown={move}>
        {TABS.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`client-tab-${tab}`}
            data-tab={tab}
            aria-selected={tab === chosen}
            aria-controls={`client-panel-${tab}`}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => page.session.getState().setClientTab(tab)}
          >
            {words[tab]}
            {tab === 'log' && logged > 0 && (
              <span className="client-count" aria-hidden="true">
                {logged > 999 ? '999+' : logged}
              </span>
            )}
          </button>
        ))}
      </div>
      {TABS.map((tab) => (
        <div
          key={tab}
          className="client-panel"
          role="tabpanel"
          id={`client-panel-${tab}`}
          aria-labelledby={`client-tab-${tab}`}
          hidden={tab !== chosen}
        >
          {/* The terminal stays as it is; a log that nobody sees is not drawn. */}
          {tab === 'terminal' ? <TerminalTab /> : chosen === 'log' && <LogTab />}
        </div>
      ))}
    </div>
  )
}
