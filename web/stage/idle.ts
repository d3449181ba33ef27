/** What a card says that nothing has come to yet. */
import type { CardId } from './content/content.ts'
import type { Scene } from './scene.ts'
import type { StageWords } from './words.ts'

export function idleText(id: CardId, { listing, state }: Scene, words: StageWords): string {
  switch (id) {
    case 'client':
    case 'application':
      return ''
    case 'socket':
      return words.socket.connected
    case 'requestLine':
      return words.requestLine.idle
    case 'environ':
      return words.environ.idle
    case 'startResponse':
      return listing === null ? words.startResponse.idle : words.listing.keptIdle
    case 'response':
      if (listing !== null) return words.listing.shut
      // What something was worked out from has come, though its bytes are not shown yet.
      return state.startResponse?.inferred === true ? words.response.hasCome : words.response.idle
  }
}

/** Where a server is seen from outside: whether a card says this also on a first trip, which opens card by card. */
export const saysFromOutside = (id: CardId, { state }: Scene): boolean =>
  id === 'environ' || (id === 'response' && state.startResponse !== null)
