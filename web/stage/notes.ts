/** What stands at the right of a card's title: the one number or word that says how far it is. */
import type { CardId } from './content/content.ts'
import type { Scene } from './scene.ts'
import type { StageWords } from './words.ts'

const fileName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

export interface Note {
  text: string
  alarm: boolean
}

const quiet = (text: string): Note => ({ text, alarm: false })

/** How many reads, and how many bytes; only the latter where both do not fit beside the title. */
function socketNote({ state, cards }: Scene, words: StageWords): string {
  const size = state.inboundEnd - state.inboundStart
  const full = words.socket.summary(state.received.length, size)
  return words.titles.socket.length + full.length + 7 <= cards.socket.cols ? full : words.response.summary(size)
}

export function noteOf(id: CardId, scene: Scene, words: StageWords, appFile: string | null): Note | null {
  const { state } = scene
  switch (id) {
    case 'client':
    case 'line':
      return null
    case 'socket':
      if (state.refused !== null) return { text: words.refused(state.refused.status), alarm: true }
      if (state.received.length === 0) return null
      return quiet(socketNote(scene, words))
    case 'environ':
      return state.environ === null ? null : quiet(words.environ.summary(state.environ.length))
    case 'startResponse':
      if (state.startResponse === null) return null
      return quiet(state.gateOpen ? words.startResponse.summaryGone : words.startResponse.summary)
    case 'response': {
      const [first, last] = [state.outboundStart, state.segments.at(-1)]
      if (first === null || last === undefined) return null
      const size = words.response.summary(last.end - first)
      return quiet(state.answered === null ? size : `${size}, ${words.response.by[state.answered.by]}`)
    }
    case 'app': {
      const file = state.call?.file ?? appFile
      return file === null ? null : quiet(fileName(file))
    }
  }
}

/** Below the application's source: where it stands. */
export function applicationStatus(scene: Scene, words: StageWords): Note {
  const { state } = scene
  if (state.refused !== null) return { text: words.app.never, alarm: true }
  const raised = state.raised
  if (raised !== null) {
    return { text: raised.kind === 'app.died' ? words.app.died : `${raised.type}: ${raised.message}`, alarm: true }
  }
  if (state.appClosed) return quiet(words.app.done)
  if (state.call !== null) return quiet(words.app.called(state.call.worker))
  return quiet(state.queued === null ? words.app.waiting : words.app.queued(state.queued.ahead))
}
