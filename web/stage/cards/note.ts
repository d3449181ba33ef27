/** Which way of saying it fits beside a card's title. */
import type { Scene } from '../scene.ts'
import { cellWidth, titleCells } from '../text.ts'
import type { StageWords } from '../words.ts'
import type { AppShown, CardDefinition, Note } from './card.ts'

/** The badge, the gaps and the margins of a title bar, and what can be done with the card, in cells. */
const TITLE_EXTRAS = 10.5

/** Notes are set a little smaller than what stands in cells. */
const NOTE_WIDTH = 0.96

/** The fullest way to say it that has room beside the title; null where nothing is to be said, or has room. */
export function noteOf(card: CardDefinition, scene: Scene, words: StageWords, app: AppShown): Note | null {
  const rect = scene.cards[card.id]?.rect
  if (rect === undefined) return null
  const room = rect.w / scene.metrics.cell - titleCells(card.title(words)) - TITLE_EXTRAS
  return card.notes(scene.state, words, app).find(({ text }) => cellWidth(text) * NOTE_WIDTH <= room) ?? null
}
