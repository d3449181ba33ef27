/** What stands at the right of a card's title: the one number or word that says how far it is. */

import type { StageState } from '../../shared/trace/fold.ts'
import { fileShown, raisedIn } from './content/application.ts'
import type { CardId } from './content/content.ts'
import { changedKeys } from './content/environRows.ts'
import { missingKeys } from './content/findings.ts'
import { foldedFrames } from './content/startResponse.ts'
import type { Scene } from './scene.ts'
import { cellWidth, titleCells } from './text.ts'
import type { StageWords } from './words.ts'

export const fileName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

export interface Note {
  text: string
  alarm: boolean
}

/** What the application's card shows. */
interface AppShown {
  /** The main file, as in `app.source`. */
  file: string | null
  /** Another version of the application is served by now. */
  earlier: boolean
}

const quiet = (text: string): Note => ({ text, alarm: false })
const alarm = (text: string): Note => ({ text, alarm: true })

/** From the fullest to the shortest way to say it; the first that fits beside the title is shown. */
function waysToSay(id: CardId, scene: Scene, words: StageWords, app: AppShown): Note[] {
  const { state } = scene
  switch (id) {
    case 'client':
    case 'requestLine':
      return []
    case 'socket': {
      if (state.refused !== null) {
        const { status } = state.refused
        return [alarm(words.refused(status)), alarm(String(status))]
      }
      if (state.bytesOnly !== null) return [alarm(words.bytesOnly)]
      if (state.received.length === 0) return []
      const size = state.inboundEnd - state.inboundStart
      return [quiet(words.socket.summary(state.received.length, size)), quiet(words.response.summary(size))]
    }
    case 'environ':
      if (state.environ === null) return []
      return environNotes(state.environ.length, changedKeys(state).size, missingKeys(state).length, words)
    case 'startResponse':
      if (state.startResponse === null) return []
      return [quiet(state.gateOpen ? words.startResponse.summaryGone : words.startResponse.summary)]
    case 'response': {
      const [first, last] = [state.outboundStart, state.segments.at(-1)]
      if (first === null || last === undefined) return []
      const size = words.response.summary(last.end - first)
      if (state.answered === null) return [quiet(size)]
      const by = words.response.by[state.answered.by]
      return [quiet(`${size}, ${by}`), quiet(by), quiet(size)]
    }
    case 'application': {
      const file = fileShown(state, app.file)
      if (file === null) return []
      const name = quiet(fileName(file))
      return app.earlier
        ? [quiet(words.application.earlier(name.text)), quiet(words.application.earlier('')), name]
        : [name]
    }
  }
}

/** The line that runs next, and what the line before it has set. */
export function listingNote({ listing, state, metrics }: Scene, words: StageWords): Note | null {
  const { serverLine } = state
  if (serverLine === null || listing === null) return null
  const line = words.listing.line(serverLine.event.line)
  const set = serverLine.changed
    .filter(([, value]) => !value.startsWith('<'))
    .map(([name, value]) => `${name} = ${value}`)
  const room = listing.rect.w / metrics.cell - titleCells(words.titles.listing) - TITLE_EXTRAS
  const ways = set.map((_, n) => [...set.slice(0, set.length - n), line].join('   '))
  return quiet(ways.find((way) => cellWidth(way) * 0.96 <= room) ?? line)
}

function environNotes(keys: number, changed: number, missing: number, { environ }: StageWords): Note[] {
  const summary = quiet(environ.summary(keys))
  if (missing > 0) return [alarm(environ.summaryMissing(keys, missing)), summary]
  return changed === 0 ? [summary] : [quiet(environ.summaryChanged(keys, changed)), summary]
}

/** The badge, the gaps and the margins of a title bar, in cells. */
const TITLE_EXTRAS = 7.8

export function noteOf(id: CardId, scene: Scene, words: StageWords, app: AppShown): Note | null {
  const room = scene.cards[id].rect.w / scene.metrics.cell - titleCells(words.titles[id]) - TITLE_EXTRAS
  return waysToSay(id, scene, words, app).find((note) => cellWidth(note.text) * 0.96 <= room) ?? null
}

/** Where start_response was called by no line that the card could mark: the frames that called it, until chunks come. */
function callingFrames({ startResponse, chunks }: StageState, words: StageWords): string | null {
  const [frame, ...others] = startResponse?.stack ?? []
  if (chunks.length > 0 || frame === undefined || 'file' in frame || others.length > 0) return null
  return foldedFrames(frame, words.startResponse)
}

/** Below the application's source: where it stands. */
export function applicationStatus(scene: Scene, words: StageWords): Note {
  const { state } = scene
  const nobody = state.dead !== null || state.raised?.kind === 'app.died'
  const never = state.refused !== null || (nobody && state.call === null)
  if (never) return { text: words.application.never, alarm: true }
  if (state.raised?.kind === 'app.died') return { text: words.application.died, alarm: true }
  const raised = raisedIn({ ...state, flight: null })
  if (raised !== null) return { text: `${raised.type}: ${raised.message}`, alarm: true }
  if (state.omitted !== null) return quiet(words.application.omitted(state.omitted.events))
  if (state.appClosed) return quiet(state.call?.unwatched ? words.application.unwatched : words.application.done)
  if (state.listing !== null && state.call !== null) {
    return state.answered === null ? quiet(words.listing.running) : { text: words.listing.notClosed, alarm: true }
  }
  const framework = callingFrames(state, words)
  if (framework !== null) return quiet(words.application.framework(framework))
  if (state.call !== null) return quiet(words.application.called(state.call.worker))
  return quiet(state.queued === null ? words.application.waiting : words.application.queued(state.queued.ahead))
}
