/** The client: the page's own terminal. What stands in it is no part of the trace. */
import type { CardDefinition } from './card.ts'

export const clientCard: CardDefinition = {
  id: 'client',
  number: null,
  title: (words) => words.titles.client,
  isReached: () => true,
  rows: () => [],
  notes: () => [],
  idle: () => '',
}
