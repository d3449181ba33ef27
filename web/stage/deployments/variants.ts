/** Cards of one deployment that differ from another's. */
import type { CardDefinition } from '../cards/card.ts'

/** These cards, those of the same id replaced by `variants`; where there is none of its id, a variant comes last. */
export function withCards(cards: readonly CardDefinition[], ...variants: readonly CardDefinition[]): CardDefinition[] {
  const byId = new Map([...cards, ...variants].map((card) => [card.id, card]))
  return [...byId.values()]
}
