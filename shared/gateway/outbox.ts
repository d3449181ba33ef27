/** Collects what one input leads to, in order, and keeps count of the outbound stream. */
import { JoiningWriter, LabelledWriter, type SegmentWriter } from '../http1/segments.ts'
import type { ResponseSegment, TraceBody } from '../trace/events.ts'
import type { Account, GatewayOptions, Output, Segment } from './types.ts'

/** Most of what an application does leads to nothing at once. */
const NOTHING: readonly Output[] = []

export class Outbox {
  /** Microseconds, of the input that is being dealt with. Never decreases. */
  now = 0
  /** Whether anybody watches. Ask before building what only `trace` would use. */
  readonly traced: boolean
  readonly writer: SegmentWriter
  readonly account: Account
  /** Bytes sent so far. */
  sent: number
  private outputs: Output[] = []

  constructor(options: GatewayOptions) {
    const allocate = options.allocate ?? ((size: number) => new Uint8Array(size))
    this.traced = options.trace
    this.writer = options.trace ? new LabelledWriter(allocate) : new JoiningWriter(allocate)
    const begun = options.resume?.exchanges ?? 0
    this.account = { begun, answered: begun, failed: 0 }
    this.sent = options.resume?.sent ?? 0
  }

  begin(now: number): void {
    this.now = Math.max(this.now, now)
  }

  push(output: Output): void {
    this.outputs.push(output)
  }

  trace(exchange: number | null, body: TraceBody): void {
    if (this.traced) this.outputs.push({ kind: 'trace', draft: { at: this.now, exchange, body } })
  }

  /** Sends what was written to `writer` since the last call. */
  send(exchange: number): void {
    const segments = this.writer.take()
    if (segments.length === 0) return
    if (this.traced) this.sendTraced(exchange, segments)
    else {
      for (const { data } of segments) this.sent += data.length
      this.outputs.push({ kind: 'send', segments })
    }
  }

  /** What this input has led to. */
  take(): readonly Output[] {
    const { outputs } = this
    if (outputs.length === 0) return NOTHING
    this.outputs = []
    return outputs
  }

  private sendTraced(exchange: number, segments: Segment[]): void {
    const start = this.sent
    const spans: ResponseSegment[] = []
    for (const { data, from } of segments) {
      spans.push({ start: this.sent, end: this.sent + data.length, from })
      this.sent += data.length
    }
    const bytes = new Uint8Array(this.sent - start)
    segments.forEach(({ data }, i) => {
      bytes.set(data, (spans[i]?.start ?? start) - start)
    })
    this.trace(exchange, { kind: 'response.serialized', segments: spans })
    this.push({ kind: 'send', segments })
    this.trace(exchange, { kind: 'socket.sent', start, length: bytes.length, bytes })
  }
}
