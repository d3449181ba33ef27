/**
 * Collects what one input leads to, in order, and keeps count of the outbound stream. This one tells nothing of what happens;
 * its twin in tracingOutbox.ts does. Whoever decides something says so to either, and builds nothing for it.
 */
import { JoiningWriter, type SegmentWriter } from '../http1/segments.ts'
import type { TraceBody } from '../trace/events.ts'
import { UNTRACED_ORIGINS } from '../wsgi/environOrigins.ts'
import type { Response } from '../wsgi/response.ts'
import { type ExchangeReferee, NO_REFEREE } from './exchangeReferee.ts'
import type { Protocol, ProtocolStep } from './protocol.ts'
import type { Account, AppEvent, EnvironEntry, GatewayOptions, Output } from './types.ts'

/** Most of what an application does leads to nothing at once. */
const NOTHING: readonly Output[] = []

export class Outbox {
  /** Microseconds, of the input that is being dealt with. Never decreases. */
  now = 0
  readonly writer: SegmentWriter
  readonly account: Account
  protected sentSoFar: number
  protected outputs: Output[] = []
  /** Whether what was written is to be sent, with what comes of the inputs dealt with at once. */
  #sending = false

  constructor(options: GatewayOptions, writer: SegmentWriter = new JoiningWriter(allocateFor(options))) {
    this.writer = writer
    const begun = options.resume?.exchanges ?? 0
    this.account = { begun, answered: begun, failed: 0 }
    this.sentSoFar = options.resume?.sent ?? 0
  }

  /** Whether what happens is told. */
  get traces(): boolean {
    return false
  }

  /** Bytes sent so far. */
  get sent(): number {
    if (this.#sending) this.#sendWritten()
    return this.sentSoFar
  }

  begin(now: number): void {
    this.now = Math.max(this.now, now)
  }

  push(output: Output): void {
    if (this.#sending) this.#sendWritten()
    this.outputs.push(output)
  }

  /** Sends what was written to `writer` since the last call. */
  send(_exchange: number): void {
    this.#sending = true
  }

  /** What this input has led to. */
  take(): readonly Output[] {
    if (this.#sending) this.#sendWritten()
    const { outputs } = this
    if (outputs.length === 0) return NOTHING
    this.outputs = []
    return outputs
  }

  /** Something happens that is rare, or costs nothing to say. */
  trace(_exchange: number | null, _body: TraceBody): void {
    // Nobody looks.
  }

  /** The client's bytes from `start` on. */
  received(_exchange: number | null, _start: number, _data: Uint8Array): void {
    // Nobody looks.
  }

  /** The protocol has made a step of reading a request. */
  read(_exchange: number, _protocol: Protocol, _step: ProtocolStep): void {
    // Nobody looks.
  }

  appEvent(_exchange: number, _event: AppEvent): void {
    // Nobody looks.
  }

  answered(_exchange: number, _response: Response, _complete: boolean): void {
    // Nobody looks.
  }

  /** The environ of the request that is complete. */
  environ(_exchange: number, protocol: Protocol): EnvironEntry[] {
    return protocol.environ(UNTRACED_ORIGINS)
  }

  refereeOf(_exchange: number): Pick<ExchangeReferee, 'say' | 'watch'> {
    return NO_REFEREE
  }

  #sendWritten(): void {
    this.#sending = false
    const segments = this.writer.take()
    if (segments.length === 0) return
    for (const { data } of segments) this.sentSoFar += data.length
    this.outputs.push({ kind: 'send', segments })
  }
}

export const allocateFor = ({ allocate }: GatewayOptions) => allocate ?? ((size: number) => new Uint8Array(size))
