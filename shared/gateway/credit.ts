/** How much an application may give before its client has taken some of it: counted the same on both sides of a host. */

/**
 * How many bytes of chunks, written or yielded, an application may be ahead of what the gateway asked for. A write() waits
 * where it can: in TypeScript it cannot, there the next chunk waits longer.
 */
export const CREDIT = 256 * 1024

/** What a small chunk counts as: it costs more than it holds, and an empty one is not free. */
const SMALLEST_CHUNK = 64

/** In bytes of chunks. What is given beyond it counts against what is granted next. */
export class Credit {
  #left = CREDIT

  /** A chunk, or a piece of one, of this many bytes was given. */
  spend(length: number): void {
    this.#left -= Math.max(length, SMALLEST_CHUNK)
  }

  grant(bytes: number): void {
    this.#left += bytes
  }

  get left(): number {
    return this.#left
  }

  /** Nothing more may be given until some is granted. */
  get isSpent(): boolean {
    return this.#left <= 0
  }

  /** What has been given and not been granted anew. */
  get owed(): number {
    return CREDIT - this.#left
  }
}
