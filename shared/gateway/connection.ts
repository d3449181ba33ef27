/**
 * One connection: Input -> Output[]. Keep-alive, pipelining, deadlines, refusals, and the two ways to end.
 *
 * A connection deals with one request at a time: the next one is not parsed before the response to this one has ended
 * and the application has been closed. The same bytes give the same events whatever segments they arrive in,
 * `socket.received` and the 100 apart. (Longer than 250 lines: inputs, states and
 * outputs all meet here.)
 */
import { assertNever } from '../assertNever.ts'
import { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { ProtocolError } from '../refusals/refusals.ts'
import type { TraceBody } from '../trace/events.ts'
import type { ResponseTerms } from '../wsgi/response.ts'
import { Backlog } from './backlog.ts'
import { ConnectionState } from './connectionState.ts'
import { Deadlines, type Progress } from './deadlines.ts'
import { type ConnectionContext, Exchange } from './exchange.ts'
import { HttpProtocol } from './httpProtocol.ts'
import { Outbox } from './outbox.ts'
import type { Protocol } from './protocol.ts'
import { TracingOutbox } from './tracingOutbox.ts'
import type { Account, AppEvent, Deadline, Gateway, GatewayOptions, Input, Output, Position, Speaks } from './types.ts'
import { UwsgiProtocol } from './uwsgiProtocol.ts'

/** Bytes that may wait unparsed, behind a request that is being answered. */
const MOST_WAITING = 256 * 1024

/** Bytes that a socket has room for, however slow its client is. */
const SURELY_TAKEN = 64 * 1024

/** A connection that speaks HTTP/1.x, or uwsgi where the options say so. */
export function createGateway(options: GatewayOptions): Gateway {
  const buffer = new ReceiveBuffer()
  const { speaks = 'http' } = options
  const protocol = speaks === 'http' ? new HttpProtocol(options, buffer) : new UwsgiProtocol(options, buffer)
  return new Connection(options, buffer, protocol, speaks)
}

export class Connection implements Gateway, ConnectionContext, Progress {
  readonly #options: GatewayOptions
  readonly #buffer: ReceiveBuffer
  readonly #protocol: Protocol
  readonly #speaks: Speaks
  readonly #outbox: Outbox
  readonly #deadlines: Deadlines
  readonly state = new ConnectionState()
  /** The request that is being read or answered; once the connection is closed, the last one. */
  #exchange: Exchange | null = null
  readonly backlog: Backlog
  /** What had been sent when the client had last taken all of it. */
  #takenAll: number
  /** Whether the edge has been asked if the client has taken everything, and has not answered yet. */
  #flushing = false
  /** How it will close once the client has taken everything. */
  #last: { by: 'client' | 'gateway'; why: string; linger: boolean } | null = null

  constructor(options: GatewayOptions, buffer: ReceiveBuffer, protocol: Protocol, speaks: Speaks) {
    this.#options = options
    this.#buffer = buffer
    this.#protocol = protocol
    this.#speaks = speaks
    this.#outbox = options.trace ? new TracingOutbox(options) : new Outbox(options)
    this.#deadlines = new Deadlines(options.limits)
    this.backlog = new Backlog(options.limits)
    const { resume } = options
    this.#takenAll = resume?.taken ?? 0
    if (resume === undefined) return
    this.state.go('opened', resume.since)
    this.state.idleSince = resume.since
    this.#buffer.startAt(resume.received)
  }

  get account(): Readonly<Account> {
    return this.#outbox.account
  }

  get traces(): boolean {
    return this.#outbox.traces
  }

  get idle(): boolean {
    const { phase } = this.state
    return (phase === 'idle' || phase === 'new') && this.#protocol.idle && !this.backlog.waiting
  }

  get closed(): boolean {
    return this.state.phase === 'closed' && (this.#exchange === null || this.#exchange.released)
  }

  get position(): Position {
    const { account, sent } = this.#outbox
    return {
      received: this.#buffer.end,
      sent,
      taken: this.#takenAll,
      exchanges: account.begun,
      since: this.state.idleSince,
    }
  }

  get full(): boolean {
    return this.backlog.full
  }

  get bodyReceived(): number {
    return this.#protocol.bodyReceived
  }

  get startedAt(): number {
    return this.#options.startedAt
  }

  /** Neither the server nor the client has said that this is the last request. */
  get mayStay(): boolean {
    return this.state.mayStay(this.#buffer.length)
  }

  receive(input: Input): readonly Output[] {
    this.#hear(input)
    return this.#decided()
  }

  receiveAll(inputs: readonly Input[]): readonly Output[] {
    for (const input of inputs) this.#hear(input)
    return this.#decided()
  }

  #hear(input: Input): void {
    this.#outbox.begin(input.now)
    if (this.state.phase === 'new') this.#open()
    this.#take(input)
    if (this.backlog.waiting) this.backlog.holds(this.#exchange?.held ?? false, this.#outbox.now)
  }

  #decided(): readonly Output[] {
    this.#deadlines.ask(this, this.#outbox)
    this.#askForBytes()
    return this.#outbox.take()
  }

  #open(): void {
    this.#go('opened')
    this.state.idleSince = this.#outbox.now
    const { peer, local, via = 'direct' } = this.#options
    this.#outbox.trace(null, { kind: 'connection.opened', peer, local, protocol: this.#speaks, via })
  }

  #take(input: Input): void {
    switch (input.kind) {
      case 'opened':
        return
      case 'bytes':
        this.#takeBytes(input.data)
        return
      case 'eof':
        this.state.ended = true
        if (this.state.phase === 'lingering') this.#endLinger()
        else if (this.state.phase !== 'sending') this.#read()
        return
      case 'clientGone':
        this.#clientGone(input.why)
        return
      case 'backlog':
        this.#hearBacklog(input)
        return
      case 'deadline':
        if (this.#deadlines.passed(input.of, this, this.#outbox.now)) this.#deadlinePassed(input.of)
        return
      case 'app':
        this.#takeAppEvent(input.exchange, input.event)
        return
      case 'shutdown':
        this.state.stopping = true
        if (this.state.phase === 'idle') this.#close('gateway', 'the server is stopping', true)
        return
      default:
        assertNever(input)
    }
  }

  #hearBacklog(report: Extract<Input, { kind: 'backlog' }>): void {
    const outbox = this.#outbox
    const { backlog } = this
    const waited = backlog.waiting
    backlog.hear(report, outbox.now)
    // What says less than that was on its way before it was asked for.
    if (backlog.waiting || backlog.hasTaken(outbox.sent)) this.#flushing = false
    if (!backlog.full) this.#exchange?.hasRoom()
    backlog.holds(this.#exchange?.held ?? false, outbox.now)
    this.#traceBacklog(backlog.news(outbox.now))
    if (backlog.waiting) return
    if (backlog.hasTaken(outbox.sent)) this.#takenAll = outbox.sent
    if (this.state.phase === 'sending') this.#closeWhenTaken()
    else if (this.state.phase === 'idle') {
      if (waited) this.#next()
    } else if (this.#exchange !== null) this.#afterExchange(this.#exchange)
  }

  /** Nothing more is told of a connection that is said to be closed: a report may have been on its way. */
  #traceBacklog(body: TraceBody | null): void {
    if (body === null || this.#exchange === null || this.state.phase === 'lingering' || this.state.phase === 'closed')
      return
    this.#outbox.trace(this.#exchange.number, body)
  }

  #takeBytes(data: Uint8Array): void {
    if (this.state.bytes === 'dropped' || data.length === 0) return
    const exchange = this.state.isRequestArriving ? this.#exchange : null
    this.#outbox.received(exchange?.number ?? null, this.#buffer.end, data)
    this.#buffer.append(data)
    this.#read()
  }

  #takeAppEvent(number: number, event: AppEvent): void {
    // What is written to a log may come late; it still belongs to the exchange that wrote it.
    if (event.kind === 'logged') {
      this.#outbox.appEvent(number, event)
    } else if (this.#exchange?.number === number) {
      this.#exchange.receive(event)
      this.#afterExchange(this.#exchange)
    }
  }

  /** Reads on, as far as the bytes and one request at a time allow. The one place where a violation is answered. */
  #read(): void {
    try {
      while (this.state.bytes === 'parsed') {
        // A client that does not take its answers is not given more of them to take.
        if (this.backlog.waiting && this.state.phase === 'idle' && !this.#protocol.idle) return
        if (this.#step()) continue
        if (this.state.ended) this.#endOfInput()
        return
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#refuse(error)
    }
  }

  /** One step of the protocol; false for "not yet". */
  #step(): boolean {
    if (this.state.phase === 'idle' && !this.#protocol.idle) this.#go('begins')
    const step = this.#protocol.advance()
    if (step === 'waiting') {
      if (this.state.phase === 'head' && this.#protocol.idle) this.#go('onlyBlank')
      return false
    }
    const exchange = this.#exchange ?? this.#begin(this.#protocol.terms)
    this.#outbox.read(exchange.number, this.#protocol, step)
    if (step === 'head') {
      this.#go('complete')
      if (this.#protocol.awaitsContinue && !this.state.ended) exchange.sendContinue()
    } else if (step === 'data') {
      this.#outbox.push({ kind: 'body', exchange: exchange.number, data: this.#protocol.data })
    } else if (step === 'complete') {
      this.#callApplication(exchange)
    }
    return true
  }

  #begin(terms: ResponseTerms): Exchange {
    this.#exchange = new Exchange(this.#outbox.account.begun++, terms, this.#outbox, this)
    return this.#exchange
  }

  #callApplication(exchange: Exchange): void {
    this.#go('complete')
    const environ = this.#outbox.environ(exchange.number, this.#protocol)
    exchange.call(this.#protocol.terms)
    this.#outbox.push({ kind: 'callApp', exchange: exchange.number, environ, bodyLength: this.#protocol.bodyReceived })
  }

  #refuse(error: ProtocolError): void {
    const exchange = this.#exchange ?? this.#begin(this.#protocol.unreadTerms)
    exchange.refuse(error)
    this.#afterExchange(exchange)
  }

  /** EOF, and no further request is complete. */
  #endOfInput(): void {
    if (this.#protocol.idle) this.#close('client', 'the client sent EOF', false)
    else throw new ProtocolError(this.#protocol.unfinished.eof, null)
  }

  /** Something has happened in the exchange: perhaps it is over, or the connection is. */
  #afterExchange(exchange: Exchange): void {
    if (this.#last !== null || this.state.phase === 'closed') return
    switch (exchange.ending) {
      case null:
        return
      case 'linger':
        this.#close('gateway', 'this was the last response', !this.#saidLast)
        return
      case 'drop':
        this.#close('gateway', 'the response was cut short', false)
        return
      case 'stay':
        if (this.state.stopping) this.#close('gateway', 'the server is stopping', true)
        else if (exchange.done && this.#surelyTaken()) {
          this.#go('done')
          this.#next()
        }
    }
  }

  /** The whole request has come, and the client has said that no other follows (RFC 9112 9.6): nothing can be lost. */
  get #saidLast(): boolean {
    return this.state.phase === 'application' && !this.#protocol.terms.keepAlive && this.#buffer.length === 0
  }

  /** Whether the client has the answer: one that it takes slowly is not over, and the request behind it waits. */
  #surelyTaken(): boolean {
    if (this.backlog.waiting) return false
    if (this.#outbox.sent - this.#takenAll <= SURELY_TAKEN) return true
    this.#askForBacklog()
    return false
  }

  #askForBacklog(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#outbox.push({ kind: 'flush' })
  }

  #next(): void {
    this.#exchange = null
    this.state.idleSince = this.#outbox.now
    this.#read()
  }

  #clientGone(why: string): void {
    if (this.state.phase === 'closed') return
    this.#traceBacklog(this.backlog.left)
    if (this.state.phase === 'sending') this.#exchange?.cut()
    else this.#exchange?.abandon()
    if (this.state.phase !== 'lingering') this.#outbox.trace(null, { kind: 'connection.closed', by: 'client', why })
    this.#go('gone')
  }

  /** Once the client has taken what it was sent. */
  #close(by: 'client' | 'gateway', why: string, linger: boolean): void {
    this.#last = { by, why, linger }
    this.#go('lastAnswer')
    if (!this.backlog.waiting) this.#askForBacklog()
  }

  #closeWhenTaken(): void {
    const last = this.#last
    if (last === null) return
    if (!this.backlog.hasTaken(this.#outbox.sent)) {
      this.#askForBacklog()
      return
    }
    // A client that has ended its side sends nothing that could be lost.
    const linger = last.linger && !this.state.ended
    this.#outbox.trace(null, { kind: 'connection.closed', by: last.by, why: last.why })
    this.#outbox.push({ kind: 'close', linger })
    this.#go(linger ? 'taken' : 'gone')
  }

  /** What waits for it is given up. */
  #cut(): void {
    this.#traceBacklog(this.backlog.left)
    this.#exchange?.cut()
    this.#outbox.trace(null, { kind: 'connection.closed', by: 'gateway', why: this.backlog.why })
    this.#outbox.push({ kind: 'close', linger: false })
    this.#go('gone')
  }

  #endLinger(): void {
    this.#outbox.push({ kind: 'close', linger: false })
    this.#go('gone')
  }

  #go(transition: Parameters<ConnectionState['go']>[0]): void {
    this.state.go(transition, this.#outbox.now)
  }

  #deadlinePassed(of: Deadline): void {
    switch (of) {
      case 'header':
        this.#refuse(new ProtocolError(this.#protocol.unfinished.late, null))
        return
      case 'body':
        this.#refuse(new ProtocolError('body-timeout', null))
        return
      case 'send':
        this.#cut()
        return
      case 'idle':
        this.#close('gateway', 'idle for too long', true)
        return
      case 'linger':
        this.#endLinger()
    }
  }

  #askForBytes(): void {
    const on = this.state.newReading(!this.backlog.waiting && this.#buffer.length <= MOST_WAITING)
    if (on !== null) this.#outbox.push({ kind: 'readMore', on })
  }
}
