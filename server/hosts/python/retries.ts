const FIRST_MS = 200
const LONGEST_MS = 10_000

/** How long it takes until a worker is started again: at once after one that has served, ever later after those that could not. */
export class Retries {
  #failures = 0

  reset(): void {
    this.#failures = 0
  }

  failed(): void {
    this.#failures++
  }

  get waitMs(): number {
    return this.#failures === 0 ? 0 : Math.min(FIRST_MS * 2 ** (this.#failures - 1), LONGEST_MS)
  }
}
