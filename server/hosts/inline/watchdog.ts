/**
 * Ends what an application runs for too long in this very thread. JavaScript that is ended runs no `finally`: so the
 * application is called where nothing of the server's is under way but what `onUnwound` makes good, from process.nextTick;
 * and it is not ended while it is inside of a function of the server's.
 */
import { url } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import { type RunningPlace, runningIn } from './stack.ts'

const THREAD = new URL('./watchdogThread.mjs', import.meta.url)
const BEATS = 10
const LONGEST_PERIOD_MS = 500
/** A machine that has much to do holds up any thread for a moment. */
const SHORTEST_MS = 1000

const BLOCKED = 'the application is in a call that cannot be interrupted, or in a callback of setImmediate()'

let watchdogs = 0

export class Watchdog {
  /** Milliseconds in which nobody but the application had the thread, until it was ended. */
  lostMs = 0
  /** Functions of the server's that the application is inside of. */
  #depth = 0
  #unwinding = false
  #place: RunningPlace | null = null
  readonly #folder: string
  readonly #onEnding: () => void
  readonly #periodMs: number
  /** Beats of the event loop; how many of them may be missing; 1 while something is about to be ended. */
  readonly #beat = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
  allowedMs: number
  readonly #hook = Symbol.for(`wsgiscope.watchdog.${++watchdogs}`)
  readonly #timer: NodeJS.Timeout | null = null
  readonly #thread: Worker | null = null

  /**
   * `onEnding` is told in the middle of what is about to be ended; `onUnwound` when that is over and others may have had
   * their turns: where the application was, null where that is not known.
   */
  constructor(folder: string, mostMs: number, onEnding: () => void, onUnwound: (where: string | null) => void) {
    this.#folder = folder
    this.#onEnding = onEnding
    this.allowedMs = mostMs
    this.#periodMs = Math.min(LONGEST_PERIOD_MS, Math.floor(Math.max(SHORTEST_MS, mostMs) / BEATS))
    this.allow(mostMs)
    // Whoever debugs the server may stop it for any time.
    if (url() !== undefined) return
    const periodMs = this.#periodMs
    Object.defineProperty(globalThis, this.#hook, { configurable: true, value: this.#decide })
    this.#timer = setInterval(() => Atomics.add(this.#beat, 0, 1), periodMs).unref()
    const workerData = { beat: this.#beat, periodMs, hook: Symbol.keyFor(this.#hook), blocked: BLOCKED }
    this.#thread = new Worker(THREAD, { workerData, execArgv: [], env: {} })
    this.#thread.on('message', () => {
      const place = this.#place
      this.#depth = 0
      this.#unwinding = false
      this.lostMs += this.allowedMs
      onUnwound(place === null ? null : `${place.file}, line ${place.line}`)
    })
    // Behind the listener, which would keep the process.
    this.#thread.unref()
  }

  /** From now on it may take so long. */
  allow(wantedMs: number): void {
    const ms = Math.max(SHORTEST_MS, wantedMs)
    this.allowedMs = ms
    Atomics.store(this.#beat, 1, Math.ceil(ms / this.#periodMs))
  }

  /** The application has called a function of the server's; `leave` ends that. */
  enter(): void {
    // It is about to be ended, in here; what runs after that goes on as soon as the thread knows.
    if (this.#unwinding) while (Atomics.load(this.#beat, 2) === 1);
    this.#depth++
  }

  leave(): void {
    this.#depth--
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    Reflect.deleteProperty(globalThis, this.#hook)
    void this.#thread?.terminate()
  }

  /** Asked by the thread, in the middle of whatever runs; `force`: it has been inside of the server's functions for long. */
  readonly #decide = (stuckAt: number, force: boolean): 'ready' | 'inside' | 'other' => {
    if (Atomics.load(this.#beat, 0) !== stuckAt) return 'other'
    const found = runningIn(this.#folder)
    if (found === null || found.inImmediate) return 'other'
    if (this.#depth > 0 && !force) return 'inside'
    this.#place = found
    this.#onEnding()
    this.#unwinding = true
    Atomics.store(this.#beat, 2, 1)
    forgetAsyncIds()
    return 'ready'
  }
}

/**
 * Node keeps a stack of what is being called back, which the end of a callback checks, and which an uncaught exception
 * clears; without that, it takes what was ended in a timer's callback for a fault of its own, and aborts.
 */
function forgetAsyncIds(): void {
  const onException: unknown = Reflect.get(process, '_fatalException')
  if (typeof onException !== 'function' || process.hasUncaughtExceptionCaptureCallback()) return
  process.setUncaughtExceptionCaptureCallback(() => undefined)
  Reflect.apply(onException, process, [new Error('the application was ended')])
  process.setUncaughtExceptionCaptureCallback(null)
}
