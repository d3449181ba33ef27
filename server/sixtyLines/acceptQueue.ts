/**
 * Connections to the sixty-line server that it has not accepted. It names one by the port that it sees it come from, and may
 * do so before the tap has heard that it made that connection.
 */

/** How long a name may be called before somebody answers to it. */
const UNKNOWN_MS = 1000

export class AcceptQueue<T> {
  readonly #waiting = new Map<number, T>()
  /** Woken when somebody enters. */
  #onEntered: (() => void) | null = null

  enter(port: number, who: T): void {
    this.#waiting.set(port, who)
    this.#onEntered?.()
  }

  clear(): void {
    this.#waiting.clear()
  }

  /** `then` is given who comes from this port, or null: somebody who is not the tap, of whom there is nothing to tell. */
  call(port: number, then: (who: T | null) => void): void {
    const take = (): T | null => {
      const who = this.#waiting.get(port) ?? null
      this.#waiting.delete(port)
      return who
    }
    if (this.#waiting.has(port)) {
      then(take())
      return
    }
    const answer = () => {
      clearTimeout(timer)
      this.#onEntered = null
      then(take())
    }
    const timer = setTimeout(answer, UNKNOWN_MS)
    this.#onEntered = () => {
      if (this.#waiting.has(port)) answer()
    }
  }
}
