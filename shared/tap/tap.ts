/**
 * One connection as a tap hears it: TapInput -> events of the trace. The same bytes give the same events whatever segments
 * they arrive in, `socket.received` and `socket.sent` apart.
 *
 * Requests are read as a gateway reads them, responses as a client does. Where either cannot be read, the tap says so once
 * and shows bytes from there on; only the response to a request that could not be read is still looked at.
 *
 * Both sides are read in one place, because how far one of them may be read is decided by how far the other one is.
 * Longer than 250 lines, since both directions of a connection are read against each other.
 */
import { assertNever } from '../assertNever.ts'
import { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import type { Span } from '../bytes/span.ts'
import { unshared } from '../bytes/unshared.ts'
import type { Account, Position } from '../gateway/types.ts'
import { ResponseError, type ResponseFault, type ResponsePiece, ResponseReader } from '../http1/responseReader.ts'
import { ProtocolError } from '../refusals/refusals.ts'
import type { TraceBody } from '../trace/events.ts'
import { inferredCall, runsOf } from './answerSegments.ts'
import { type Requests, requestsIn } from './requests.ts'
import { TapOutbox } from './tapOutbox.ts'
import type { Side, TapInput, TapOptions, TapOutput } from './types.ts'

/** Bytes of one side that may wait for the other side to get there. */
const MOST_WAITING = 1024 * 1024

const FAULTS: Readonly<Record<ResponseFault, string>> = {
  weird: 'What the server says cannot be read as a response.',
  framing: 'The chunks of this response cannot be followed.',
  partial: 'The server closed before its response was complete.',
  nothing: 'The server closed without a response.',
}

interface Exchange {
  /** Counted within the connection, from 0. */
  readonly number: number
  readonly method: string
  /** The request is complete. */
  asked: boolean
  /** Of the final response, once its head is there. */
  status: number | null
  /** The response is complete. */
  answered: boolean
  failed: boolean
}

export class Tap {
  readonly account: Account
  /** Nothing that happens is an event any more. */
  closed = false
  readonly #options: TapOptions
  readonly #buffer = new ReceiveBuffer()
  readonly #requests: Requests
  readonly #responses: ResponseReader
  readonly #outbox: TapOutbox
  readonly #understood: Record<Side, boolean> = { client: true, server: true }
  readonly #ended: Record<Side, boolean> = { client: false, server: false }
  /** After a 101, or a CONNECT that succeeded: no HTTP any more. */
  #switched = false
  #opened = false
  #exchange: Exchange | null = null
  #since = 0

  constructor(options: TapOptions) {
    const { resume } = options
    this.#options = options
    this.#requests = requestsIn(this.#buffer, options.speaks ?? 'http')
    this.#responses = new ResponseReader(() => this.#exchange?.method ?? '')
    this.#outbox = new TapOutbox(options.trace, resume?.sent ?? 0)
    this.account = { begun: resume?.exchanges ?? 0, answered: resume?.exchanges ?? 0, failed: 0 }
    if (resume === undefined) return
    this.#opened = true
    this.#since = resume.since
    this.#buffer.startAt(resume.received)
  }

  /** Whether its outputs tell what happens. */
  get traces(): boolean {
    return this.#options.trace
  }

  /** Between two exchanges, with nothing of the next one there, and both sides still talking. */
  get idle(): boolean {
    // Where one side has ended, there is more to know than a `Position` says.
    if (this.#ended.client || this.#ended.server) return false
    return this.#exchange === null && this.#requests.idle && this.#responses.between
  }

  get position(): Position {
    const { sent } = this.#outbox
    return { received: this.#buffer.end, sent, taken: sent, exchanges: this.account.begun, since: this.#since }
  }

  receive(input: TapInput): TapOutput[] {
    const passed = this.#outbox
    passed.begin(input.now)
    if (!this.#opened) this.#open()
    if (!this.closed) this.#take(input)
    return passed.take()
  }

  #open(): void {
    const { peer, local, speaks = 'http' } = this.#options
    this.#opened = true
    this.#since = this.#outbox.now
    this.#outbox.trace(null, { kind: 'connection.opened', peer, local, protocol: speaks, via: 'tap' })
  }

  #take(input: TapInput): void {
    switch (input.kind) {
      case 'opened':
        return
      case 'bytes':
        if (input.data.length === 0) return
        if (input.from === 'client') this.#fromClient(input.data)
        else this.#responses.append(input.data)
        this.#read()
        return
      case 'end':
        this.#ended[input.from] = true
        if (input.from === 'server') this.#endOfAnswers()
        if (this.#ended.client && this.#ended.server)
          this.#close(input.from === 'client' ? 'server' : 'client', 'both sides have said all they wanted to')
        return
      case 'gone':
        this.#close(input.by, input.why)
        return
      default:
        assertNever(input)
    }
  }

  #fromClient(data: Uint8Array): void {
    const exchange = this.#exchange
    const buffer = this.#buffer
    const passed = this.#outbox
    if (passed.traced) {
      const reading = exchange !== null && (!exchange.asked || !this.#understood.client)
      const event: TraceBody = {
        kind: 'socket.received',
        start: buffer.end,
        length: data.length,
        bytes: unshared(data),
      }
      passed.trace(reading ? exchange.number : null, event)
    }
    buffer.append(data)
  }

  /** As far as both sides allow: a request, its response, the next request. */
  #read(): void {
    while (this.#readRequest() || this.#readResponse()) {
      // Each time, one step of one side.
    }
    this.#outbox.send(this.#exchange?.number ?? null)
    if (!this.#understood.client) this.#buffer.take(this.#buffer.length)
    else if (this.#buffer.length > MOST_WAITING)
      this.#lose('client', 'waiting', 'Too much waits behind a request that has no answer yet.')
    if (this.#understood.server && this.#responses.waiting > MOST_WAITING) {
      this.#lose('server', 'waiting', 'The server says too much behind an answer whose request is not complete.')
    }
  }

  /** One step of the request; false for "not yet". */
  #readRequest(): boolean {
    if (!this.#understood.client || this.#exchange?.asked) return false
    try {
      const step = this.#requests.advance()
      if (step === 'begins') this.#exchange = this.#begin(this.#requests.method)
      if (step !== 'waiting') this.#follow(step === 'complete')
      return step !== 'waiting'
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#lose('client', error.code, error.message, error.span)
      return true
    }
  }

  /** What was just read of the request. */
  #follow(complete: boolean): void {
    const exchange = this.#exchange
    const passed = this.#outbox
    if (exchange === null) return
    if (passed.traced) for (const event of this.#requests.told()) passed.trace(exchange.number, event)
    if (!complete) return
    exchange.asked = true
    this.#settle(exchange)
  }

  #begin(method: string): Exchange {
    const number = this.account.begun++
    return { number, method, asked: false, status: null, answered: false, failed: false }
  }

  /** One piece of the response; false for "not yet". */
  #readResponse(): boolean {
    const exchange = this.#exchange
    const responses = this.#responses
    const passed = this.#outbox
    if (!this.#understood.server) {
      const data = responses.rest()
      if (data.length > 0) passed.add(data, [{ length: data.length, from: 'server:bytes' }])
      return false
    }
    if (exchange === null) {
      if (responses.waiting === 0) return false
      this.#lose('server', 'unasked', 'The server speaks, and the tap has read nothing that it could answer.')
      return true
    }
    if (exchange.answered) return false
    try {
      const piece = responses.next()
      if (piece !== null) this.#hear(piece, exchange)
      return piece !== null
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error
      this.#lose('server', error.fault, FAULTS[error.fault])
      return true
    }
  }

  #hear(piece: ResponsePiece, exchange: Exchange): void {
    const passed = this.#outbox
    if (piece.kind === 'end') {
      this.#answer(exchange)
      return
    }
    if (piece.kind === 'head' && !piece.interim) {
      passed.send(exchange.number)
      exchange.status = piece.head.status
      this.#switched = piece.head.status === 101 || (exchange.method === 'CONNECT' && piece.head.status < 300)
      const infers = !this.#switched && this.#understood.client
      if (infers && passed.traced) passed.trace(exchange.number, inferredCall(piece.head))
    }
    passed.add(piece.kind === 'head' ? piece.head.raw : piece.data, passed.traced ? runsOf(piece) : [])
    if (this.#switched) this.#lose('server', 'switched', 'The two speak another protocol from here on.')
  }

  /** The response is complete. */
  #answer(exchange: Exchange): void {
    exchange.answered = true
    this.#outbox.send(exchange.number)
    if (this.#understood.client) this.#settle(exchange)
    else this.#understood.server = false
  }

  /** When both are complete, the exchange is over. */
  #settle(exchange: Exchange): void {
    if (!exchange.asked || !exchange.answered) return
    this.#conclude(exchange, true)
    this.#exchange = null
    this.#since = this.#outbox.now
  }

  #conclude(exchange: Exchange, complete: boolean): void {
    const { status } = exchange
    if (!complete || status === null || status >= 500) this.#failed(exchange)
    if (status === null) return
    this.account.answered++
    this.#outbox.trace(exchange.number, { kind: 'response.answered', by: 'server', status, complete })
  }

  /** The server has closed its side: the end of a response without a length, or too early for any other. */
  #endOfAnswers(): void {
    const exchange = this.#exchange
    const responses = this.#responses
    if (exchange === null || exchange.answered || !this.#understood.server) return
    try {
      for (const piece of responses.end()) this.#hear(piece, exchange)
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error
      // Cut short: what is there of it is shown, and the end of the connection says the rest.
      this.#understood.server = false
    }
    this.#read()
  }

  /** From here on, bytes. */
  #lose(side: Side, code: string, message: string, span: Span | null = null): void {
    this.#exchange ??= this.#begin('')
    const exchange = this.#exchange
    const passed = this.#outbox
    passed.send(exchange.number)
    passed.trace(exchange.number, { kind: 'tap.bytesOnly', from: side, code, message, span })
    this.#understood.client = false
    if (side === 'server') this.#understood.server = false
    if (!this.#switched) this.#failed(exchange)
  }

  #failed(exchange: Exchange): void {
    if (!exchange.failed) this.account.failed++
    exchange.failed = true
  }

  #close(by: Side | 'tap', why: string): void {
    const exchange = this.#exchange
    const passed = this.#outbox
    this.#understood.server = false
    this.#read()
    if (exchange !== null && this.#exchange === exchange) this.#conclude(exchange, exchange.answered || this.#switched)
    passed.trace(null, { kind: 'connection.closed', by, why })
    this.closed = true
  }
}
