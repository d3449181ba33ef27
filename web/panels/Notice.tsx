import { page, useSession, useWords } from '../store/stores.ts'

/** What the page has to say until it is dismissed: a restart, a problem, a file that could not be read. */
export function Notice() {
  const words = useWords().shell.notice
  const notice = useSession((state) => state.notice)
  return (
    <div role="alert" className="notice-place">
      {notice !== null && (
        <div className="notice" data-kind={notice.kind}>
          <p>{notice.kind === 'restarted' ? words.restarted : notice.message}</p>
          <button type="button" className="quiet-button" onClick={() => page.session.getState().dismiss()}>
            {words.dismiss}
          </button>
        </div>
      )}
    </div>
  )
}
