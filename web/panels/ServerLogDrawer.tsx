import { useEffect, useRef } from 'react'
import { usePage, useWords } from './hooks.ts'
import { LogLines } from './LogLines.tsx'
import { DRAWER } from './ServerLog.tsx'

/** Over the lower part of the picture, which does not move for it. */
export function ServerLogDrawer() {
  const page = usePage()
  const words = useWords().shell.log
  const drawer = useRef<HTMLElement>(null)
  const close = () => {
    page.session.getState().setLogOpen(false)
    document.querySelector<HTMLElement>('.log-button')?.focus()
  }
  useEffect(() => {
    drawer.current?.querySelector<HTMLElement>('[role="log"]')?.focus()
  }, [])
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
