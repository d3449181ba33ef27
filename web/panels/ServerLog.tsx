import { useEffect, useRef } from 'react'
import { usePage, useSession, useTrace, useWords } from './hooks.ts'
import { LogLines } from './LogLines.tsx'

const DRAWER = 'server-log'

/** On the server's frame: opens what it and the application say. */
export function ServerLogButton() {
  const page = usePage()
  const words = useWords().shell.log
  const open = useSession((state) => state.logOpen)
  const lines = useTrace((state) => state.facts.logLines.length)
  const count = lines > 999 ? '999+' : String(lines)
  return (
    <button
      type="button"
      className="log-button"
      aria-expanded={open}
      aria-controls={open ? DRAWER : undefined}
      aria-label={words.open(lines)}
      onClick={() => page.session.getState().setLogOpen(!open)}
    >
      {words.title}
      {lines > 0 && (
        <span className="log-count" aria-hidden="true">
          {count}
        </span>
      )}
    </button>
  )
}

/** Over the lower part of the picture, which does not move for it. */
export function ServerLogDrawer() {
  const page = usePage()
  const words = useWords().shell.log
  const open = useSession((state) => state.logOpen)
  const drawer = useRef<HTMLElement>(null)
  const close = () => {
    page.session.getState().setLogOpen(false)
    document.querySelector<HTMLElement>('.log-button')?.focus()
  }
  useEffect(() => {
    if (open) drawer.current?.querySelector<HTMLElement>('[role="log"]')?.focus()
  }, [open])
  if (!open) return null
  return (
    <section
      id={DRAWER}
      ref={drawer}
      className="log-drawer"
      data-theme="dark"
      aria-label={words.title}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        close()
      }}
    >
      <header className="log-head">
        <h2>{words.title}</h2>
        <button type="button" className="quiet-button" onClick={close}>
          {words.close}
        </button>
      </header>
      <LogLines />
    </section>
  )
}
