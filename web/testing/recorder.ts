/** Numbers what gateways say, as the log of a server does: so that tests read real traces. */
import type { TraceDraft } from '../../shared/gateway/types.ts'
import type { TraceBody, TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import type { Snapshot } from '../sources/source.ts'

export const header = (run = 'run-1'): TraceHeader => ({
  trace: 'wsgiscope',
  version: 1,
  run,
  startedAt: 0,
  app: 'hello.py:app',
  gateway: { host: '127.0.0.1', port: 8888 },
})

/** All events there are, as a source tells them at first. */
export const snapshot = (events: readonly TraceEvent[], letGo = 0): Snapshot => ({
  exchanges: [],
  lines: [],
  events,
  next: (events.at(-1)?.seq ?? -1) + 1,
  letGo,
})

export class Recorder {
  readonly events: TraceEvent[] = []
  #connections = 0
  #exchanges = 0

  /** What concerns the whole server. */
  note(body: TraceBody): TraceEvent[] {
    const event = { seq: this.events.length, at: 0, conn: null, exchange: null, ...body }
    this.events.push(event)
    return [event]
  }

  /** All of one connection, behind what was recorded before. */
  connection(drafts: readonly TraceDraft[]): TraceEvent[] {
    this.#connections += 1
    const ids = new Map<number, number>()
    const added = drafts.map(({ at, exchange, body }): TraceEvent => {
      if (exchange !== null && !ids.has(exchange)) ids.set(exchange, ++this.#exchanges)
      const id = exchange === null ? null : (ids.get(exchange) ?? null)
      const event = { seq: this.events.length, at, conn: this.#connections, exchange: id, ...body }
      this.events.push(event)
      return event
    })
    return added
  }
}
