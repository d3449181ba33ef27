/**
 * The application in python3 processes of its own: a queue of requests in front of its workers.
 * Longer than 250 lines: starting, queueing, reloading and ending each change who of the workers may take a call.
 */
import {
  type AppCall,
  GRACE_MS,
  type Host,
  type HostOptions,
  type LoadedApp,
  MOST_WAITING,
  type RunningCall,
} from '../../../shared/gateway/host.ts'
import type { UncalledCause } from '../../../shared/gateway/types.ts'
import type { AppSpec } from '../appSpec.ts'
import { createReloader, type Reloader } from '../reload/reloader.ts'
import { Sources } from '../sources.ts'
import type { Hello } from './facts.ts'
import { openInterpreter } from './interpreter.ts'
import { PythonCall } from './pythonCall.ts'
import type { Interpreter, WorkerStart } from './workerProcess.ts'
import { type SlotListener, WorkerSlot } from './workerSlot.ts'

/** Requests that stand in the pipe of a single worker, so that it finds the next one without asking. */
const AHEAD = 32

export interface PythonHostOptions extends HostOptions {
  /** What `--python` said: a path, or a name on PATH. */
  python?: string
  cwd: string
  env: Record<string, string | undefined>
}

/** @throws LoadError when the interpreter or the application cannot be used. */
export async function createPythonHost(spec: AppSpec, options: PythonHostOptions): Promise<Host> {
  const host = new PythonHost(spec, options)
  await host.launch()
  return host
}

class PythonHost implements Host {
  readonly multithread = false
  readonly multiprocess: boolean
  readonly #spec: AppSpec
  readonly #options: PythonHostOptions
  readonly #start: Omit<WorkerStart, 'changed'>
  readonly #sources: Sources
  /** The workers that requests go to. */
  #slots: WorkerSlot[]
  /** Those that load the application anew, and those that finish what they were sent before. */
  readonly #others = new Set<WorkerSlot>()
  readonly #reloader: Reloader | null
  readonly #waiting: PythonCall[] = []
  #loaded: LoadedApp | null = null
  #version = 1
  #lastId = 0
  /** Why the last worker could not be started; it counts while there is none. */
  #unavailable: string | null = null
  #closing: Promise<void> | null = null
  #onDrained: (() => void) | null = null

  constructor(spec: AppSpec, options: PythonHostOptions) {
    this.#spec = spec
    this.#options = options
    this.multiprocess = options.workers > 1
    const interpreter = openInterpreter({ ...options, folder: spec.folder })
    this.#start = { interpreter, spec, multiprocess: this.multiprocess, noTerminal: noTerminal(interpreter, options) }
    this.#sources = new Sources(options, 'python', interpreter.folder)
    this.#slots = this.#newSlots([])
    this.#reloader = createReloader(options.onReload, {
      load: (changed, signal) => this.#reload(changed, signal),
      served: () => ({ app: this.app, version: this.#version }),
    })
  }

  get app(): LoadedApp {
    if (this.#loaded === null) throw new Error('the application is not loaded yet')
    return this.#loaded
  }

  async launch(): Promise<void> {
    try {
      await launchAll(this.#slots)
    } catch (error) {
      this.#start.interpreter.close()
      throw error
    }
    this.#adopt()
  }

  call(call: AppCall): RunningCall {
    const now = this.#options.now()
    const request = new PythonCall(++this.#lastId, call, now, (waiting) => this.#forget(waiting))
    const refusal = this.#refusal()
    if (refusal !== null) {
      request.report({ kind: 'died', status: 503, ...refusal }, now)
      return request
    }
    const slot = this.#freeSlot()
    if (slot === null || slot.load > 0) {
      const ahead = this.#slots.reduce((sum, { load }) => sum + load, this.#waiting.length)
      request.report({ kind: 'queued', ahead }, now)
    }
    if (slot === null) this.#waiting.push(request)
    else slot.send(request)
    return request
  }

  close(graceMs = GRACE_MS): Promise<void> {
    this.#reloader?.close()
    this.#closing ??= this.#endAll(performance.now() + graceMs)
    return this.#closing
  }

  #newSlots(changed: readonly string[]): WorkerSlot[] {
    const listener: SlotListener = {
      onFree: () => this.#dispatch(),
      onUnbegun: (calls) => {
        this.#waiting.unshift(...calls)
        this.#dispatch()
      },
      onUnavailable: (message) => this.#refuseWaiting(message),
      onLoaded: (slot) => {
        const replaced = this.#loaded !== null && this.#slots.includes(slot)
        // The worker of a dead one's place may have read what nobody else has loaded yet.
        if (!replaced || (slot.serves?.sources.version ?? 1) <= this.#version) return
        this.#adopt()
        this.#reloader?.tell([])
      },
      onFiles: (files, readSince) => this.#reloader?.add(files, readSince),
    }
    const start = { ...this.#start, changed }
    return Array.from(
      { length: this.#options.workers },
      (_, index) => new WorkerSlot(index + 1, start, this.#options, this.#sources, listener),
    )
  }

  /** New workers beside those that serve; when they are ready, all that waits is theirs. */
  async #reload(changed: string[], signal: AbortSignal): Promise<void> {
    const slots = this.#newSlots(changed)
    const giveUp = () => {
      for (const slot of slots) void slot.end(0)
    }
    for (const slot of slots) this.#others.add(slot)
    signal.addEventListener('abort', giveUp)
    try {
      await launchAll(slots)
    } finally {
      signal.removeEventListener('abort', giveUp)
      for (const slot of slots) this.#others.delete(slot)
    }
    if (signal.aborted) return
    for (const slot of this.#slots) this.#retire(slot)
    this.#slots = slots
    this.#unavailable = null
    this.#reloader?.keepOnly(slots.flatMap(({ serves }) => serves?.sources.files ?? []))
    this.#adopt()
    this.#dispatch()
  }

  #retire(slot: WorkerSlot): void {
    this.#others.add(slot)
    void slot.retire(GRACE_MS).then(() => this.#others.delete(slot))
  }

  /** What the newest of the workers has loaded is what is served. */
  #adopt(): void {
    for (const { serves } of this.#slots) {
      if (serves === null || (this.#loaded !== null && serves.sources.version < this.#version)) continue
      this.#version = serves.sources.version
      this.#loaded = this.#describe(serves.hello)
    }
  }

  /** Why no further request can be taken, or null. */
  #refusal(): { reason: string; cause?: UncalledCause } | null {
    if (this.#closing !== null) return { reason: 'the server is stopping', cause: 'stopping' }
    const most = this.#options.mostWaiting ?? MOST_WAITING
    if (this.#waiting.length >= most) return { reason: `all workers are busy and ${most} requests are waiting` }
    if (this.#unavailable === null || this.#slots.some(({ ready }) => ready)) return null
    return { reason: this.#unavailable, cause: 'worker-unstartable' }
  }

  /**
   * An idle worker. A single one takes requests ahead as well; of several none does, because a request that stands behind
   * a slow one could not be taken by a worker that becomes free.
   */
  #freeSlot(): WorkerSlot | null {
    if (this.#waiting.length > 0) return null
    return this.#slots.find((slot) => slot.hasRoom(this.#slots.length === 1 ? AHEAD : 0)) ?? null
  }

  #dispatch(): void {
    const ahead = this.#slots.length === 1 ? AHEAD : 0
    for (const slot of this.#slots) {
      while (slot.hasRoom(ahead)) {
        const call = this.#waiting.shift()
        if (call === undefined) break
        slot.send(call)
      }
    }
    if (this.#idle) this.#onDrained?.()
  }

  #forget(call: PythonCall): void {
    const at = this.#waiting.indexOf(call)
    if (at !== -1) this.#waiting.splice(at, 1)
    call.report({ kind: 'closed' }, this.#options.now())
    if (this.#idle) this.#onDrained?.()
  }

  #refuseWaiting(message: string): void {
    this.#unavailable = message
    if (this.#slots.some(({ ready }) => ready)) return
    for (const call of this.#waiting.splice(0)) {
      call.report({ kind: 'died', status: 503, reason: message, cause: 'worker-unstartable' }, this.#options.now())
    }
    if (this.#idle) this.#onDrained?.()
  }

  get #idle(): boolean {
    return this.#waiting.length === 0 && [...this.#slots, ...this.#others].every(({ load }) => load === 0)
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve
      if (this.#idle) resolve()
    })
  }

  /** @param until by performance.now(); what still runs then is killed. */
  async #endAll(until: number): Promise<void> {
    const left = () => Math.max(0, until - performance.now())
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left())
      void this.#drain().then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
    await Promise.all([...this.#slots, ...this.#others].map((slot) => slot.end(Math.max(1, left()))))
    this.#start.interpreter.close()
  }

  #describe(hello: Hello): LoadedApp {
    const { text, attributes } = this.#spec
    const named = attributes.length === 1
    return {
      spec: named ? text : `${text}:${hello.attribute}`,
      language: 'python',
      callable: hello.callable,
      file: hello.file,
      line: hello.line,
      runtime: `Python ${hello.version} (${hello.executable || this.#start.interpreter.name})`,
    }
  }
}

/** The first alone: where it fails, the others need not try. */
async function launchAll(slots: readonly WorkerSlot[]): Promise<void> {
  const [first, ...others] = slots
  if (first === undefined) throw new Error('a host needs at least one worker')
  try {
    await first.launch()
    await Promise.all(others.map((slot) => slot.launch()))
  } catch (error) {
    await Promise.all(slots.map((slot) => slot.end(GRACE_MS)))
    throw error
  }
}

/** Why nobody can be asked anything at the terminal, or null. */
function noTerminal({ name }: Interpreter, { workers, askAtTerminal }: HostOptions): string | null {
  if (name === 'embedded') return 'embedded Python has no terminal, a python3 has (--python PATH)'
  if (askAtTerminal === undefined) return 'wsgiscope was not started from a terminal'
  return workers === 1 ? null : `${workers} workers cannot share the terminal, start it with --workers 1`
}
