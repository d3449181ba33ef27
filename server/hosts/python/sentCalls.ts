/** The requests that one worker has been sent, in their order: it runs the first, the others wait in its channel. */
import type { PythonCall } from './pythonCall.ts'

/** What the channel of a worker may hold beyond the request that runs, so that it never waits for the next one. */
const AHEAD_BYTES = 4 * 1024 * 1024

/** Requests that are done, of which it is known which exchange they were. */
const REMEMBERED = 1000

export class SentCalls {
  #calls: PythonCall[] = []
  /** Of the bodies of those that have not begun, in bytes. */
  #waitingBytes = 0
  /** The numbers in the run of the last that are done: threads that they started may still print. */
  readonly #done = new Map<number, number | null>()

  get count(): number {
    return this.#calls.length
  }

  /** The one whose turn it is; null where there is none. */
  get first(): PythonCall | null {
    return this.#calls[0] ?? null
  }

  /** The one that has begun, if any. */
  get running(): PythonCall | null {
    return this.#calls.find(({ state }) => state === 'begun') ?? null
  }

  /** Whether one more can be sent while there are `atMost` others. */
  hasRoom(atMost: number): boolean {
    return this.count <= atMost && (this.count === 0 || this.#waitingBytes < AHEAD_BYTES)
  }

  find(id: number): PythonCall | null {
    return id === 0 ? null : (this.#calls.find((call) => call.id === id) ?? null)
  }

  /** The number in the run of one that is done, as far as it is remembered. */
  numberOf(id: number): number | null {
    return this.#done.get(id) ?? null
  }

  add(call: PythonCall): void {
    this.#calls.push(call)
    this.#waitingBytes += call.inlineLength
  }

  begin(call: PythonCall): void {
    call.state = 'begun'
    this.#waitingBytes -= call.inlineLength
  }

  /** It is done. */
  remove(call: PythonCall): void {
    if (call.state === 'sent') this.#waitingBytes -= call.inlineLength
    this.#calls.splice(this.#calls.indexOf(call), 1)
    this.#done.set(call.id, call.number)
    const [oldest] = this.#done.keys()
    if (this.#done.size > REMEMBERED && oldest !== undefined) this.#done.delete(oldest)
  }

  /** All of them: their worker is gone. */
  takeAll(): PythonCall[] {
    const calls = this.#calls
    this.#calls = []
    this.#waitingBytes = 0
    return calls
  }
}
