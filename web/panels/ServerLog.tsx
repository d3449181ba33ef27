import { usePage, useSession, useTrace, useWords } from './hooks.ts'

/** The drawer's id, in the document. */
export const DRAWER = 'server-log'

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
