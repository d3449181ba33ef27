/** The client's side of a connection as a tap reads along: requests, step by step, whichever protocol they come in. */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { bodyEvents, fieldEvent, lineEvent, packetEvent } from '../gateway/requestTrace.ts'
import type { Speaks } from '../gateway/types.ts'
import type { ReadLimits } from '../http1/limits.ts'
import { type ReaderStep, RequestReader } from '../http1/requestReader.ts'
import type { TraceBody } from '../trace/events.ts'
import { PacketReader, type PacketStep } from '../uwsgi/packetReader.ts'

/** `begins`: a request exists. `reads`: more of it. `complete`: all of it is in. `waiting`: not yet. */
type RequestStep = 'waiting' | 'begins' | 'reads' | 'complete'

export interface Requests {
  /** @throws ProtocolError */
  advance(): RequestStep
  /** Between two of them, with no byte of the next one there. */
  readonly idle: boolean
  /** Of the request that began last. */
  readonly method: string
  /** What the trace says of the step that was just made. */
  told(): TraceBody[]
}

/** Wider than any server's: what is too long is for the server to say. */
const LIMITS: ReadLimits = {
  requestLine: 256 * 1024,
  headerField: 256 * 1024,
  headerFields: 10_000,
  headerBytes: 1024 * 1024,
  body: Number.MAX_SAFE_INTEGER,
  chunkLine: 16 * 1024,
}

export const requestsIn = (buffer: ReceiveBuffer, speaks: Speaks): Requests =>
  speaks === 'http' ? new HttpRequests(buffer) : new Packets(buffer)

const HTTP_STEPS = {
  waiting: 'waiting',
  line: 'begins',
  field: 'reads',
  head: 'reads',
  data: 'reads',
  end: 'complete',
} as const satisfies Record<ReaderStep, RequestStep>

class HttpRequests implements Requests {
  readonly #buffer: ReceiveBuffer
  readonly #reader: RequestReader
  #step: ReaderStep = 'waiting'

  constructor(buffer: ReceiveBuffer) {
    this.#buffer = buffer
    this.#reader = new RequestReader(buffer, LIMITS)
  }

  advance(): RequestStep {
    this.#step = this.#reader.advance()
    return HTTP_STEPS[this.#step]
  }

  get idle(): boolean {
    return this.#reader.state === 'line' && this.#buffer.length === 0
  }

  get method(): string {
    return this.#reader.head?.line.method.text ?? ''
  }

  told(): TraceBody[] {
    const { head, field, body } = this.#reader
    if (head === null) return []
    if (this.#step === 'line') return [lineEvent(head.line)]
    if (this.#step === 'field' && field !== null) {
      // What a server keeps from its application cannot be seen from outside.
      const dropped = field.dropped === 'trailer' ? 'trailer' : null
      return [{ ...fieldEvent(field), dropped }]
    }
    return this.#step === 'end' ? bodyEvents(head.framing, body) : []
  }
}

const PACKET_STEPS = {
  waiting: 'waiting',
  packet: 'begins',
  head: 'reads',
  data: 'reads',
  end: 'complete',
} as const satisfies Record<PacketStep, RequestStep>

/** Requests in the uwsgi protocol. */
class Packets implements Requests {
  readonly #reader: PacketReader
  #step: PacketStep = 'waiting'

  constructor(buffer: ReceiveBuffer) {
    this.#reader = new PacketReader(buffer, LIMITS)
  }

  advance(): RequestStep {
    this.#step = this.#reader.advance()
    return PACKET_STEPS[this.#step]
  }

  get idle(): boolean {
    return this.#reader.idle
  }

  get method(): string {
    return this.#reader.request?.method ?? ''
  }

  told(): TraceBody[] {
    const { request, body } = this.#reader
    if (request === null) return []
    if (this.#step === 'packet') {
      // What a server keeps from its application cannot be seen from outside.
      return [packetEvent({ ...request, variables: request.variables.map((each) => ({ ...each, dropped: null })) })]
    }
    return this.#step === 'end' ? bodyEvents('length', body) : []
  }
}
