/**
 * What the state of a connection is, and what can happen to it. Everything that decides stands in here, as in a table: what
 * a phase does with bytes, which deadline runs in it, where what happens leads. A new phase is a new row.
 */
import type { Deadline } from './types.ts'

/**
 * `new`: nothing has happened yet. `idle`: between requests. `head`, `body`: a request arrives. `application`: it is being
 * answered. `sending`: nothing more will be said, the client is still to take it. `lingering`: half-closed after the last
 * answer.
 */
export type Phase = 'new' | 'idle' | 'head' | 'body' | 'application' | 'sending' | 'lingering' | 'closed'

/**
 * `opened`: it stands. `begins`: the first byte of a request. `onlyBlank`: it was an empty line. `complete`: the head is, or
 * the whole request. `done`: answered, and the application closed. `lastAnswer`: nothing more will be said. `taken`: all
 * that was said is with the client. `gone`: nothing is heard any more.
 */
export type Transition = 'opened' | 'begins' | 'onlyBlank' | 'complete' | 'done' | 'lastAnswer' | 'taken' | 'gone'

interface Row {
  /** Bytes of the client are parsed as requests, kept until the request before them is answered, or dropped. */
  readonly bytes: 'parsed' | 'kept' | 'dropped'
  /** While the application works, the time is its host's to watch. */
  readonly deadline: Deadline | null
  /** What is not in here cannot happen. */
  readonly leads: Partial<Record<Transition, Phase>>
}

export const PHASES: Readonly<Record<Phase, Row>> = {
  new: { bytes: 'kept', deadline: null, leads: { opened: 'idle' } },
  idle: { bytes: 'parsed', deadline: 'idle', leads: { begins: 'head', lastAnswer: 'sending', gone: 'closed' } },
  head: {
    bytes: 'parsed',
    deadline: 'header',
    leads: { onlyBlank: 'idle', complete: 'body', lastAnswer: 'sending', gone: 'closed' },
  },
  body: {
    bytes: 'parsed',
    deadline: 'body',
    leads: { complete: 'application', lastAnswer: 'sending', gone: 'closed' },
  },
  application: { bytes: 'kept', deadline: null, leads: { done: 'idle', lastAnswer: 'sending', gone: 'closed' } },
  sending: { bytes: 'dropped', deadline: 'send', leads: { taken: 'lingering', gone: 'closed' } },
  lingering: { bytes: 'dropped', deadline: 'linger', leads: { gone: 'closed' } },
  closed: { bytes: 'dropped', deadline: null, leads: {} },
}

export class ConnectionState {
  phase: Phase = 'new'
  /** When it came into this phase, in microseconds of the run. */
  since = 0
  /** When it last had nothing to do. Blank lines between requests do not change it. */
  idleSince = 0
  /** EOF: the client sends no more. */
  ended = false
  /** The server is stopping: the request that is under way is the last. */
  stopping = false
  /** Whether the edge reads, as it was told last. */
  #reading = true

  go(transition: Transition, now: number): void {
    const next = PHASES[this.phase].leads[transition]
    if (next === undefined) throw new Error(`${transition} cannot happen in the phase ${this.phase}`)
    this.phase = next
    this.since = now
  }

  get bytes(): Row['bytes'] {
    return PHASES[this.phase].bytes
  }

  get isRequestArriving(): boolean {
    return this.phase === 'head' || this.phase === 'body'
  }

  /** Neither the server nor the client has said that this is the last request; `unread` bytes of the client wait. */
  mayStay(unread: number): boolean {
    return !this.stopping && !(this.ended && unread === 0)
  }

  /** What the edge is to be told of reading now, where that is another thing than before. `room`: for more bytes to wait. */
  newReading(room: boolean): boolean | null {
    if (this.phase === 'closed') return null
    const on = room || this.bytes === 'dropped'
    if (on === this.#reading) return null
    this.#reading = on
    return on
  }
}
