/** The application in this process: nothing to start, and its answer is there within the turn of its call. */

import {
  type AppCall,
  type Host,
  type HostOptions,
  LoadError,
  type LoadedApp,
  MOST_WAITING,
  type RunningCall,
} from '../../../shared/gateway/host.ts'
import type { AppSpec } from '../appSpec.ts'
import { createReloader, type Reloader } from '../reload/reloader.ts'
import { sayWhileLoading } from '../slowLoad.ts'
import { type LoadedSources, Sources } from '../sources.ts'
import { InlineCall, type InlineRuntime, type Served } from './inlineCall.ts'
import { loadModule } from './loadModule.ts'
import { isOfApplication } from './stack.ts'
import { describeThrown } from './thrown.ts'
import { claimUncaught } from './uncaught.ts'
import { Watchdog } from './watchdog.ts'

/** How long a module may take to be imported, at the least. */
const LOAD_MS = 30_000

/** @throws LoadError when the application cannot be used. */
export async function createInlineHost(spec: AppSpec, options: HostOptions): Promise<Host> {
  const host = new InlineHost(spec, options)
  try {
    await host.load()
  } catch (error) {
    await host.close()
    throw error
  }
  return host
}

/**
 * A worker here is a turn: one request at a time each, although a second one only ever begins while the first waits for a
 * promise, or for its client.
 */
class InlineHost implements Host {
  readonly multithread: boolean
  readonly multiprocess = false
  readonly #spec: AppSpec
  readonly #options: HostOptions
  readonly #runtime: InlineRuntime
  readonly #sources: Sources
  readonly #reloader: Reloader | null
  #served: (Served & { app: LoadedApp }) | null = null
  /** Numbers of the workers that have no request, the next one last. */
  readonly #free: number[]
  readonly #waiting: InlineCall[] = []
  /** Those that have a worker, and are called in this turn: from a place where nothing else is under way. */
  readonly #due: InlineCall[] = []
  #planned = false
  #ended: InlineCall | null = null
  /** Told when what is being loaded was ended in its middle. */
  #onUnloaded: ((error: LoadError) => void) | null = null
  #closing: Promise<void> | null = null
  #onDrained: (() => void) | null = null
  readonly #disclaimUncaught: () => void

  constructor(spec: AppSpec, options: HostOptions) {
    this.#spec = spec
    this.#options = options
    this.multithread = options.workers > 1
    this.#free = Array.from({ length: options.workers }, (_, index) => options.workers - index)
    this.#sources = new Sources(options, 'typescript')
    this.#runtime = {
      folder: spec.folder,
      multithread: this.multithread,
      appTimeoutMs: options.appTimeoutMs,
      now: options.now,
      watchdog: new Watchdog(
        spec.folder,
        options.appTimeoutMs,
        () => this.#noteEnding(),
        (where) => this.#unwound(where),
      ),
      running: null,
      onOver: (call) => this.#release(call),
      onAbortWaiting: (call) => this.#forget(call),
    }
    this.#disclaimUncaught = claimUncaught((thrown, inPromise) => this.#tellUncaught(thrown, inPromise))
    this.#reloader = createReloader(options.onReload, {
      load: (_changed, signal) => this.load(signal),
      served: () => ({ app: this.#now.app, version: this.#now.sources.version }),
    })
  }

  get app(): LoadedApp {
    return this.#now.app
  }

  get #now(): Served & { app: LoadedApp } {
    if (this.#served === null) throw new Error('the application is not loaded yet')
    return this.#served
  }

  /** Requests that begin from now on are the loaded module's, unless it is too late for it. */
  async load(signal?: AbortSignal): Promise<void> {
    const since = Date.now()
    const files: string[] = []
    let sources: LoadedSources | null = null
    const stopSaying = sayWhileLoading((text) => this.#options.onLog('server', text), {
      mostMs: null,
      everyMs: this.#options.loading?.sayEveryMs,
    })
    const loading = loadModule(this.#spec, (file) => {
      files.push(file)
      sources?.include([file])
      this.#reloader?.add([file], since)
    })
    const { attribute, ...loaded } = await this.#untilEnded(loading).finally(stopSaying)
    if (signal?.aborted) return
    sources = this.#sources.load(files)
    this.#reloader?.keepOnly(files)
    sources.report(loaded.file)
    const { attributes, text } = this.#spec
    const spec = attributes.length === 1 ? text : `${text}:${attribute}`
    const { callable, file, line } = loaded
    const app: LoadedApp = { spec, language: 'typescript', callable, file, line, runtime: `Node ${process.version}` }
    this.#served = { ...loaded, sources, app }
  }

  /** As the module is loaded; fails where that had to be ended. */
  async #untilEnded<T>(loading: Promise<T>): Promise<T> {
    const { watchdog } = this.#runtime
    const { appTimeoutMs } = this.#options
    watchdog.allow(Math.max(appTimeoutMs, this.#options.loading?.mostMs ?? LOAD_MS))
    const ended = new Promise<never>((_resolve, reject) => {
      this.#onUnloaded = reject
    })
    try {
      return await Promise.race([loading, ended])
    } finally {
      this.#onUnloaded = null
      watchdog.allow(appTimeoutMs)
    }
  }

  call(call: AppCall): RunningCall {
    const request = new InlineCall(this.#runtime, call)
    const most = this.#options.mostWaiting ?? MOST_WAITING
    if (this.#closing !== null) {
      request.report({ kind: 'died', status: 503, reason: 'the server is stopping', cause: 'stopping' })
    } else if (this.#free.length > 0 && this.#waiting.length === 0) {
      this.#plan(request)
    } else if (this.#waiting.length < most) {
      request.report({ kind: 'queued', ahead: this.#waiting.length + this.#options.workers - this.#free.length })
      this.#waiting.push(request)
    } else {
      const reason = `all workers are busy and ${most} requests are waiting`
      request.report({ kind: 'died', status: 503, reason })
    }
    return request
  }

  close(): Promise<void> {
    this.#reloader?.close()
    this.#closing ??= new Promise<void>((resolve) => {
      this.#onDrained = resolve
      this.#noticeDrained()
    }).then(() => {
      this.#disclaimUncaught()
      this.#runtime.watchdog.close()
    })
    return this.#closing
  }

  #tellUncaught(thrown: unknown, inPromise: boolean): boolean {
    const { traceback, stack } = describeThrown(thrown)
    if (!isOfApplication(stack, this.#spec.folder)) return false
    this.#options.onLog('stderr', `Uncaught ${inPromise ? '(in promise) ' : ''}${traceback}`)
    return true
  }

  #dispatch(): void {
    while (this.#free.length > 0) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#plan(next)
    }
  }

  #plan(call: InlineCall): void {
    const worker = this.#free.pop()
    if (worker === undefined) throw new Error('there is no free worker to begin a request')
    call.worker = worker
    this.#due.push(call)
    if (this.#planned) return
    this.#planned = true
    process.nextTick(this.#beginDue)
  }

  readonly #beginDue = (): void => {
    for (let call = this.#due.shift(); call !== undefined; call = this.#due.shift()) call.begin(this.#now)
    this.#planned = false
  }

  /** Others may be running by the time it is over. */
  #noteEnding(): void {
    this.#ended = this.#runtime.running
    this.#runtime.running = null
  }

  /** The application was ended in the middle of what it did; those who were to be called behind it still are. */
  #unwound(where: string | null): void {
    const running = this.#ended
    this.#ended = null
    if (this.#planned) process.nextTick(this.#beginDue)
    if (running !== null) {
      running.unwound(where)
      return
    }
    const what = `ran for ${this.#runtime.watchdog.allowedMs / 1000} s without coming back${where === null ? '' : `, in ${where}`}`
    this.#options.onLog('server', `the application ${what}: it was ended`)
    this.#onUnloaded?.(new LoadError(`${this.#spec.text} could not be loaded: its module ${what}`))
  }

  #release(call: InlineCall): void {
    if (call.worker !== null) this.#free.push(call.worker)
    // In a turn of its own: the last one is still inside its report of `closed`.
    if (this.#waiting.length > 0) setImmediate(() => this.#dispatch())
    this.#noticeDrained()
  }

  #forget(call: InlineCall): void {
    const at = this.#waiting.indexOf(call)
    if (at === -1) return
    this.#waiting.splice(at, 1)
    call.report({ kind: 'closed' })
    this.#noticeDrained()
  }

  #noticeDrained(): void {
    if (this.#waiting.length === 0 && this.#free.length === this.#options.workers) this.#onDrained?.()
  }
}
