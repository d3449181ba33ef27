/** The calls of the application that one connection makes, and the bodies it makes them with. */
import type { AppEvent, EnvironEntry } from '../shared/gateway/types.ts'
import { RequestBody, type SpoolFolder } from './bodySpool.ts'
import type { Body, Host, RunningCall } from './hosts/host.ts'

export interface AppCallsOptions {
  host: Host
  spool: SpoolFolder
  now: () => number
  onEvent: (exchange: number, event: AppEvent, at: number) => void
  /** False when a body arrives faster than the disk takes it, true when that is over. */
  onPace: (keepsUp: boolean) => void
}

/** From `callApp` to `closed` or `died`. */
interface Call {
  /** Null until its body is on disk. */
  running: RunningCall | null
  aborted: boolean
  body: RequestBody | null
  /** Permission for chunks that has not been passed on yet. */
  credit: number
  /** Whether to report what only a viewer wants to know. */
  traced: boolean
}

const NO_BODY: Body = { kind: 'memory', parts: [], length: 0 }

export class AppCalls {
  readonly #options: AppCallsOptions
  readonly #calls = new Map<number, Call>()
  /** The body that is arriving, and the exchange it belongs to. */
  #arriving: { exchange: number; data: RequestBody } | null = null

  constructor(options: AppCallsOptions) {
    this.#options = options
  }

  keepBody(exchange: number, data: Uint8Array): void {
    if (this.#arriving?.exchange !== exchange) {
      this.dropBody()
      this.#arriving = { exchange, data: new RequestBody(this.#options.spool, this.#options.onPace) }
    }
    this.#arriving.data.add(data)
  }

  /** The body that was arriving will not be complete. */
  dropBody(): void {
    this.#arriving?.data.discard()
    this.#arriving = null
  }

  call(exchange: number, environ: EnvironEntry[], traced: boolean): void {
    const body = this.#arriving?.exchange === exchange ? this.#arriving.data : null
    this.#arriving = null
    const call: Call = { running: null, aborted: false, body, credit: 0, traced }
    this.#calls.set(exchange, call)
    const complete = body?.complete() ?? NO_BODY
    if (complete instanceof Promise) void this.#callWhenWritten(exchange, call, environ, complete)
    else this.#start(exchange, call, environ, complete)
  }

  /**
   * Passed on in a turn of its own: an inline application answers at once, and an endless one would otherwise never let
   * the socket, or anybody else, have theirs.
   */
  more(exchange: number, credit: number): void {
    const call = this.#calls.get(exchange)
    if (call === undefined) return
    if (call.credit === 0) {
      setImmediate(() => {
        const granted = call.credit
        call.credit = 0
        if (!call.aborted) call.running?.more(granted)
      })
    }
    call.credit += credit
  }

  /** Nobody waits for the rest. */
  close(exchange: number): void {
    const call = this.#calls.get(exchange)
    if (call !== undefined) this.#abort(call)
  }

  closeAll(): void {
    for (const call of this.#calls.values()) this.#abort(call)
  }

  async #callWhenWritten(exchange: number, call: Call, environ: EnvironEntry[], written: Promise<Body>): Promise<void> {
    const { now } = this.#options
    let body: Body
    try {
      body = await written
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const reason = `the request body could not be kept on disk: ${why}`
      this.#report(exchange, call, { kind: 'died', status: 500, reason }, now())
      return
    }
    if (call.aborted) this.#report(exchange, call, { kind: 'closed' }, now())
    else this.#start(exchange, call, environ, body)
  }

  #start(exchange: number, call: Call, environ: EnvironEntry[], body: Body): void {
    const { host } = this.#options
    const onEvent = (event: AppEvent, at: number) => this.#report(exchange, call, event, at)
    call.running = host.call({ environ, body, trace: call.traced, onEvent })
    // An inline application may have been told to stop before it had returned.
    if (call.aborted) call.running.abort()
  }

  #report(exchange: number, call: Call, event: AppEvent, at: number): void {
    if (event.kind === 'closed' || event.kind === 'died') {
      this.#calls.delete(exchange)
      call.body?.discard()
    }
    this.#options.onEvent(exchange, event, at)
  }

  #abort(call: Call): void {
    if (call.aborted) return
    call.aborted = true
    call.running?.abort()
  }
}
