/** What a connection asks of the protocol it speaks, HTTP or uwsgi: requests, step by step. */
import type { RefusalCode } from '../refusals/refusals.ts'
import type { EnvironEntry, TraceBody } from '../trace/events.ts'
import type { Origins } from '../wsgi/environOrigins.ts'
import type { ResponseTerms } from '../wsgi/response.ts'

/**
 * `begins`: a request exists. `reads`: more of its head or trailer. `head`: the head is complete, the body comes next.
 * `data`: a piece of it. `complete`: all of the request is in. `waiting`: not yet.
 */
export type ProtocolStep = 'waiting' | 'begins' | 'reads' | 'head' | 'data' | 'complete'

/** How a request is refused that does not come to its end: the client sent EOF, or its head was not there by its deadline. */
export interface Unfinished {
  readonly eof: RefusalCode
  readonly late: RefusalCode
}

export interface Protocol {
  readonly unfinished: Unfinished
  /** @throws ProtocolError */
  advance(): ProtocolStep
  /** Between requests, with no byte of the next one read. */
  readonly idle: boolean
  /**
   * What the request that began last decides about its answer. Asked for when it begins, and once more when it is
   * complete: a header decides `keepAlive`.
   */
  readonly terms: ResponseTerms
  /** The same for a request whose first line could not be read, as far as it came. */
  readonly unreadTerms: ResponseTerms
  /** The piece of body that the last step has read. */
  readonly data: Uint8Array
  /** Bytes of body so far. */
  readonly bodyReceived: number
  /** Whether the client waits for `100 Continue` before it sends what is still missing. */
  readonly awaitsContinue: boolean
  /** What the trace says of the step that was just made. */
  traceOf(step: ProtocolStep): TraceBody[]
  /** The request that is complete. */
  environ(origins: Origins): EnvironEntry[]
}
