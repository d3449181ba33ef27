/** What becomes of a tapped connection in the log: exchanges are counted always, traced where somebody watches. */
import type { Socket } from 'node:net'
import type { EventLog } from '../../shared/log/eventLog.ts'
import type { Recorder } from '../../shared/log/recorder.ts'
import { Tap } from '../../shared/tap/tap.ts'
import type { TapInput, TapOptions } from '../../shared/tap/types.ts'

export class Observation {
  readonly #tap: Tap
  readonly #recorder: Recorder
  #last = 0

  constructor(client: Socket, log: EventLog) {
    const options: TapOptions = {
      peer: { host: client.remoteAddress ?? '', port: client.remotePort ?? 0 },
      local: { host: client.localAddress ?? '', port: client.localPort ?? 0 },
      trace: log.wantsAll,
    }
    this.#tap = new Tap(options)
    this.#recorder = log.recorder(
      this.#tap,
      (resume) => new Tap({ ...options, trace: true, ...(resume === null ? {} : { resume }) }),
    )
  }

  /** Between two exchanges. */
  get idle(): boolean {
    return this.#tap.idle
  }

  hear(input: TapInput): void {
    const heard = input.now >= this.#last ? input : { ...input, now: this.#last }
    this.#last = heard.now
    this.#recorder.hear(heard, this.#tap.receive(heard))
  }
}
