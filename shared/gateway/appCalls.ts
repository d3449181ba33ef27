/** The calls of the application that one connection makes, one after the other, and the bodies it makes them with. */

import type { BodyStore, IncomingBody, Scheduler } from './edge.ts'
import type { AppCall, Body, Host, RunningCall } from './host.ts'
import type { AppEvent, EnvironEntry } from './types.ts'

export interface AppCallsOptions {
  host: Host
  bodies: BodyStore
  scheduler: Scheduler
  /** Whether somebody may look at the calls later. */
  recorded: boolean
  /** `number`: the exchange's in the run. */
  onEvent: (exchange: number, event: AppEvent, at: number, number: number | null) => void
  /** False when a body arrives faster than the disk takes it, true when that is over. */
  onPace: (keepsUp: boolean) => void
}

const NO_BODY: Body = { kind: 'memory', parts: [], length: 0 }

export class AppCalls {
  readonly #options: AppCallsOptions
  /** The last one; a connection begins no other before it is over. */
  #call: Call | null = null
  /** The body that is arriving, and the exchange it belongs to. */
  #arriving: { exchange: number; data: IncomingBody } | null = null

  constructor(options: AppCallsOptions) {
    this.#options = options
  }

  keepBody(exchange: number, data: Uint8Array): void {
    if (this.#arriving?.exchange !== exchange) {
      this.dropBody()
      this.#arriving = { exchange, data: this.#options.bodies.open(this.#options.onPace) }
    }
    this.#arriving.data.add(data)
  }

  /** The body that was arriving will not be complete. */
  dropBody(): void {
    this.#arriving?.data.discard()
    this.#arriving = null
  }

  /** `number`: the exchange's in the run, where that is known. */
  call(exchange: number, number: number | null, environ: EnvironEntry[], traced: boolean): void {
    const arrived = this.#arriving?.exchange === exchange ? this.#arriving.data : null
    this.#arriving = null
    const call = new Call(this.#options, exchange, number, environ, arrived, traced)
    this.#call = call
    const body = arrived?.complete() ?? NO_BODY
    if (body instanceof Promise) void call.startWhenWritten(body)
    else call.start(body)
  }

  /** Permission for more chunks. */
  more(exchange: number, credit: number): void {
    if (this.#call?.exchange === exchange) this.#call.more(credit)
  }

  /** Nobody waits for the rest. */
  close(exchange: number): void {
    if (this.#call?.exchange === exchange) this.#call.abort()
  }

  closeLast(): void {
    this.#call?.abort()
  }
}

/** From `callApp` to `closed` or `died`. */
class Call implements AppCall {
  readonly exchange: number
  readonly number: number | null
  readonly environ: EnvironEntry[]
  readonly trace: boolean
  body: Body = NO_BODY
  readonly #options: AppCallsOptions
  readonly #arrived: IncomingBody | null
  /** Null until its body is on disk. */
  #running: RunningCall | null = null
  #aborted = false
  #over = false
  /** Permission for chunks that has not been passed on yet. */
  #credit = 0

  constructor(
    options: AppCallsOptions,
    exchange: number,
    number: number | null,
    environ: EnvironEntry[],
    arrived: IncomingBody | null,
    trace: boolean,
  ) {
    this.#options = options
    this.exchange = exchange
    this.number = number
    this.environ = environ
    this.#arrived = arrived
    this.trace = trace
  }

  onEvent(event: AppEvent, at: number): void {
    if (event.kind === 'closed' || event.kind === 'died') {
      this.#over = true
      this.#arrived?.discard()
    }
    const unwatched = event.kind === 'called' && !this.trace && this.#options.recorded
    const told = unwatched ? { ...event, unwatched: true as const } : event
    this.#options.onEvent(this.exchange, told, at, this.number)
  }

  start(body: Body): void {
    this.body = body
    this.#running = this.#options.host.call(this)
    // An inline application may have been told to stop before it had returned.
    if (this.#aborted) this.#running.abort()
  }

  async startWhenWritten(written: Promise<Body>): Promise<void> {
    const { scheduler } = this.#options
    let body: Body
    try {
      body = await written
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const reason = `the request body could not be kept on disk: ${why}`
      this.onEvent({ kind: 'died', status: 500, reason, cause: 'body-unkept' }, scheduler.now())
      return
    }
    if (this.#aborted) this.onEvent({ kind: 'closed' }, scheduler.now())
    else this.start(body)
  }

  /**
   * Passed on in a turn of its own: an inline application answers at once, and an endless one would otherwise never let
   * the socket, or anybody else, have theirs.
   */
  more(credit: number): void {
    if (this.#over) return
    if (this.#credit === 0) {
      this.#options.scheduler.nextTurn(() => {
        const granted = this.#credit
        this.#credit = 0
        if (!this.#aborted) this.#running?.more(granted)
      })
    }
    this.#credit += credit
  }

  abort(): void {
    if (this.#aborted || this.#over) return
    this.#aborted = true
    this.#running?.abort()
  }
}
