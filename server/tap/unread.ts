import type { TapInput } from '../../shared/tap/types.ts'
import type { Observer } from './observer.ts'

/** A server that has been silent for so long has said its answer, as far as can be told without reading it. */
const SILENCE_US = 1_000_000

/** A connection that nobody can watch: it is not read, only who spoke last is known. */
export class Unread implements Observer {
  readonly #now: () => number
  #speaker: 'client' | 'server' | null = null
  #spokeAt = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** No request was sent, or what answers it ended a while ago. */
  get idle(): boolean {
    if (this.#speaker === null) return true
    return this.#speaker === 'server' && this.#now() - this.#spokeAt >= SILENCE_US
  }

  hear(input: TapInput): void {
    if (input.kind !== 'bytes') return
    this.#speaker = input.from
    this.#spokeAt = input.now
  }
}
