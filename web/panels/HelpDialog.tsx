import './help.css'
import { useEffect, useRef } from 'react'
import type { Dictionary } from '../i18n/dictionary.ts'
import { TERMS, type Term } from '../stage/glossary.ts'
import { usePage, useSession, useWords } from './hooks.ts'

const ORIGINS = ['method', 'path', 'query', 'version', 'header', 'body'] as const

export function HelpDialog() {
  const words = useWords().shell.help
  const open = useSession((state) => state.helpOpen)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const { current } = dialog
    if (current === null) return
    if (open && !current.open) current.showModal()
    if (!open && current.open) current.close()
  }, [open])
  const page = usePage()
  const close = () => page.session.getState().setHelpOpen(false)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; Escape does so natively
    <dialog
      ref={dialog}
      className="help"
      aria-labelledby="help-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close()
      }}
    >
      <div className="help-content">
        <header>
          <h2 id="help-title">{words.title}</h2>
          <button type="button" className="quiet-button" onClick={close}>
            {words.close}
          </button>
        </header>
        <div className="help-columns">
          <section>
            <h3>{words.keysTitle}</h3>
            <dl className="help-keys">
              {words.keys.map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
            <p className="help-note">{words.keysNote}</p>
          </section>
          <Colours words={words} />
        </div>
        <section>
          <h3>{words.ideaTitle}</h3>
          <p>{words.idea}</p>
        </section>
        <Terms title={words.termsTitle} />
      </div>
    </dialog>
  )
}

/** All words that the page explains, those that are easily taken for one another first. */
function Terms({ title }: { title: string }) {
  const { glossary } = useWords()
  const first: readonly Term[] = ['WSGI', 'uwsgi', 'uWSGI']
  return (
    <section>
      <h3>{title}</h3>
      <dl className="help-terms">
        {[...first, ...TERMS.filter((term) => !first.includes(term))].map((term) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{glossary[term]}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** What the colours of the picture say. */
function Colours({ words }: { words: Dictionary['shell']['help'] }) {
  return (
    <section>
      <h3>{words.coloursTitle}</h3>
      <ul className="help-colours">
        {ORIGINS.map((origin) => (
          <li key={origin}>
            <span className="swatch" data-origin={origin}>
              {words.origins[origin]}
            </span>
          </li>
        ))}
        <li>
          <span className="swatch" data-origin="server">
            {words.server}
          </span>
        </li>
        <li>
          <span className="swatch" data-origin="status">
            {words.status}
          </span>
        </li>
        <li>
          <span className="swatch" data-origin="now">
            {words.now}
          </span>
        </li>
      </ul>
      <p className="help-note">{words.coloursNote}</p>
    </section>
  )
}
