/**
 * Looks whether a worker does what it is to do: one timer for each worker, not for each request. While the client has to
 * do something first, the worker's time stands still.
 */

interface Watched {
  /** How long the worker may make no progress, in milliseconds. */
  allowedMs(): number
  /** Whether there is anything that it is to do. */
  owes(): boolean
  onHanging(): void
}

export class HangWatch {
  readonly #watched: Watched
  /** When it made progress last, by performance.now(), and the time that stood still since is left out. */
  #at = 0
  #stoodStill: number | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /** The worker has done something, or has got something to do. */
  progress(): void {
    this.#at = performance.now()
    this.#stoodStill = null
  }

  /** It is not the worker's turn, until `goOn` or `progress`. */
  standStill(): void {
    this.#stoodStill ??= performance.now()
  }

  goOn(): void {
    if (this.#stoodStill !== null) this.#at += performance.now() - this.#stoodStill
    this.#stoodStill = null
  }

  start(ms = this.#watched.allowedMs()): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      if (!this.#watched.owes()) return
      if (this.#left > 0) this.start(this.#left)
      // Where it was this process that had no time, what the worker said meanwhile is read first.
      else setImmediate(() => (this.#left > 0 ? this.start(this.#left) : this.#watched.onHanging()))
    }, ms)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  get #left(): number {
    return this.#at + this.#watched.allowedMs() - (this.#stoodStill ?? performance.now())
  }
}
