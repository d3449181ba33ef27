/** The log of a run: lines for people, which are in the trace as well. */
import type { EventLog } from '../shared/log/eventLog.ts'
import { LogVolume } from './log/logVolume.ts'
import type { AppSource, Log } from './log/standardError.ts'

export class RunLog {
  readonly #print: Log
  readonly #log: EventLog
  readonly #volume: LogVolume

  constructor(print: Log, log: EventLog, now: () => number) {
    this.#print = print
    this.#log = log
    this.#volume = new LogVolume(now, this.say)
  }

  /** What the server says. */
  readonly say = (text: string, exchange: number | null = null): void => {
    this.#print('server', text, exchange)
    this.#log.note({ kind: 'log.line', source: 'server', text }, exchange)
  }

  /** What the application writes while it serves no request, or when that is over. */
  readonly output = (source: AppSource, text: string, exchange: number | null = null): void => {
    const admitted = this.admit(source, text, exchange)
    if (admitted !== null) this.#log.note({ kind: 'log.line', source, text: admitted }, exchange)
  }

  /** What it writes during a request, which is in the trace there: as much of it as is shown, null for nothing. */
  readonly admit = (source: AppSource, text: string, exchange: number | null): string | null => {
    const admitted = this.#volume.admit(text)
    if (admitted !== null) this.#print(source, admitted, exchange)
    return admitted
  }

  /** A traceback that the trace has already. */
  readonly print = (text: string): void => this.#print('stderr', text, null)

  /** Says what has not been shown until now. */
  flush(): void {
    this.#volume.flush()
  }
}
