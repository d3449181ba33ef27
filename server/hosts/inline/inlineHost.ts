/** The application in this process: nothing to start, and its answer is there before the call has returned. */
import { dirname } from 'node:path'
import type { AppSpec } from '../appSpec.ts'
import type { AppCall, Host, HostOptions, LoadedApp, RunningCall } from '../host.ts'
import { Sources } from '../sources.ts'
import { InlineCall, type InlineRuntime } from './inlineCall.ts'
import { type LoadedModule, loadModule } from './loadModule.ts'

const MOST_WAITING = 1024

export interface InlineHostOptions extends HostOptions {
  /** Requests that may wait for a worker before further ones are answered 503. */
  mostWaiting?: number
}

/** @throws LoadError when the application cannot be used. */
export async function createInlineHost(spec: AppSpec, options: InlineHostOptions): Promise<Host> {
  return new InlineHost(spec, options, await loadModule(spec))
}

/**
 * A worker here is a turn: one request at a time each, although a second one only ever begins while the first waits for a
 * promise, or for its client.
 */
class InlineHost implements Host {
  readonly app: LoadedApp
  readonly multithread: boolean
  readonly multiprocess = false
  private readonly options: InlineHostOptions
  private readonly runtime: InlineRuntime
  /** Numbers of the workers that have no request, the next one last. */
  private readonly free: number[]
  private readonly waiting: InlineCall[] = []
  private closing: Promise<void> | null = null
  private onDrained: (() => void) | null = null

  constructor(spec: AppSpec, options: InlineHostOptions, loaded: LoadedModule) {
    this.options = options
    this.multithread = options.workers > 1
    this.free = Array.from({ length: options.workers }, (_, index) => options.workers - index)
    const { application, attribute, callable, file, line } = loaded
    const text = spec.attributes.length === 1 ? spec.text : `${spec.text}:${attribute}`
    this.app = { spec: text, language: 'typescript', callable, file, line, runtime: `Node ${process.version}` }
    const sources = new Sources(options.onSource, 'typescript')
    sources.report(file)
    this.runtime = {
      application,
      callable,
      file,
      line,
      folder: dirname(file),
      multithread: this.multithread,
      appTimeoutMs: options.appTimeoutMs,
      now: options.now,
      reportSource: (own) => sources.report(own),
      onOver: (call) => this.release(call),
      onAbortWaiting: (call) => this.forget(call),
    }
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
    call.begin(worker)
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
