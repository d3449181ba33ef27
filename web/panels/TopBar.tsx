import { useRef } from 'react'
import { learn } from '../i18n/dictionary.ts'
import { LANGUAGES, type Language } from '../i18n/languages.ts'
import { addressText } from '../store/addresses.ts'
import type { Page } from '../store/page.ts'
import { THEMES, type Theme } from '../store/session.ts'
import { usePage, useSession, useTrace, useWords } from './hooks.ts'

export function TopBar() {
  const page = usePage()
  const words = useWords().shell.topBar
  return (
    <header className="top-bar">
      <h1 className="brand">
        <Mark />
        {words.label}
      </h1>
      <Serving />
      <div className="top-bar-tools">
        <Status />
        <OpenTrace />
        <LanguageChoice />
        <ThemeChoice />
        <button
          type="button"
          className="quiet-button"
          aria-label={words.help}
          title={words.help}
          onClick={() => page.session.getState().setHelpOpen(true)}
        >
          ?
        </button>
      </div>
    </header>
  )
}

/** In a language whose words are here, or come now; where they do not, the page says so and stays as it is. */
async function speak({ session }: Page, language: Language): Promise<void> {
  try {
    await learn(language)
    session.getState().setLanguage(language)
  } catch (error) {
    session.setState({ notice: { kind: 'problem', message: error instanceof Error ? error.message : String(error) } })
  }
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <rect x="2" y="2" width="20" height="20" rx="5.5" stroke="currentColor" strokeWidth="2" />
      <path
        d="M5.5 13h3l2-6.5 3 11 2-6.5.9 2h2.1"
        stroke="var(--accent)"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}

/** `hello.py:app on 127.0.0.1:8888`, or `tap to 127.0.0.1:8000 on 127.0.0.1:8888`. */
function Serving() {
  const words = useWords().shell.topBar
  const header = useTrace((state) => state.header)
  if (header === null) return <p className="serving" />
  const address = addressText(header.gateway)
  const app =
    header.tap === undefined ? header.app.slice(header.app.lastIndexOf('/') + 1) : words.tap(addressText(header.tap))
  return (
    <p className="serving">
      <span className="serving-app" title={header.tap === undefined ? header.app : app}>
        {app}
      </span>{' '}
      <span className="serving-on">{words.serving}</span> <span>{address}</span>
    </p>
  )
}

function Status() {
  const words = useWords().shell.topBar
  const status = useSession((state) => state.status)
  const file = useSession((state) => state.file)
  return (
    <p className="status" data-status={status} role="status">
      <span className="status-dot" aria-hidden="true" />
      <span className="status-text">{file === null ? words.status[status] : words.recording(file)}</span>
    </p>
  )
}

function OpenTrace() {
  const page = usePage()
  const words = useWords().shell.topBar
  const file = useSession((state) => state.file)
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      {file !== null && (
        <button type="button" className="quiet-button strong" onClick={() => page.openLive()}>
          {words.backToLive}
        </button>
      )}
      <button type="button" className="quiet-button" onClick={() => input.current?.click()}>
        {words.openTrace}
      </button>
      <input
        ref={input}
        type="file"
        accept=".ndjson,application/x-ndjson"
        aria-label={words.openTrace}
        tabIndex={-1}
        className="visually-hidden"
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0]
          // The same file can be chosen again.
          event.currentTarget.value = ''
          if (chosen !== undefined) void page.openFile(chosen)
        }}
      />
    </>
  )
}

const SHORT_NAMES = { en: 'EN', 'zh-CN': '中文' } as const

function LanguageChoice() {
  const page = usePage()
  const words = useWords().shell.topBar
  const chosen = useSession((state) => state.language)
  return (
    <fieldset className="language" aria-label={words.language}>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          className="quiet-button"
          lang={language}
          aria-pressed={language === chosen}
          onClick={() => void speak(page, language)}
        >
          {SHORT_NAMES[language]}
        </button>
      ))}
    </fieldset>
  )
}

function ThemeChoice() {
  const page = usePage()
  const words = useWords().shell.topBar
  const chosen = useSession((state) => state.theme)
  return (
    <select
      className="quiet-select"
      aria-label={words.theme}
      title={words.theme}
      value={chosen}
      onChange={(event) => page.session.getState().setTheme(event.currentTarget.value as Theme)}
    >
      {THEMES.map((theme) => (
        <option key={theme} value={theme}>
          {words.themes[theme]}
        </option>
      ))}
    </select>
  )
}
