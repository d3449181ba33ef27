import type { Deadline } from './types.ts'

/**
 * `idle`: between requests. `head`, `body`: a request arrives. `application`: it is being answered. `sending`: nothing
 * more will be said, the client is still to take it. `lingering`: half-closed after the last answer.
 */
export type ConnectionState = 'idle' | 'head' | 'body' | 'application' | 'sending' | 'lingering' | 'closed'

/**
 * `begins`: the first byte of a request. `onlyBlank`: it was an empty line. `complete`: the head is, or the whole request.
 * `over`: answered, and the application closed. `lastAnswer`: nothing more will be said. `taken`: all that was said is
 * with the client. `gone`: nothing is heard any more.
 */
export type Happening = 'begins' | 'onlyBlank' | 'complete' | 'over' | 'lastAnswer' | 'taken' | 'gone'

/** What can happen in each state, and where it leads. What is not in here cannot happen. */
export const CONNECTION_STATES: Readonly<Record<ConnectionState, Partial<Record<Happening, ConnectionState>>>> = {
  idle: { begins: 'head', lastAnswer: 'sending', gone: 'closed' },
  head: { onlyBlank: 'idle', complete: 'body', lastAnswer: 'sending', gone: 'closed' },
  body: { complete: 'application', lastAnswer: 'sending', gone: 'closed' },
  application: { over: 'idle', lastAnswer: 'sending', gone: 'closed' },
  sending: { taken: 'lingering', gone: 'closed' },
  lingering: { gone: 'closed' },
  closed: {},
}

/** The deadline that runs in each state. While the application works, the time is its host's to watch. */
export const DEADLINE_OF = {
  idle: 'idle',
  head: 'header',
  body: 'body',
  application: null,
  sending: 'send',
  lingering: 'linger',
  closed: null,
} as const satisfies Record<ConnectionState, Deadline | null>
