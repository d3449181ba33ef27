/** A tap between any client and any server: it sees bytes that pass, and nothing of what happens inside the server. */
import type { CardDefinition } from '../cards/card.ts'
import { environCard } from '../cards/environ.ts'
import { responseCard } from '../cards/response.ts'
import type { Deployment } from './deployment.ts'
import { direct } from './direct.ts'
import { withCards } from './variants.ts'

/** Nothing ever comes to it: it says why. */
const environ: CardDefinition = { ...environCard, isShownIdle: () => true }

/** What the answer's call was worked out from has come, and is shown later. */
const response: CardDefinition = { ...responseCard, isShownIdle: ({ startResponse }) => startResponse !== null }

export const tap: Deployment = {
  ...direct,
  kind: 'tap',
  cards: withCards(direct.cards, environ, response),
  // No beat is about the application, which nobody sees.
  focus: { ...direct.focus, answers: ['response', 'startResponse'], chunks: ['client', 'response'] },
  wires: { absent: new Set(), gate: false, onlyUsed: true },
}
