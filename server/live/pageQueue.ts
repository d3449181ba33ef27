/**
 * All that goes to one page. What waits on its socket is bounded: what there is no room for waits where it is made, and is
 * made a message at a time, when the page has taken what it was sent before. Nobody waits for a page but those who make
 * something for it alone.
 */
import type { WebSocket } from 'ws'
import type { ServerMessage } from '../../shared/wire.ts'
import { inTurn } from '../turns.ts'
import { encodeMessage, type Format } from './wireCoding.ts'

/** Bytes on their way to a page beyond which it counts as slow. One message may exceed it. */
export const QUEUE_LIMIT = 512 * 1024

/** A page that was slow has caught up when no more than this is on its way. */
const DRAINED = 64 * 1024

/** What has to be said may wait beyond the limit, but a page that lets even this much of it pile up is not there. */
const MOST_WAITING = QUEUE_LIMIT + 256 * 1024

/** A message for all pages: each format is encoded once, when the first page needs it. */
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

export type Message = ServerMessage | SharedMessage

/** The next message of one kind, or null while there is none. */
export type Lane = () => Message | null

export class PageQueue {
  readonly #socket: WebSocket
  readonly #format: Format
  readonly #lanes: readonly Lane[]
  #planned = false

  /** @param lanes asked in this order whenever there is room. */
  constructor(socket: WebSocket, format: Format, lanes: readonly Lane[]) {
    this.#socket = socket
    this.#format = format
    this.#lanes = lanes
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  get hasRoom(): boolean {
    return this.#socket.bufferedAmount < QUEUE_LIMIT
  }

  get isDrained(): boolean {
    return this.#socket.bufferedAmount <= DRAINED
  }

  /** A lane has something to send. */
  wake(): void {
    if (this.#planned) return
    this.#planned = true
    inTurn(() => this.#turn())
  }

  /** Sends at once, if there is room; says whether. For what can be made good later. */
  offer(message: Message): boolean {
    if (!this.hasRoom) return false
    this.#put(message)
    return true
  }

  /** Sends at once: for what is small, and cannot be left out. */
  insist(message: Message): void {
    if (this.#socket.bufferedAmount > MOST_WAITING) this.#socket.terminate()
    else this.#put(message)
  }

  /** One message, so that between two of them the sockets are served. */
  #turn(): void {
    this.#planned = false
    // Without room, this is called again when something has left.
    if (!this.isOpen || !this.hasRoom) return
    for (const lane of this.#lanes) {
      const message = lane()
      if (message === null) continue
      this.#put(message)
      this.wake()
      return
    }
  }

  #put(message: Message): void {
    if (!this.isOpen) return
    const encoded = message instanceof SharedMessage ? message.in(this.#format) : encodeMessage(message, this.#format)
    this.#socket.send(encoded, () => this.wake())
  }
}
