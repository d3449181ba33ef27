/**
 * A watchdog that looks whether a worker makes progress: one timer for each worker, not for each request. While the client has to
 * do something first, the worker's time stands still.
 */

interface Watched {
  /** How long the worker may make no progress, in milliseconds. */
  allowedMs(): number
  /** Whether there is anything that it is to do. */
  isBusy(): boolean
  onTimeout(): void
}

export class Watchdog {
  readonly #watched: Watched
  /** When it made progress last, by performance.now(), and the time that stood still since is left out. */
  #at = 0
  #pausedAt: number | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /** The worker has done something, or has got something to do. */
  progress(): void {
    this.#at = performance.now()
    this.#pausedAt = null
  }

  /** It is not the worker's turn, until `resume` or `progress`. */
  pause(): void {
    this.#pausedAt ??= performance.now()
  }

  resume(): void {
    if (this.#pausedAt !== null) this.#at += performance.now() - this.#pausedAt
    this.#pausedAt = null
  }

  start(ms = this.#watched.allowedMs()): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      if (!this.#watched.isBusy()) return
      if (this.#left > 0) this.start(this.#left)
      // Where it was this process that had no time, what the worker said meanwhile is read first.
      else setImmediate(() => (this.#left > 0 ? this.start(this.#left) : this.#watched.onTimeout()))
    }, ms)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  get #left(): number {
    return this.#at + this.#watched.allowedMs() - (this.#pausedAt ?? performance.now())
  }
}
