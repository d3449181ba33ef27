/** Where the bytes of an exchange are, as far as the whole list of its events tells. */
import { ByteRun } from '../bytes/byteRun.ts'
import type { Span } from '../bytes/span.ts'
import type { EventOf, TraceEvent } from './events.ts'
import { packetEnd } from './packetMessage.ts'

/** The fields that say how long a body is (RFC 9112 section 6). */
const ANNOUNCE_BODY: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** What the events of an exchange say together, whatever the playhead: where its bytes are, and who serves it. */
export class ExchangeBytes {
  readonly inbound = new ByteRun()
  readonly outbound = new ByteRun()
  /** The file of the sixty-line server, where that serves. */
  listing: string | null = null
  #start: number | null = null
  #receivedEnd = 0
  #parsedEnd = 0
  /** Where a packet of uwsgi ends, in place of a head. */
  #packetEnd: number | null = null
  #body: EventOf<'request.body'> | null = null
  #complete = false
  /** Whether the head says that a body follows. */
  #announced = false
  #bytesOnly = false
  #range: Span | null = null

  /** Events by rising `seq`, each once. */
  take(event: TraceEvent): void {
    switch (event.kind) {
      case 'connection.opened':
        this.listing ??= event.listing ?? null
        // That server knows nothing of heads and bodies: whatever comes belongs to the one request.
        this.#bytesOnly ||= event.listing !== undefined
        break
      case 'socket.received':
        this.#start ??= event.start
        this.#receivedEnd = Math.max(this.#receivedEnd, event.start + event.length)
        if (event.bytes !== null) this.inbound.add(event.start, event.bytes)
        break
      case 'socket.sent':
        if (event.bytes !== null) this.outbound.add(event.start, event.bytes)
        return
      case 'request.line':
        this.#start = Math.max(this.#start ?? 0, event.spans.method.start)
        this.#parsedEnd = event.spans.version.end
        break
      case 'request.header':
        this.#parsedEnd = Math.max(this.#parsedEnd, event.spans.value.end)
        this.#announced ||= ANNOUNCE_BODY.has(event.name.toLowerCase())
        break
      case 'uwsgi.packet':
        this.#packetEnd = packetEnd(event)
        break
      case 'request.body':
        this.#body = event
        break
      case 'environ.built':
        this.#complete = true
        break
      case 'response.answered':
        // Behind a tap nobody sees an environ: there it is the answer that says so.
        if (event.by === 'server') this.#complete = this.#body !== null || !this.#announced
        break
      case 'tap.bytesOnly':
        this.#bytesOnly = true
        break
      default:
        return
    }
    this.#range = null
  }

  /** Where the exchange's bytes begin and end in the inbound stream, as far as the events tell. */
  get range(): Span {
    this.#range ??= this.#rangeNow()
    return this.#range
  }

  #rangeNow(): Span {
    const start = this.#start ?? 0
    const limit = this.#receivedEnd
    if (!this.#complete || this.#bytesOnly) return { start, end: limit }
    const headEnd = this.#packetEnd ?? blankLineAfter(this.inbound, this.#parsedEnd, limit)
    if (this.#body === null) return { start, end: headEnd }
    const bodyEnd = this.#body.spans.at(-1)?.end ?? headEnd
    return { start, end: this.#body.framing === 'length' ? bodyEnd : blankLineAfter(this.inbound, bodyEnd, limit) }
  }
}

/** One past the next CRLF CRLF: the end of a head (RFC 9112 section 2.1) or of a chunked body (section 7.1). */
function blankLineAfter(run: ByteRun, from: number, limit: number): number {
  const rest = run.slice({ start: from, end: limit })
  if (rest === null) return limit
  for (let i = 3; i < rest.length; i++) {
    if (rest[i] === 10 && rest[i - 1] === 13 && rest[i - 2] === 10 && rest[i - 3] === 13) return from + i + 1
  }
  return limit
}
