/** The gateway serves the application itself, and was asked by the uwsgi protocol: card 2 is the packet. */
import { packetCard } from '../cards/packet.ts'
import type { Deployment } from './deployment.ts'
import { direct } from './direct.ts'
import { withCards } from './variants.ts'

export const uwsgi: Deployment = {
  ...direct,
  kind: 'uwsgi',
  cards: withCards(direct.cards, packetCard),
  second: 'packet',
  // Headers are variables of the packet like all else.
  wires: { ...direct.wires, absent: new Set(['headers']) },
}
