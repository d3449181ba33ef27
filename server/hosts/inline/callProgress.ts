/** Whether a call of an application gets on: how long it has given no byte that its client would have taken. */
import type { Watchdog } from './watchdog.ts'

export interface ProgressOptions {
  readonly appTimeoutMs: number
  readonly watchdog: Watchdog
}

export class CallProgress {
  readonly #options: ProgressOptions
  readonly #onStuck: () => void
  #timer: NodeJS.Timeout | null = null
  #progressAt = 0
  /** When the credit was used up, of a call that is watched: the client's time is not the application's. */
  #stoodStill: number | null = null

  /** `onStuck` is called once, when it has given no byte for `appTimeoutMs`. */
  constructor(options: ProgressOptions, onStuck: () => void) {
    this.#options = options
    this.#onStuck = onStuck
  }

  /** From here on the application may keep us waiting. */
  watch(): void {
    if (this.#timer !== null) return
    this.#progressAt = this.#time
    this.#timer = setTimeout(() => this.#look(), this.#options.appTimeoutMs)
  }

  /** So many bytes were given; `isSpent`: now it is the client that is waited for. The clock is read where somebody watches it. */
  gave(length: number, isSpent: boolean): void {
    if (this.#timer === null) return
    if (length > 0) this.#progressAt = this.#time
    if (isSpent) this.#stoodStill ??= this.#time
  }

  /** The client has taken some of it: the application's time goes on. */
  goesOn(): void {
    if (this.#stoodStill !== null) this.#progressAt += this.#time - this.#stoodStill
    this.#stoodStill = null
  }

  /** Its time begins anew, whatever it waited for. */
  begin(): void {
    this.#progressAt = this.#time
    this.#stoodStill = null
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** In milliseconds; without what another call has taken from everybody. */
  get #time(): number {
    return performance.now() - this.#options.watchdog.lostMs
  }

  #look(): void {
    this.#timer = null
    const left = this.#progressAt + this.#options.appTimeoutMs - (this.#stoodStill ?? this.#time)
    if (left > 0) this.#timer = setTimeout(() => this.#look(), left)
    else this.#onStuck()
  }
}
