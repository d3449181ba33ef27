/** Looks whether a worker still does anything: one timer for each worker, not for each request. */

/** Who has to do something now: nobody, the worker, or the client, which may take its time. */
export type Due = 'nobody' | 'worker' | 'client'

interface Watched {
  /** How long the worker may do nothing, in milliseconds. */
  allowedMs(): number
  due(): Due
  onHanging(): void
}

export class HangWatch {
  private readonly watched: Watched
  /** When the worker did something last, by performance.now(). */
  private at = 0
  private timer: NodeJS.Timeout | null = null

  constructor(watched: Watched) {
    this.watched = watched
  }

  /** The worker has done something, or has got something to do. */
  progress(): void {
    this.at = performance.now()
  }

  start(ms = this.watched.allowedMs()): void {
    this.timer ??= setTimeout(() => {
      this.timer = null
      const due = this.watched.due()
      if (due === 'nobody') return
      if (due === 'client') this.progress()
      if (this.left > 0) this.start(this.left)
      // Where it was this process that had no time, what the worker said meanwhile is read first.
      else setImmediate(() => (this.left > 0 ? this.start(this.left) : this.watched.onHanging()))
    }, ms)
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  private get left(): number {
    return this.at + this.watched.allowedMs() - performance.now()
  }
}
