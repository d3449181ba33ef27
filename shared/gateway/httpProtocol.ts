/** HTTP/1.x, as a connection wants to see a protocol. */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { nameSpan } from '../http1/requestHead.ts'
import { type ReaderStep, RequestReader } from '../http1/requestReader.ts'
import type { EnvironEntry, TraceBody } from '../trace/events.ts'
import { buildEnviron, surroundingEntries } from '../wsgi/environ.ts'
import type { Origins } from '../wsgi/environOrigins.ts'
import { finding } from '../wsgi/referee.ts'
import { type ResponseTerms, UNREAD } from '../wsgi/response.ts'
import type { Protocol, ProtocolStep, Unfinished } from './protocol.ts'
import { bodyEvents, fieldEvent, lineEvent } from './requestTrace.ts'
import type { GatewayOptions } from './types.ts'

const STEPS = {
  waiting: 'waiting',
  line: 'begins',
  field: 'reads',
  head: 'head',
  data: 'data',
  end: 'complete',
} as const satisfies Record<ReaderStep, ProtocolStep>

const UNFINISHED: Unfinished = { eof: 'incomplete', late: 'header-timeout' }

const NO_DATA = new Uint8Array(0)

export class HttpProtocol implements Protocol {
  readonly unfinished: Unfinished = UNFINISHED
  readonly #reader: RequestReader
  readonly #buffer: ReceiveBuffer
  readonly #surroundings: EnvironEntry[]

  constructor(options: GatewayOptions, buffer: ReceiveBuffer) {
    this.#buffer = buffer
    this.#reader = new RequestReader(buffer, options.limits)
    this.#surroundings = surroundingEntries(options)
  }

  advance(): ProtocolStep {
    return STEPS[this.#reader.advance()]
  }

  get idle(): boolean {
    return this.#reader.state === 'line' && this.#buffer.length === 0
  }

  get terms(): ResponseTerms {
    const { head } = this.#reader
    if (head === null) return UNREAD
    return { method: head.line.method.text, http10: head.http10, keepAlive: head.keepAlive, chunkable: true }
  }

  get unreadTerms(): ResponseTerms {
    return this.#reader.asksHead ? { ...UNREAD, method: 'HEAD' } : UNREAD
  }

  get data(): Uint8Array {
    return this.#reader.body?.data ?? NO_DATA
  }

  get bodyReceived(): number {
    return this.#reader.body?.received ?? 0
  }

  get awaitsContinue(): boolean {
    const { head } = this.#reader
    // RFC 9110 10.1.1: "A server MAY omit sending a 100 (Continue) response if it has already received some or all of the
    // content for the corresponding request, or if the framing indicates that there is no content."
    if (head === null || !head.expectsContinue || this.#buffer.length > 0) return false
    return head.framing === 'chunked' || head.contentLength > 0
  }

  traceOf(step: ProtocolStep): TraceBody[] {
    const { head, field, body } = this.#reader
    if (step === 'begins' && head !== null) {
      const { rawByte } = head.line
      const raw = rawByte === -1 ? [] : [finding('target-raw-bytes', { start: rawByte, end: rawByte + 1 })]
      return [lineEvent(head.line), ...raw]
    }
    if (step === 'reads' && field !== null) {
      const underscore = field.dropped === 'underscore' ? [finding('header-underscore', nameSpan(field))] : []
      return [fieldEvent(field), ...underscore]
    }
    return step === 'complete' && head !== null ? bodyEvents(head.framing, body) : []
  }

  environ(origins: Origins): EnvironEntry[] {
    const { head, body } = this.#reader
    if (head === null) return []
    const about = body === null ? null : { length: body.received, spans: body.spans }
    return buildEnviron(head, about, this.#surroundings, origins)
  }
}
