/** The gateway serves the application itself: what the other deployments differ from. */
import { applicationCard } from '../cards/application.ts'
import { clientCard } from '../cards/client.ts'
import { environCard } from '../cards/environ.ts'
import { requestLineCard } from '../cards/requestLine.ts'
import { responseCard } from '../cards/response.ts'
import { socketCard } from '../cards/socket.ts'
import { startResponseCard } from '../cards/startResponse.ts'
import type { Deployment } from './deployment.ts'

export const direct: Deployment = {
  kind: 'direct',
  cards: [clientCard, socketCard, requestLineCard, environCard, applicationCard, startResponseCard, responseCard],
  second: 'line',
  focus: {
    arrives: ['client', 'socket'],
    read: ['client', 'socket'],
    parsed: ['socket', 'requestLine'],
    environ: ['requestLine', 'environ'],
    waits: ['environ', 'application'],
    called: ['environ', 'application'],
    reads: ['socket', 'application'],
    answers: ['startResponse', 'application'],
    chunks: ['response', 'application'],
    ends: ['client', 'response'],
    refused: ['socket', 'response'],
    raised: ['application', 'response'],
    dead: ['client', 'socket'],
  },
  wires: { absent: new Set(), gate: true, onlyUsed: false },
  caption: () => null,
}
