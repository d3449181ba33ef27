/** A tap between two that speak uwsgi, such as nginx and uWSGI: card 2 is the packet, and the server is seen from outside. */
import { packetCard } from '../cards/packet.ts'
import type { Deployment } from './deployment.ts'
import { tap } from './tap.ts'
import { uwsgi } from './uwsgi.ts'
import { withCards } from './variants.ts'

export const uwsgiTap: Deployment = {
  ...tap,
  kind: 'uwsgi-tap',
  cards: withCards(tap.cards, packetCard),
  second: 'packet',
  focus: { ...tap.focus, refused: uwsgi.focus.refused },
  wires: { ...tap.wires, absent: uwsgi.wires.absent },
}
