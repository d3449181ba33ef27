/** A trace that was saved: everything is there at once, and nothing more will come. */
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { readTrace } from '../../shared/trace/file.ts'
import type { SourceListener, TraceSource } from './source.ts'

export class FileSource implements TraceSource {
  readonly commands = null
  readonly #header: TraceHeader
  readonly #events: readonly TraceEvent[]

  /**
   * @param text the whole file.
   * @throws TraceFormatError naming the line that is wrong.
   */
  constructor(text: string) {
    const { header, events } = readTrace(text)
    this.#header = header
    this.#events = events
  }

  start(listener: SourceListener): void {
    listener.onHello({ header: this.#header, app: null, mayAct: false, restarted: false })
    listener.onSnapshot(this.#events, 0)
    listener.onStatus('ended')
  }

  stop(): void {
    // Nothing is under way.
  }

  /** A file is complete: where bytes are missing, nobody has them. */
  async fetchBytes(seq: number): Promise<Uint8Array | null> {
    const event = this.#events.find((candidate) => candidate.seq === seq)
    return event !== undefined && 'bytes' in event ? event.bytes : null
  }
}
