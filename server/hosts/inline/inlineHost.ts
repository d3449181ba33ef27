/** The application in this process: nothing to start, and its answer is there before the call has returned. */
import type { AppSpec } from '../appSpec.ts'
import { type AppCall, type Host, type HostOptions, type LoadedApp, MOST_WAITING, type RunningCall } from '../host.ts'
import { createReloader, type Reloader } from '../reload/reloader.ts'
import { sayWhileLoading } from '../slowLoad.ts'
import { type LoadedSources, Sources } from '../sources.ts'
import { InlineCall, type InlineRuntime, type Served } from './inlineCall.ts'
import { loadModule } from './loadModule.ts'

/** @throws LoadError when the application cannot be used. */
export async function createInlineHost(spec: AppSpec, options: HostOptions): Promise<Host> {
  const host = new InlineHost(spec, options)
  await host.load()
  return host
}

/**
 * A worker here is a turn: one request at a time each, although a second one only ever begins while the first waits for a
 * promise, or for its client.
 */
class InlineHost implements Host {
  readonly multithread: boolean
  readonly multiprocess = false
  private readonly spec: AppSpec
  private readonly options: HostOptions
  private readonly runtime: InlineRuntime
  private readonly sources: Sources
  private readonly reloader: Reloader | null
  private served: (Served & { app: LoadedApp }) | null = null
  /** Numbers of the workers that have no request, the next one last. */
  private readonly free: number[]
  private readonly waiting: InlineCall[] = []
  private closing: Promise<void> | null = null
  private onDrained: (() => void) | null = null

  constructor(spec: AppSpec, options: HostOptions) {
    this.spec = spec
    this.options = options
    this.multithread = options.workers > 1
    this.free = Array.from({ length: options.workers }, (_, index) => options.workers - index)
    this.sources = new Sources(options, 'typescript')
    this.runtime = {
      folder: spec.folder,
      multithread: this.multithread,
      appTimeoutMs: options.appTimeoutMs,
      now: options.now,
      onOver: (call) => this.release(call),
      onAbortWaiting: (call) => this.forget(call),
    }
    this.reloader = createReloader(options.onReload, {
      load: (_changed, signal) => this.load(signal),
      served: () => ({ app: this.now.app, version: this.now.sources.version }),
    })
  }

  get app(): LoadedApp {
    return this.now.app
  }

  private get now(): Served & { app: LoadedApp } {
    if (this.served === null) throw new Error('the application is not loaded yet')
    return this.served
  }

  /** Requests that begin from now on are the loaded module's, unless it is too late for it. */
  async load(signal?: AbortSignal): Promise<void> {
    const since = Date.now()
    const files: string[] = []
    let sources: LoadedSources | null = null
    const stopSaying = sayWhileLoading((text) => this.options.onLog('server', text), {
      mostMs: null,
      everyMs: this.options.loading?.sayEveryMs,
    })
    const { attribute, ...loaded } = await loadModule(this.spec, (file) => {
      files.push(file)
      sources?.include([file])
      this.reloader?.add([file], since)
    }).finally(stopSaying)
    if (signal?.aborted) return
    sources = this.sources.load(files)
    this.reloader?.keepOnly(files)
    sources.report(loaded.file)
    const { attributes, text } = this.spec
    const spec = attributes.length === 1 ? text : `${text}:${attribute}`
    const { callable, file, line } = loaded
    const app: LoadedApp = { spec, language: 'typescript', callable, file, line, runtime: `Node ${process.version}` }
    this.served = { ...loaded, sources, app }
  }

  call(call: AppCall): RunningCall {
    const request = new InlineCall(this.runtime, call)
    const most = this.options.mostWaiting ?? MOST_WAITING
    if (this.closing !== null) {
      request.report({ kind: 'died', status: 503, reason: 'the server is stopping' })
    } else if (this.free.length > 0 && this.waiting.length === 0) {
      this.begin(request)
    } else if (this.waiting.length < most) {
      request.report({ kind: 'queued', ahead: this.waiting.length + this.options.workers - this.free.length })
      this.waiting.push(request)
    } else {
      const reason = `all workers are busy and ${most} requests are waiting`
      request.report({ kind: 'died', status: 503, reason })
    }
    return request
  }

  close(): Promise<void> {
    this.reloader?.close()
    this.closing ??= new Promise((resolve) => {
      this.onDrained = resolve
      this.noticeDrained()
    })
    return this.closing
  }

  private dispatch(): void {
    while (this.free.length > 0) {
      const next = this.waiting.shift()
      if (next === undefined) return
      this.begin(next)
    }
  }

  private begin(call: InlineCall): void {
    const worker = this.free.pop()
    if (worker === undefined) throw new Error('there is no free worker to begin a request')
    call.begin(worker, this.now)
  }

  private release(call: InlineCall): void {
    if (call.worker !== null) this.free.push(call.worker)
    // In a turn of its own: the last one is still inside its report of `closed`.
    if (this.waiting.length > 0) setImmediate(() => this.dispatch())
    this.noticeDrained()
  }

  private forget(call: InlineCall): void {
    const at = this.waiting.indexOf(call)
    if (at === -1) return
    this.waiting.splice(at, 1)
    call.report({ kind: 'closed' })
    this.noticeDrained()
  }

  private noticeDrained(): void {
    if (this.waiting.length === 0 && this.free.length === this.options.workers) this.onDrained?.()
  }
}
