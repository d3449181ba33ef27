/**
 * Where clients of a tap wait until it is known where it leads to. A tap that leads back to itself, at once or over others,
 * is noticed here: each connection that it opens brings one, which ends when that does.
 */
import type { Socket } from 'node:net'

interface Waiting {
  begin: () => void
  stop: () => void
}

export class Door {
  #open = false
  readonly #waiting = new Map<Socket, Waiting>()
  /** Clients that left again without a word. */
  readonly #left = new WeakSet<Socket>()

  /** Calls `begin` at once, or when the door opens, for a client that is still there then. */
  admit(client: Socket, begin: () => void): void {
    if (this.#open) {
      begin()
      return
    }
    const leave = () => {
      this.#left.add(client)
      this.#waiting.delete(client)
      client.destroy()
    }
    // Nothing is taken out of it: what the client has said is for the server.
    const look = () => {
      if (client.readableLength === 0) leave()
    }
    client.on('readable', look)
    client.on('error', leave)
    client.on('close', leave)
    const stop = () => {
      client.off('readable', look)
      client.off('error', leave)
      client.off('close', leave)
    }
    this.#waiting.set(client, { begin, stop })
  }

  get waiting(): Socket[] {
    return [...this.#waiting.keys()]
  }

  hasLeft(client: Socket): boolean {
    return this.#left.has(client)
  }

  open(): void {
    this.#open = true
    for (const { begin, stop } of this.#waiting.values()) {
      stop()
      begin()
    }
    this.#waiting.clear()
  }

  /** Turns everybody away who waits. */
  close(): void {
    for (const client of this.#waiting.keys()) client.destroy()
  }
}
