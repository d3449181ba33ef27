import type { EventOf, ReloadFailure } from '../../shared/trace/events.ts'
import type { Dictionary } from '../i18n/dictionary.ts'
import { fileName } from '../stage/content/stackFrames.ts'
import type { SessionState } from '../store/session.ts'
import { usePage, useSession, useWords } from './hooks.ts'

/** What the page has to say until it is dismissed or the next thing happens: problems as alerts, the rest politely. */
export function Notice() {
  const page = usePage()
  const words = useWords().shell.notice
  const notice = useSession((state) => state.notice)
  const dismiss = (
    <button type="button" className="quiet-button" onClick={() => page.session.getState().dismiss()}>
      {words.dismiss}
    </button>
  )
  return (
    <>
      <div role="status" className="notice-place" aria-live="polite">
        {notice?.kind === 'reloaded' && (
          <div className="notice" data-kind={notice.reload.failure === null ? 'reloaded' : 'not-loaded'}>
            <Reload reload={notice.reload} />
            {dismiss}
          </div>
        )}
        {notice?.kind === 'reading' && (
          <div className="notice" data-kind="reading">
            <p>{words.reading(notice.file, notice.part)}</p>
            {dismiss}
          </div>
        )}
      </div>
      <div role="alert" className="notice-place">
        {notice !== null && notice.kind !== 'reloaded' && notice.kind !== 'reading' && (
          <div className="notice" data-kind={notice.kind}>
            <p>{textOf(notice, words)}</p>
            {dismiss}
          </div>
        )}
      </div>
    </>
  )
}

type Alert = Exclude<NonNullable<SessionState['notice']>, { kind: 'reloaded' | 'reading' }>

function textOf(notice: Alert, words: Dictionary['shell']['notice']): string {
  if (notice.kind === 'restarted') return words.restarted
  return notice.kind === 'letGo' ? words.letGo(notice.exchange) : notice.message
}

/** More files than these are not named. */
const NAMED = 3

function Reload({ reload: { changed, failure } }: { reload: EventOf<'app.reloaded'> }) {
  const words = useWords().shell.notice
  if (failure === null) {
    const names = changed.slice(0, NAMED).map(fileName).join(', ')
    return (
      <p>{changed.length === 0 ? words.reloadedFor : words.reloaded(names + (changed.length > NAMED ? ', …' : ''))}</p>
    )
  }
  const file = failure.file ?? changed[0]
  const why = whatWasRaised(failure)
  return (
    <div className="notice-text">
      <p>
        {file === undefined || failure.type === null
          ? `${failure.message}.`
          : words.notLoaded(fileName(file), failure.line === null ? `${why}.` : words.atLine(why, failure.line))}{' '}
        {words.previous}
      </p>
      {failure.traceback !== null && (
        <details>
          <summary>{words.traceback}</summary>
          <pre>{failure.traceback.trimEnd()}</pre>
        </details>
      )}
    </div>
  )
}

/** `SyntaxError: invalid syntax`: a traceback has it in a line of its own. */
function whatWasRaised({ type, traceback }: ReloadFailure): string {
  const line = traceback?.split('\n').findLast((text) => text.startsWith(`${type}`))
  return line?.replace(/[.:\s]+$/, '') ?? `${type}`
}
