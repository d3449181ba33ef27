/**
 * Exports are made in a thread of their own, one after the other: however much a body decodes to, and however it is written,
 * the gateway goes on, and what it takes of time and memory is bounded.
 */
import { Worker } from 'node:worker_threads'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { inTurns } from '../turns.ts'
import type { ExportFormat, ExportOptions } from './exportExchange.ts'

export interface ExportOrder {
  format: ExportFormat
  /** See exportExchange. */
  events: readonly TraceEvent[]
  options: ExportOptions
}

export interface ExportedFile {
  type: string
  body: Uint8Array<ArrayBuffer>
  /** How many bytes of the exchange were not kept. */
  missing: number
}

/** What the thread is handed: some of an order's events, the last of them with the rest of it. */
export interface ExportPart {
  events: readonly TraceEvent[]
  order: Omit<ExportOrder, 'events'> | null
}

const EVENTS_AT_ONCE = 200

/** What the thread answers: a file, or what is wrong. */
export type ExportReply = ExportedFile | { error: string }

/** A file that could not be made; `message` says why. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
}

const MOST_SECONDS = 30
const MOST_HEAP_MB = 1024

const ENTRY = import.meta.url.endsWith('.ts')
  ? new URL('./exportWorkerFromSource.mjs', import.meta.url)
  : new URL('./exportWorker.js', import.meta.url)

interface Job {
  order: ExportOrder
  resolve: (file: ExportedFile) => void
  reject: (error: Error) => void
}

export class ExportThread {
  readonly #mostSeconds: number
  readonly #waiting: Job[] = []
  #current: Job | null = null
  #deadline: NodeJS.Timeout | null = null
  /** Started when it is needed first; a job that is ended ends it. */
  #thread: Worker | null = null

  constructor(mostSeconds = MOST_SECONDS) {
    this.#mostSeconds = mostSeconds
  }

  /**
   * `signal`: whoever asked has gone.
   * @throws ExportError where it takes too much time or memory, or nobody waits for it any more.
   */
  make(order: ExportOrder, signal: AbortSignal): Promise<ExportedFile> {
    return new Promise((resolve, reject) => {
      const job: Job = { order, resolve, reject }
      signal.addEventListener('abort', () => this.#abandon(job), { once: true })
      this.#waiting.push(job)
      this.#next()
    })
  }

  close(): void {
    for (const job of this.#waiting.splice(0)) job.reject(new ExportError('the server stops'))
    this.#fail('the server stops')
  }

  #next(): void {
    if (this.#current !== null) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    this.#current = job
    this.#thread ??= this.#start()
    const { format } = job.order
    const late = `this .${format} takes more than ${this.#mostSeconds} s to make; try .ndjson with ?secrets=1, which has all as it is`
    this.#deadline = setTimeout(() => this.#fail(late), this.#mostSeconds * 1000)
    this.#deadline.unref()
    this.#hand(job, this.#thread)
  }

  /** Copying many events takes long: a part of them goes in each turn. */
  #hand(job: Job, thread: Worker): void {
    const { events, ...order } = job.order
    let from = 0
    void inTurns(() => {
      if (job !== this.#current) return false
      const part = events.slice(from, from + EVENTS_AT_ONCE)
      from += EVENTS_AT_ONCE
      const last = from >= events.length
      thread.postMessage({ events: part, order: last ? order : null } satisfies ExportPart)
      return !last
    })
  }

  #start(): Worker {
    const thread = new Worker(ENTRY, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
    })
    thread.on('message', (reply: ExportReply) => {
      if (thread !== this.#thread) return
      if ('error' in reply) this.#settle()?.reject(new ExportError(reply.error))
      else this.#settle()?.resolve(reply)
      this.#next()
    })
    thread.on('error', (error) => {
      if (thread === this.#thread) this.#fail(`this file could not be made: ${error.message}`)
    })
    // It must not keep a process alive that is otherwise done.
    thread.unref()
    return thread
  }

  /** The job under way is over. */
  #settle(): Job | null {
    const job = this.#current
    this.#current = null
    if (this.#deadline !== null) clearTimeout(this.#deadline)
    return job
  }

  #abandon(job: Job): void {
    const at = this.#waiting.indexOf(job)
    if (at >= 0) this.#waiting.splice(at, 1)
    if (at >= 0) job.reject(new ExportError('nobody waits for this file'))
    else if (job === this.#current) this.#fail('nobody waits for this file')
  }

  /** Ends the job under way, with the thread that is busy with it. */
  #fail(message: string): void {
    const thread = this.#thread
    this.#thread = null
    void thread?.terminate()
    this.#settle()?.reject(new ExportError(message))
    this.#next()
  }
}
