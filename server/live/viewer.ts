/**
 * One page that watches. It is sent what it lacks at its own pace: while too much is on its way already, what happens is
 * left out, and made good with a new snapshot. The gateway never waits for it.
 */
import type { WebSocket } from 'ws'
import type { EventLog } from '../../shared/log/eventLog.ts'
import type { ServerMessage } from '../../shared/wire.ts'
import { type Message, PageQueue, type SharedMessage } from './pageQueue.ts'
import { inParts, snapshotOf } from './snapshot.ts'
import type { Format } from './wireCoding.ts'

/** Answers that may wait for a page to take them. */
const MOST_REPLIES = 256

/** Makes the messages of an answer; asked for them one at a time. */
export type Reply = Iterator<ServerMessage>

export class Viewer {
  readonly #log: EventLog
  readonly #queue: PageQueue
  /** Whether it has said what it has. */
  resumed = false
  /** The `seq` of the event that it needs next; null until it is sent any. */
  #next: number | null = null
  /** What is to be sent before it can follow the tail. */
  #missing: Iterator<ServerMessage> | null = null
  #following = false
  /** It was too slow for the tail, and has not been sent a snapshot since. */
  #behind = false
  readonly #replies: Reply[] = []
  /** Totals that wait until the page follows the tail. */
  #counts: SharedMessage | null = null
  /** What the terminal's client has printed, and what is to be done when it has left. */
  readonly #output: { message: ServerMessage; then: () => void }[] = []
  #whenOutputHasLeft: (() => void)[] = []

  constructor(socket: WebSocket, log: EventLog, format: Format) {
    this.#log = log
    this.#queue = new PageQueue(socket, format, [
      () => this.#nextOutput(),
      () => this.#nextReply(),
      () => this.#nextMissing(),
      () => this.#takeCounts(),
    ])
  }

  get isOpen(): boolean {
    return this.#queue.isOpen
  }

  /** Begins with what came from `next` on, where that is kept; with a snapshot otherwise. */
  start(next: number | null): void {
    // What is sent from here on must not come again with the batch that is being gathered.
    this.#log.flush()
    this.#plan(next)
    this.#queue.wake()
  }

  /** What is small and has to be said. */
  send(message: ServerMessage): void {
    this.#queue.insist(message)
  }

  /** Sends an answer once this page has taken what it was sent before. False where too many are waiting already. */
  reply(reply: Reply): boolean {
    if (this.#replies.length >= MOST_REPLIES) return false
    this.#replies.push(reply)
    this.#queue.wake()
    return true
  }

  /** Sends what the terminal's client has to say; `then` is called when it is on its way. */
  output(message: ServerMessage, then: () => void = () => undefined): void {
    this.#output.push({ message, then })
    this.#queue.wake()
  }

  /** The same, behind the events of what has happened by now: the page knows from them what it is about. */
  outputAfterEvents(message: ServerMessage, then?: () => void): void {
    this.#log.flush()
    this.output(message, then)
  }

  /** Resolves when the page has room for more of the client's output; null where it has now. */
  outputRoom(): Promise<void> | null {
    if (this.#output.length === 0) return null
    return new Promise((resolve) => this.#whenOutputHasLeft.push(resolve))
  }

  /** The newest totals. A page that is busy is sent them when it has caught up, and none that are older. */
  count(message: SharedMessage): void {
    this.#counts = message
    this.#queue.wake()
  }

  /** Events of the log that end before `next`, in one message. */
  tail(message: SharedMessage, next: number): void {
    if (!this.#following || this.#next === null || next <= this.#next) return
    if (this.#queue.offer(message)) this.#next = next
    else {
      this.#following = false
      this.#behind = true
    }
  }

  #nextOutput(): Message | null {
    const output = this.#output.shift()
    if (output === undefined) return null
    output.then()
    if (this.#output.length === 0) {
      for (const resolve of this.#whenOutputHasLeft.splice(0)) resolve()
    }
    return output.message
  }

  #nextReply(): Message | null {
    for (let reply = this.#replies[0]; reply !== undefined; reply = this.#replies[0]) {
      const { value, done } = reply.next()
      if (done !== true) return value
      this.#replies.shift()
    }
    return null
  }

  #nextMissing(): Message | null {
    if (this.#next === null || this.#following) return null
    if (this.#behind) {
      if (!this.#queue.isDrained) return null
      this.#behind = false
      this.#log.flush()
      this.#plan(null)
    }
    for (;;) {
      const part = this.#missing?.next()
      if (part !== undefined && part.done !== true) return part.value
      this.#missing = null
      this.#log.flush()
      if (this.#next >= this.#log.next) break
      // What happened while that was on its way.
      this.#plan(this.#next)
    }
    this.#following = true
    return null
  }

  #plan(next: number | null): void {
    const missing = next === null ? null : this.#log.since(next)
    this.#next = this.#log.next
    this.#missing = missing === null ? snapshotOf(this.#log) : eventMessages(inParts(missing))
  }

  #takeCounts(): Message | null {
    if (!this.#following) return null
    const counts = this.#counts
    this.#counts = null
    return counts
  }
}

function* eventMessages(parts: Iterable<Extract<ServerMessage, { type: 'events' }>['events']>): Reply {
  for (const events of parts) yield { type: 'events', events }
}
