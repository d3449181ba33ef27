/** What a connection asks of the protocol it speaks: requests, step by step. HTTP is one; another may stand behind it. */
import type { EnvironEntry, TraceBody } from '../trace/events.ts'
import type { Origins } from '../wsgi/environOrigins.ts'
import type { ResponseTerms } from '../wsgi/response.ts'

/**
 * `begins`: a request exists. `reads`: more of its head or trailer. `head`: the head is complete, the body comes next.
 * `data`: a piece of it. `complete`: all of the request is in. `waiting`: not yet.
 */
export type ProtocolStep = 'waiting' | 'begins' | 'reads' | 'head' | 'data' | 'complete'

export interface Protocol {
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
