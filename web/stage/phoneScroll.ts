/** A phone shows a card or two of its column: those that the beat is about. */
import { type Scene, stageCards } from './scene.ts'

/** How much of what is above the card stays in sight, in pixels. */
const ABOVE = 12

/** Where a phone's column is scrolled to, in pixels; null on every other screen, and before the first beat. */
export function phoneScroll(scene: Scene): number | null {
  const atWork = stageCards(scene).filter(({ state }) => state === 'now')
  // Of a refusal, the bytes at fault.
  const card = scene.beat?.kind === 'refused' ? atWork[0] : atWork.at(-1)
  return scene.mode !== 'phone' || card === undefined ? null : Math.max(0, card.rect.y - ABOVE)
}
