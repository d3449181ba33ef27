/** A phone shows a card or two of its column: those that the beat is about. */
import type { CardId } from './content/content.ts'
import type { Scene } from './scene.ts'

/** The cards within the server, in order of travel. */
export const IN_FRAME: readonly CardId[] = ['socket', 'requestLine', 'environ', 'startResponse', 'response']

/** Where a phone's column is scrolled to, in pixels; null on every other screen, and before the first beat. */
export function phoneScroll({ mode, beat, cards }: Scene): number | null {
  const inFrame = IN_FRAME.filter((id) => cards[id].state === 'now')
  // Of a refusal, the bytes at fault.
  const id = beat?.kind === 'refused' ? inFrame[0] : inFrame.at(-1)
  return mode !== 'phone' || id === undefined ? null : Math.max(0, cards[id].rect.y - 12)
}
