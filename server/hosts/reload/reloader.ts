/** Loads an application anew when its files change, one attempt at a time: a change during one begins another. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type HostOptions, LoadError, type Reload, StartFailure } from '../../../shared/gateway/host.ts'
import type { ReloadFailure } from '../../../shared/trace/events.ts'
import { FileWatch } from './fileWatch.ts'

/** What could not be tried for want of a process is tried again after these, the second one again and again. */
const PAUSES_MS = [1000, 5000] as const

export interface Reloading {
  /**
   * Loads the application and puts it in the place of the one that is served. When `signal` is aborted before that, the
   * attempt is in vain, and what becomes of it is not asked for.
   * @throws LoadError; StartFailure where it is to be tried again.
   */
  load(changed: string[], signal: AbortSignal): Promise<void>
  /** What is called now. */
  served(): Pick<Reload, 'app' | 'version'>
}

/** Null where nobody wants to hear of it: then nothing is watched. */
export function createReloader(onReload: HostOptions['onReload'], reloading: Reloading): Reloader | null {
  return onReload === undefined ? null : new Reloader(onReload, reloading)
}

export class Reloader {
  readonly #onReload: (reload: Reload) => void
  readonly #reloading: Reloading
  readonly #watch = new FileWatch((files) => this.#begin(files))
  /** Files that have changed since the application was loaded last, or could not be. */
  #changed = new Set<string>()
  #attempt: AbortController | null = null

  constructor(onReload: (reload: Reload) => void, reloading: Reloading) {
    this.#onReload = onReload
    this.#reloading = reloading
  }

  /** The application has these files, read since `since` (milliseconds of Unix time). */
  add(files: Iterable<string>, since: number): void {
    this.#watch.add(files, since)
  }

  /** It has no others. */
  keepOnly(files: Iterable<string>): void {
    this.#watch.keepOnly(new Set(files))
  }

  /** Says what is served from now on, and why; after a failure, that it still is. */
  tell(changed: string[], failure: ReloadFailure | null = null): void {
    this.#onReload({ changed, failure, ...this.#reloading.served() })
  }

  close(): void {
    this.#watch.close()
    this.#attempt?.abort()
  }

  #begin(files: string[]): void {
    for (const file of files) this.#changed.add(file)
    this.#attempt?.abort()
    this.#attempt = new AbortController()
    void this.#load(this.#attempt.signal)
  }

  /** Until there is a process for it; that there was none is told once. */
  async #loadPatiently(changed: string[], signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#reloading.load(changed, signal)
        return
      } catch (error) {
        if (!(error instanceof StartFailure) || signal.aborted) throw error
        if (attempt === 0) this.tell(changed, failureOf(error))
        await sleep(PAUSES_MS[attempt] ?? PAUSES_MS[1], undefined, { signal })
      }
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const changed = [...this.#changed]
    try {
      await this.#loadPatiently(changed, signal)
      if (signal.aborted) return
      this.#changed = new Set()
      this.tell(changed)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof LoadError)) throw error
      this.#changed = new Set()
      this.tell(changed, failureOf(error))
    }
  }
}

/** What the trace says of it. */
const failureOf = ({ message, traceback, fault }: LoadError): ReloadFailure => ({
  message,
  ...fault,
  traceback,
})
