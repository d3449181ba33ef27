/**
 * One page that watches. It is sent what it lacks at its own pace: nothing more is put on its way while a megabyte waits
 * already, and what it missed by then it gets as a new snapshot. The gateway never waits for it.
 */
import type { WebSocket } from 'ws'
import type { TraceEvent } from '../shared/trace/events.ts'
import { weigh } from '../shared/trace/weight.ts'
import type { ServerMessage } from '../shared/wire.ts'
import type { EventLog } from './log/eventLog.ts'
import { encodeMessage, type Format } from './wireCoding.ts'

/** Bytes on their way to a page beyond which it counts as slow. */
const QUEUE_LIMIT = 1024 * 1024

/** A page that was slow is served again when no more than this is on its way. */
const DRAINED = 64 * 1024

/** Answers that may wait for a slow page. */
const MOST_REPLIES = 256

/** What the events of one message weigh at most: well below 256 KiB, in base64 too. */
const PART_WEIGHT = 160 * 1024

/** A batch for all viewers: each format is encoded once, when the first viewer needs it. */
export class SharedMessage {
  readonly #message: ServerMessage
  readonly #encoded: Partial<Record<Format, Uint8Array | string>> = {}

  constructor(message: ServerMessage) {
    this.#message = message
  }

  in(format: Format): Uint8Array | string {
    const encoded = this.#encoded[format] ?? encodeMessage(this.#message, format)
    this.#encoded[format] = encoded
    return encoded
  }
}

/** Events as messages of bounded size, at least one. */
export function inParts(events: readonly TraceEvent[]): TraceEvent[][] {
  const parts: TraceEvent[][] = []
  let part: TraceEvent[] = []
  let weight = 0
  for (const event of events) {
    const own = weigh(event)
    if (part.length > 0 && weight + own > PART_WEIGHT) {
      parts.push(part)
      part = []
      weight = 0
    }
    part.push(event)
    weight += own
  }
  if (part.length > 0 || parts.length === 0) parts.push(part)
  return parts
}

export class Viewer {
  readonly format: Format
  readonly #socket: WebSocket
  readonly #log: EventLog
  /** The `seq` of the event that it needs next; null until it has said what it has. */
  #next: number | null = null
  /** Messages that are to be sent before it can follow the tail. */
  #parts: ServerMessage[] = []
  /** Answers that may be large, and are made when there is room for them. */
  readonly #replies: (() => ServerMessage)[] = []
  #following = false
  /** Totals that wait until the page follows the tail. */
  #counts: SharedMessage | null = null
  /** It was too slow for the tail, and has not been sent a snapshot since. */
  #behind = false

  constructor(socket: WebSocket, log: EventLog, format: Format) {
    this.#socket = socket
    this.#log = log
    this.format = format
  }

  get started(): boolean {
    return this.#next !== null
  }

  /** Begins with what came from `next` on, where that is kept; with a snapshot otherwise. */
  start(next: number | null): void {
    // What the snapshot holds must not come again with the batch that is being gathered.
    this.#log.flush()
    const missing = next === null ? null : this.#log.since(next)
    if (missing === null) this.#planSnapshot()
    else this.#planEvents(missing)
    this.#pump()
  }

  send(message: ServerMessage): void {
    this.#put(encodeMessage(message, this.format))
  }

  /** Sends what `make` gives once this page has taken what it was sent before. False where too much is waiting already. */
  reply(make: () => ServerMessage): boolean {
    if (this.#replies.length >= MOST_REPLIES) return false
    this.#replies.push(make)
    this.#pump()
    return true
  }

  /** The newest totals. A page that is busy is sent them when it has caught up, and none that are older. */
  count(message: SharedMessage): void {
    this.#counts = message
    this.#pump()
  }

  /** The newest events of the log, in one message. */
  tail(message: SharedMessage, next: number): void {
    if (!this.#following) return
    if (this.#socket.bufferedAmount > QUEUE_LIMIT) {
      this.#following = false
      this.#behind = true
      return
    }
    this.#next = next
    this.#put(message.in(this.format))
  }

  #put(encoded: Uint8Array | string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(encoded, () => this.#pump())
  }

  /** Sends what is waiting, as far as there is room. Called again whenever something has left. */
  #pump(): void {
    while (this.#replies.length > 0 && this.#socket.bufferedAmount < QUEUE_LIMIT) {
      const make = this.#replies.shift()
      if (make !== undefined) this.send(make())
    }
    if (this.#next === null) return
    if (this.#following) {
      this.#putCounts()
      return
    }
    if (this.#behind) {
      if (this.#socket.bufferedAmount > DRAINED) return
      this.#behind = false
      this.#log.flush()
      this.#planSnapshot()
    }
    while (this.#socket.bufferedAmount < QUEUE_LIMIT) {
      const part = this.#parts.shift()
      if (part !== undefined) this.#put(encodeMessage(part, this.format))
      else if (this.#next < this.#log.next) this.#planRest(this.#next)
      else {
        this.#following = true
        this.#putCounts()
        return
      }
    }
  }

  #putCounts(): void {
    const counts = this.#counts
    if (counts === null || this.#socket.bufferedAmount >= QUEUE_LIMIT) return
    this.#counts = null
    this.#put(counts.in(this.format))
  }

  /** What happened while the parts before it were on their way. */
  #planRest(next: number): void {
    this.#log.flush()
    const missing = this.#log.since(next)
    if (missing === null) this.#planSnapshot()
    else this.#planEvents(missing)
  }

  #planEvents(events: TraceEvent[]): void {
    this.#next = this.#log.next
    this.#parts = inParts(events).map((part) => ({ type: 'events', events: part }))
  }

  #planSnapshot(): void {
    this.#next = this.#log.next
    const { letGo } = this.#log.totals
    const parts = inParts(this.#log.snapshot())
    this.#parts = parts.map((events, part) => ({
      type: 'snapshot',
      part,
      last: part === parts.length - 1,
      events,
      letGo,
    }))
  }
}
