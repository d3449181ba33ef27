import type { Deadline } from './types.ts'

/**
 * `idle`: between requests. `head`, `body`: a request arrives. `application`: it is being answered. `lingering`:
 * half-closed after the last answer.
 */
export type ConnectionState = 'idle' | 'head' | 'body' | 'application' | 'lingering' | 'closed'

/**
 * `begins`: the first byte of a request. `onlyBlank`: it was an empty line. `complete`: the head is, or the whole request.
 * `over`: answered, and the application closed. `lastAnswer`: nothing more will be said. `gone`: nor heard.
 */
export type Happening = 'begins' | 'onlyBlank' | 'complete' | 'over' | 'lastAnswer' | 'gone'

/** What can happen in each state, and where it leads. What is not in here cannot happen. */
export const CONNECTION_STATES: Readonly<Record<ConnectionState, Partial<Record<Happening, ConnectionState>>>> = {
  idle: { begins: 'head', lastAnswer: 'lingering', gone: 'closed' },
  head: { onlyBlank: 'idle', complete: 'body', lastAnswer: 'lingering', gone: 'closed' },
  body: { complete: 'application', lastAnswer: 'lingering', gone: 'closed' },
  application: { over: 'idle', lastAnswer: 'lingering', gone: 'closed' },
  lingering: { gone: 'closed' },
  closed: {},
}

/** The deadline that runs in each state. While the application works, the time is its host's to watch. */
export const DEADLINE_OF = {
  idle: 'idle',
  head: 'header',
  body: 'body',
  application: null,
  lingering: 'linger',
  closed: null,
} as const satisfies Record<ConnectionState, Deadline | null>
