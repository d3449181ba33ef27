/** The application: its own source, with the line that is at work marked; below it where it stands and how it failed. */
import type { StageState } from '../../../shared/trace/fold.ts'
import type { ContentContext, Row } from '../content/content.ts'
import {
  fileShown,
  lineAtWork,
  lineThatAnswered,
  raisedIn,
  type SourceView,
  sourceRows,
} from '../content/sourceRows.ts'
import { fileName, foldedFrames } from '../content/stackFrames.ts'
import type { StageWords } from '../words.ts'
import { type AppShown, alarm, type CardDefinition, following, type Note, quiet } from './card.ts'

export function applicationRows(state: StageState, source: SourceView, context: ContentContext): Row[] {
  const now = lineAtWork(state)
  if (now !== null) return sourceRows(source, now.file === source.file ? now.line : null, context)
  const answered = lineThatAnswered(state)
  return sourceRows(source, answered?.file === source.file ? answered.line : null, context, 'past')
}

/** Rows in sight below the line at work: the rest of its statement, mostly. */
const BELOW_LINE = 6

/** Where start_response was called by no line that the card could mark: the frames that called it, until chunks come. */
function callingFrames({ startResponse, chunks }: StageState, words: StageWords): string | null {
  const [frame, ...others] = startResponse?.stack ?? []
  if (chunks.length > 0 || frame === undefined || 'file' in frame || others.length > 0) return null
  return foldedFrames(frame, words.startResponse)
}

/** Below the application's source: where it stands. */
export function applicationStatus(state: StageState, words: StageWords): Note {
  const nobody = state.dead !== null || state.raised?.kind === 'app.died'
  const never = state.refused !== null || (nobody && state.call === null)
  if (never) return alarm(words.application.never)
  if (state.raised?.kind === 'app.died') return alarm(words.application.died)
  const raised = raisedIn({ ...state, flight: null })
  if (raised !== null) return alarm(`${raised.type}: ${raised.message}`)
  if (state.omitted !== null) return quiet(words.application.omitted(state.omitted.events))
  if (state.appClosed) return quiet(state.call?.unwatched ? words.application.unwatched : words.application.done)
  const framework = callingFrames(state, words)
  if (framework !== null) return quiet(words.application.framework(framework))
  if (state.call !== null) return quiet(words.application.called(state.call.worker))
  return quiet(state.queued === null ? words.application.waiting : words.application.queued(state.queued.ahead))
}

function notes(state: StageState, words: StageWords, app: AppShown): Note[] {
  const file = fileShown(state, app.file)
  if (file === null) return []
  const name = quiet(fileName(file))
  return app.earlier
    ? [quiet(words.application.earlier(name.text)), quiet(words.application.earlier('')), name]
    : [name]
}

export const applicationCard: CardDefinition = {
  id: 'application',
  number: null,
  title: (words) => words.titles.application,
  isReached: () => true,
  rows: (state, context) => {
    const file = fileShown(state, context.appFile)
    const source = file === null ? undefined : context.sourceOf(file)
    return source === undefined ? [] : applicationRows(state, source, context)
  },
  firstRow: ({ rows, visible }) =>
    following(
      rows.findIndex(({ mark }) => mark === 'now' || mark === 'past'),
      visible,
      BELOW_LINE,
    ),
  notes,
  idle: () => '',
  empty: (words) => words.application.noSource,
  status: applicationStatus,
}
