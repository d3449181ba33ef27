/**
 * How much of one exchange is kept: of every kind of bytes the beginning, and of what may come again and again (segments,
 * chunks, reads, lines) as much as leaves room for other exchanges. What is left out is said where it is missing.
 */
import { unshared } from '../bytes/unshared.ts'
import type { TraceBody, TraceEvent } from '../trace/events.ts'
import { weigh } from '../trace/weight.ts'

export interface ShareLimits {
  /** Bytes that come with each kind of event. */
  bytes: number
  /** What all of it may weigh. */
  weight: number
}

type Carrier = Extract<TraceBody, { bytes: unknown }>

/** What a client or an application can make come without end. All else comes a few times at most. */
const REPEATED: ReadonlySet<TraceEvent['kind']> = new Set([
  'socket.received',
  'input.read',
  'app.line',
  'app.wrote',
  'app.yielded',
  'response.serialized',
  'socket.sent',
  'environ.changed',
  'referee.finding',
  'log.line',
] as const)

export class Share {
  readonly #limits: ShareLimits
  #weight = 0
  #omitted = 0
  /** What was kept last. */
  #last: TraceBody['kind'] | null = null
  /** Bytes so far, by the kind of event; null while there were none. */
  #carried: Partial<Record<Carrier['kind'], number>> | null = null

  constructor(limits: ShareLimits) {
    this.#limits = limits
  }

  get weight(): number {
    return this.#weight
  }

  /** What is kept of the next step, in order: the step itself or nothing of it, and before it what is said of others. */
  admit(body: TraceBody): TraceBody[] {
    const kept = 'bytes' in body ? this.#withinLimit(body) : body
    // The two are never apart: the one says what the bytes of the other are.
    const second = body.kind === 'socket.sent' && this.#last === 'response.serialized'
    if (this.#weight > this.#limits.weight && REPEATED.has(body.kind) && !second) {
      this.#last = null
      return this.#omitted++ === 0 ? [{ kind: 'trace.omitted', events: null }] : []
    }
    this.#last = body.kind
    this.#weight += weigh(kept)
    if (this.#omitted === 0) return [kept]
    const omitted: TraceBody = { kind: 'trace.omitted', events: this.#omitted }
    this.#omitted = 0
    return [omitted, kept]
  }

  /** Without bytes beyond the limit, and holding on to no larger piece of memory than its bytes. */
  #withinLimit(body: Carrier): TraceBody {
    this.#carried ??= {}
    const carried = (this.#carried[body.kind] ?? 0) + body.length
    this.#carried[body.kind] = carried
    if (body.bytes === null) return body
    if (carried > this.#limits.bytes) return { ...body, bytes: null }
    const bytes = unshared(body.bytes)
    return bytes === body.bytes ? body : { ...body, bytes }
  }
}
