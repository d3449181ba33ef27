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
  // What is wrong with a packet is mostly in its first bytes.
  focus: { ...direct.focus, refused: ['requestLine', 'response'] },
  // Headers are variables of the packet like all else.
  wires: { ...direct.wires, absent: new Set(['headers']) },
}
