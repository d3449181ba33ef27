/**
 * One request and its answer, from the moment the request line is read: what the application does becomes a response.
 *
 * PEP 3333 is asynchronous here: the application's iterable is pulled by credit, and each of its steps comes as an event.
 * Longer than 250 lines: each thing that an application may do, in whatever order, is answered here.
 */
import { httpDate } from '../http1/httpDate.ts'
import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { Response, type ResponseTerms } from '../wsgi/response.ts'
import { RESPONSE_EVENTS } from './appTrace.ts'
import { CREDIT, Credit } from './credit.ts'
import type { ExchangeReferee } from './exchangeReferee.ts'
import { gatewayAnswer } from './gatewayAnswer.ts'
import type { Outbox } from './outbox.ts'
import type { AppEvent } from './types.ts'

/** What the connection may change its mind about while the application runs. */
export interface ConnectionContext {
  /** Whether the gateway would take another request after this one. */
  readonly mayStay: boolean
  /** No more can be kept of what the client does not take. */
  readonly full: boolean
  /** Unix time at `now` 0, in milliseconds. */
  readonly startedAt: number
}

/** Where the application stands: not called yet, running, asked to stop, or done (close() was called, or it died). */
type AppState = 'uncalled' | 'running' | 'stopping' | 'done'

/** What becomes of the connection: decided when the response has ended. */
export type Ending = 'stay' | 'linger' | 'drop'

const DIED: Readonly<Record<500 | 503 | 504, RefusalCode>> = {
  500: 'worker-died',
  503: 'worker-none',
  504: 'worker-hung',
}

export class Exchange {
  /** Counted within the connection, from 0. */
  readonly number: number
  /** Null until the response has ended. */
  ending: Ending | null = null
  #app: AppState = 'uncalled'
  #response: Response
  #terms: ResponseTerms
  readonly #outbox: Outbox
  readonly #context: ConnectionContext
  /** Chunks, written or yielded, so far. */
  #pieces = 0
  /** len() of what the application returned, where it has one and nothing was written. */
  #returnedLength: number | null = null
  readonly #credit = new Credit()
  /** Bytes of chunks that do not go out. */
  #unwanted = 0
  readonly #referee: Pick<ExchangeReferee, 'say' | 'watch'>
  /** It has been counted among those that failed. */
  #counted = false

  /** `terms`: as far as they are known when the request begins. */
  constructor(number: number, terms: ResponseTerms, outbox: Outbox, context: ConnectionContext) {
    this.number = number
    this.#terms = terms
    this.#outbox = outbox
    this.#context = context
    this.#response = new Response('application', outbox.writer)
    this.#referee = outbox.refereeOf(number)
  }

  /** Whether the application has been closed, or died. */
  get done(): boolean {
    return this.#app === 'done'
  }

  /** Whether the application has nothing to do with this request, any more or at all. */
  get released(): boolean {
    return this.#app === 'done' || this.#app === 'uncalled'
  }

  /** The request is complete, and the application is being called. */
  call(terms: ResponseTerms): void {
    this.#terms = terms
    this.#app = 'running'
  }

  /** The client is told to go on and send the body (RFC 9110 15.2.1). */
  sendContinue(): void {
    this.#outbox.writer.text('HTTP/1.1 100 Continue\r\n\r\n', 'server:continue')
    this.#outbox.send(this.number)
  }

  /** The request is not served. */
  refuse(error: ProtocolError): void {
    this.#traceRefusal(error)
    this.#answerByGateway(error)
  }

  /** Nobody waits for the rest. */
  abandon(): void {
    if (this.ending !== null) return
    if (this.#response.headSent) this.#end('drop', this.#response.fulfilled)
    else this.ending = 'drop'
    this.#stopApp()
  }

  /** More can be kept again. */
  hasRoom(): void {
    this.#grantCredit()
  }

  /** Whether the application is kept from going on until the client has taken more. */
  get held(): boolean {
    return this.#context.full && this.#wantsCredit
  }

  /** Some of the answer, or all of it, was sent and has not reached the client, and will not. */
  cut(): void {
    this.abandon()
    this.#failed()
  }

  receive(event: AppEvent): void {
    if (this.#app === 'done') return
    const answered = this.ending !== null
    if (!answered || !RESPONSE_EVENTS.has(event.kind)) {
      this.#outbox.appEvent(this.number, event)
      this.#referee.watch(event)
    }
    if (event.kind === 'closed' || event.kind === 'died') this.#app = 'done'
    if (event.kind === 'raised' || event.kind === 'died') this.#failed()
    if (!answered) this.#respond(event)
  }

  #respond(event: AppEvent): void {
    switch (event.kind) {
      case 'startResponse':
        // With exc_info and the head gone, start_response re-raises in the application, and `raised` follows.
        if (!this.#response.headSent) this.#response.start(event.status, event.headers)
        return
      case 'write':
        this.#take(event.data, event.rest ?? 0)
        return
      case 'returned':
        this.#returnedLength = this.#pieces === 0 ? event.length : null
        return
      case 'chunk':
        this.#take(event.data, event.rest ?? 0)
        return
      case 'exhausted':
        this.#finish()
        return
      case 'raised':
        this.#fail('application-raised')
        return
      case 'died':
        if (event.status === 503 || event.cause !== undefined) {
          this.#traceRefusal(new ProtocolError(event.cause ?? DIED[503], null))
        }
        this.#fail(event.cause ?? DIED[event.status])
        return
      case 'closed':
        // Without `exhausted`: it was cut short.
        this.#fail('application-raised')
    }
  }

  #take(data: Uint8Array, rest: number): void {
    this.#credit.spend(data.length)
    this.#piece(data, rest)
    this.#grantCredit()
  }

  #piece(data: Uint8Array, rest: number): void {
    const n = this.#pieces++
    if (data.length === 0) return
    const response = this.#response
    if (!response.started) {
      this.#startResponseMissing()
      return
    }
    // PEP 3333: where len() is 1 and write() was not used, the one chunk is the body.
    if (!response.headSent) this.#sendHead(this.#returnedLength === 1 && n === 0 ? data.length + rest : null)
    const sent = response.sendBody(data, n)
    if (sent < data.length) this.#excess(data.length - sent)
    if (this.ending === null) this.#outbox.send(this.number)
  }

  /** More was given than goes out: so many bytes. */
  #excess(bytes: number): void {
    this.#unwanted += bytes
    if (!this.#response.bodiless) this.#referee.say(this.#response.lengthComputed ? 'len-wrong' : 'length-exceeded')
    // An answer to HEAD is often made by what answers GET. It may end as it would, but a stream may have no end.
    else if (this.#unwanted <= CREDIT && this.#context.mayStay) return
    // PEP 3333: "the server should [...] stop iterating over the response when enough data has been sent".
    this.#end(this.#response.closes ? 'linger' : 'stay', true)
    this.#stopApp()
  }

  #finish(): void {
    const response = this.#response
    if (!response.started) {
      this.#startResponseMissing()
      return
    }
    if (!response.headSent) this.#sendHead(0)
    const complete = response.end()
    if (!complete) this.#referee.say('length-short')
    if (complete) this.#end(response.closes ? 'linger' : 'stay', true)
    else this.#end('drop', false)
  }

  #startResponseMissing(): void {
    this.#referee.say('start-response-missing')
    this.#fail('application-silent')
    this.#stopApp()
  }

  /** The application gave no response, or not all of one. */
  #fail(code: RefusalCode): void {
    // After the head there is nothing left to say: what was promised does not come, and the connection tells.
    if (this.#response.headSent) this.#end('drop', this.#response.fulfilled)
    else this.#answerByGateway(new ProtocolError(code, null))
  }

  #answerByGateway(error: ProtocolError): void {
    this.#failed()
    const answer = gatewayAnswer(error)
    this.#response = new Response('gateway', this.#outbox.writer)
    this.#terms = { ...this.#terms, keepAlive: false }
    this.#response.start(answer.status, answer.headers)
    this.#sendHead(answer.body.length)
    this.#response.sendBody(answer.body, 0)
    this.#end('linger', true)
  }

  #sendHead(known: number | null): void {
    const response = this.#response
    const outbox = this.#outbox
    const context = this.#context
    const date = httpDate(context.startedAt + outbox.now / 1000)
    response.sendHead(this.#terms, known, { date, mayStay: context.mayStay })
  }

  #end(ending: Ending, complete: boolean): void {
    this.#outbox.send(this.number)
    this.ending = ending
    this.#outbox.account.answered++
    if (!complete) this.#failed()
    this.#outbox.answered(this.number, this.#response, complete)
  }

  #stopApp(): void {
    if (this.#app !== 'running') return
    this.#app = 'stopping'
    this.#outbox.push({ kind: 'closeApp', exchange: this.number })
  }

  /** In large pieces, so that a stream of small chunks does not ask for each; often enough that it never stalls. */
  #grantCredit(): void {
    if (!this.#wantsCredit || this.#context.full) return
    const { owed } = this.#credit
    this.#outbox.push({ kind: 'nextChunk', exchange: this.number, credit: owed })
    this.#credit.grant(owed)
  }

  get #wantsCredit(): boolean {
    return this.#credit.owed >= CREDIT / 2 && this.#app === 'running' && this.ending === null
  }

  #failed(): void {
    if (!this.#counted) this.#outbox.account.failed++
    this.#counted = true
  }

  #traceRefusal({ status, code, message, span }: ProtocolError): void {
    this.#outbox.trace(this.number, { kind: 'gateway.refused', status, code, message, span })
  }
}
