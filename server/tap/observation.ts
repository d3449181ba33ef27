/** What becomes of a tapped connection in the log: exchanges are counted always, traced where somebody watches. */
import type { Socket } from 'node:net'
import { Tap } from '../../shared/tap/tap.ts'
import type { TapInput, TapOptions } from '../../shared/tap/types.ts'
import type { EventLog } from '../log/eventLog.ts'
import type { Recorder } from '../log/recorder.ts'

interface Circumstances {
  inside: unknown
  onLog: (text: string) => void
}

export class Observation {
  readonly #tap: Tap
  readonly #recorder: Recorder
  readonly #onLog: (text: string) => void
  /** What waits until it may be shown; null where nothing ever has to. */
  readonly #held: TapInput[] | null
  /** Bytes of the server that may be shown, and that were. */
  #released = 0
  #shown = 0
  #last = 0
  #failed = false

  constructor(client: Socket, log: EventLog, { inside, onLog }: Circumstances) {
    const options: TapOptions = {
      peer: { host: client.remoteAddress ?? '', port: client.remotePort ?? 0 },
      local: { host: client.localAddress ?? '', port: client.localPort ?? 0 },
      inside: inside !== null,
      trace: false,
    }
    this.#tap = new Tap(options)
    this.#recorder = log.recorder(
      this.#tap,
      (resume) => new Tap({ ...options, trace: true, ...(resume === null ? {} : { resume }) }),
    )
    this.#held = inside === null ? null : []
    this.#onLog = onLog
  }

  /** Between two exchanges. */
  get atRest(): boolean {
    return this.#tap.atRest
  }

  hear(input: TapInput): void {
    // One side is lost: whoever had something to tell is not waited for.
    if (input.kind === 'gone') this.#released = Number.POSITIVE_INFINITY
    const fromServer = (input.kind === 'bytes' || input.kind === 'end') && input.from === 'server'
    if (this.#held === null || (this.#held.length === 0 && !fromServer && input.kind !== 'gone')) this.#feed(input)
    else if (fromServer || input.kind === 'gone') {
      this.#held.push(input)
      this.#showReleased(this.#held)
    } else this.#feed(input)
  }

  release(bytes: number): void {
    this.#released = Math.max(this.#released, bytes)
    if (this.#held !== null) this.#showReleased(this.#held)
  }

  #showReleased(held: TapInput[]): void {
    for (let first = held[0]; first !== undefined; first = held[0]) {
      if (first.kind !== 'bytes') {
        if (this.#released !== Number.POSITIVE_INFINITY) return
        held.shift()
        this.#feed(first)
        continue
      }
      const allowed = this.#released - this.#shown
      if (allowed <= 0) return
      const now = first.data.subarray(0, allowed)
      if (now.length === first.data.length) held.shift()
      else held[0] = { ...first, data: first.data.subarray(now.length) }
      this.#shown += now.length
      this.#feed({ ...first, data: now })
    }
  }

  #feed(input: TapInput): void {
    if (this.#failed) return
    // Whatever was held back for a while is told as of the moment it is told.
    const heard = { ...input, now: Math.max(input.now, this.#last) }
    this.#last = heard.now
    try {
      this.#tap.receive(heard)
      this.#recorder.hear(heard)
    } catch (error) {
      // A fault of the tap must not cost the two who talk through it anything.
      this.#failed = true
      this.#onLog(`internal error, a connection is not shown any more: ${error instanceof Error ? error.stack : error}`)
    }
  }
}
