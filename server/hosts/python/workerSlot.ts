/**
 * The place of one worker: starts its process, starts another when that one ends, and reads what it says. Longer than 250
 * lines, since these are one state: any word of a worker may be its last, and what becomes of requests depends on how far
 * each of them had come.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type HostOptions, LoadError, StartFailure } from '../../../shared/gateway/host.ts'
import type { AppEvent } from '../../../shared/gateway/types.ts'
import { sayWhileLoading } from '../slowLoad.ts'
import type { LoadedSources, Sources } from '../sources.ts'
import { WorkerClock } from './clock.ts'
import { filesIn } from './eventFiles.ts'
import type { Failed, Hello } from './facts.ts'
import { noPython } from './interpreter.ts'
import { loadFailure } from './loadFailure.ts'
import { type Frame, parseFrame } from './messages.ts'
import { NOT_STARTED } from './processEnd.ts'
import type { PythonCall } from './pythonCall.ts'
import { Retries } from './retries.ts'
import { SentCalls } from './sentCalls.ts'
import { Watchdog } from './watchdog.ts'
import { WorkerProcess, type WorkerStart } from './workerProcess.ts'

/** Characters of what is wrong with what a worker sent. */
const MOST_TOLD = 200

/** How long a module may take to be imported, at the least. */
const LOAD_MS = 30_000

/** How long a request that took too long may take to stop, before its worker is killed. */
const STOP_MS = 1000

/** After this long it is said what a worker that is ending waits for. */
const SAID_MS = 1000

/** What a Python process waits for when it ends. */
const UNENDED = 'its atexit handlers, threads or child processes'

export interface SlotListener {
  /** It can take requests, or more of them. */
  onFree(): void
  /** Requests that a dead worker was sent and never began, in their order. */
  onUnbegun(calls: PythonCall[]): void
  /** It could not be started again; `message` says why. It will be tried again. */
  onUnavailable(message: string): void
  /** A worker has loaded the application. */
  onLoaded(slot: WorkerSlot): void
  /** The application's own files: those that were imported, and those that kept it from being loaded. */
  onFiles(files: string[], readSince: number): void
}

export class WorkerSlot {
  readonly number: number
  readonly #start: WorkerStart
  readonly #options: HostOptions
  readonly #sources: Sources
  readonly #listener: SlotListener
  #process: WorkerProcess | null = null
  #hello: Hello | null = null
  #loaded: LoadedSources | null = null
  /** When its process was started, in milliseconds of Unix time. */
  #startedAt = 0
  #clock = new WorkerClock()
  readonly #sent = new SentCalls()
  #served = false
  readonly #retries = new Retries()
  /** What its process says is not heard any more. */
  #distrusted = false
  /** Whether its process runs the worker, which says so before all else. */
  #begun = false
  #stopSaying: () => void = () => {}
  #killed: { status: 504; reason: string } | null = null
  readonly #watchdog: Watchdog
  /** Somebody is asked at the terminal, and may take any time. */
  #asking = false
  /** Kills its process, which was asked to stop what it runs. */
  #stopTimer: NodeJS.Timeout | null = null
  #starting: { done: (hello: Hello) => void; failed: (error: LoadError) => void } | null = null
  readonly #ending = new AbortController()
  #onGone: (() => void)[] = []
  /** Set where it is not to be started again. */
  #onServed: (() => void) | null = null

  constructor(number: number, start: WorkerStart, options: HostOptions, sources: Sources, listener: SlotListener) {
    this.number = number
    this.#start = start
    this.#options = options
    this.#sources = sources
    this.#listener = listener
    this.#watchdog = new Watchdog({
      allowedMs: () => this.#allowedMs,
      isBusy: () => this.#starting !== null || this.#sent.count > 0,
      onTimeout: () => this.#timedOut(),
    })
  }

  get ready(): boolean {
    return this.#hello !== null
  }

  /** What its worker has loaded; null while there is none. */
  get serves(): { hello: Hello; sources: LoadedSources } | null {
    const hello = this.#hello
    const loaded = this.#loaded
    return hello === null || loaded === null ? null : { hello, sources: loaded }
  }

  get load(): number {
    return this.#sent.count
  }

  /** Whether it can be sent a request while it has `atMost` others. */
  hasRoom(atMost: number): boolean {
    return this.#hello !== null && this.#sent.hasRoom(atMost)
  }

  /** @throws LoadError when the application cannot be used; StartFailure where there is no process for it now. */
  launch(): Promise<Hello> {
    return new Promise((done, failed) => {
      this.#starting = { done, failed }
      this.#clock = new WorkerClock()
      this.#served = false
      this.#begun = false
      this.#killed = null
      this.#asking = false
      this.#distrusted = false
      this.#startedAt = Date.now()
      try {
        this.#process = this.#newProcess()
      } catch (error) {
        this.#starting = null
        failed(new StartFailure(error instanceof Error ? error.message : String(error)))
        return
      }
      this.#stopSaying()
      this.#stopSaying = sayWhileLoading((text) => this.#options.onLog('server', text), {
        mostMs: this.#allowedMs,
        everyMs: this.#options.loading?.sayEveryMs,
      })
      this.#watchdog.progress()
      this.#watchdog.start()
    })
  }

  #newProcess(): WorkerProcess {
    const process: WorkerProcess = new WorkerProcess(this.#start, {
      onFrame: (head, payload) => this.#receive(process, head, payload),
      onBroken: (why) => this.#replace(process, why),
      onLine: (source, line) => this.#print(source, line),
      onGone: (how) => this.#gone(process, how),
    })
    return process
  }

  send(call: PythonCall): void {
    if (this.#process === null) throw new Error(`worker ${this.number} is not there`)
    if (!call.shareBody(this.#start.interpreter)) return
    if (this.#sent.count === 0) this.#watchdog.progress()
    this.#sent.add(call)
    call.sendTo(this.#process, () => this.#clientMoved(call))
    this.#watchdog.start()
  }

  /** Ends the worker when it has served what it was sent; another has its place by then. */
  async retire(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onServed = resolve
      if (this.#sent.count === 0) resolve()
    })
    await this.end(graceMs)
  }

  /** Lets the worker come to its end: its atexit handlers, its threads, its children; after `graceMs` it is killed. */
  async end(graceMs: number): Promise<void> {
    this.#ending.abort()
    const process = this.#process
    const name = this.#name
    if (process === null) return
    const gone = new Promise<void>((resolve) => {
      this.#onGone.push(resolve)
    })
    process.end()
    const busy = () => (this.#sent.running === null ? UNENDED : 'its request')
    const said = setTimeout(() => {
      const seconds = Math.round((graceMs - SAID_MS) / 1000)
      this.#options.onLog('server', `${name} waits for ${busy()} to end, ${seconds} s more at the most`)
    }, SAID_MS)
    const timer = setTimeout(() => {
      const cut = `${name} (pid ${process.pid}) was killed: ${busy()} had not ended after ${Math.round(graceMs / 100) / 10} s`
      if (graceMs > 0) {
        this.#options.onLog('server', cut)
        this.#options.onCut?.(cut)
      }
      process.kill()
    }, graceMs)
    if (graceMs <= SAID_MS) clearTimeout(said)
    await gone
    clearTimeout(said)
    clearTimeout(timer)
  }

  #receive(from: WorkerProcess, head: string, payload: Buffer): void {
    if (from !== this.#process || this.#distrusted) return
    let frame: Frame
    try {
      frame = parseFrame(head, payload)
    } catch (error) {
      this.#replace(from, error instanceof Error ? error.message : String(error))
      return
    }
    const now = this.#options.now()
    const last = frame.events.at(-1)
    if (last !== undefined) this.#clock.observe(last.nanoseconds, now)
    const call = this.#sent.find(frame.id)
    for (const { nanoseconds, event } of frame.events) {
      const at = Math.min(this.#clock.read(nanoseconds), now)
      if (this.#distrusted) return
      if ((event.kind === 'hello' || event.kind === 'failed') && this.#starting === null) {
        this.#replace(from, 'the application was loaded already')
        return
      }
      if (event.kind === 'started') this.#begun = true
      else if (event.kind === 'hello') this.#greet(event.facts)
      else if (event.kind === 'failed') this.#refuse(event.facts)
      else if (event.kind === 'asks') this.#ask(event.prompt)
      else if (event.kind === 'answered') this.#answered()
      else if (event.kind === 'imported') this.#include(event.files)
      else if (event.kind === 'source') this.#sources.decoded(event.file, event.text)
      else if (event.kind === 'begun') this.#begin(call, at)
      else this.#report(frame.id, call, event, at)
    }
  }

  /** The client takes more of an answer, or has gone: from then on, the application has its time to stop. */
  #clientMoved(call: PythonCall): void {
    if (call !== this.#sent.first || this.#asking) return
    if (call.aborted) this.#watchdog.progress()
    else this.#watchdog.resume()
  }

  /**
   * Only what goes into the answer is progress, and it only while somebody waits for it: neither a line of a log nor an
   * empty chunk is.
   */
  #follow(call: PythonCall, { length }: Uint8Array): void {
    if (length > 0 && !call.aborted) this.#watchdog.progress()
    if (call.credit.isSpent && !call.aborted) this.#watchdog.pause()
  }

  #distrust(what: string): void {
    if (this.#process !== null) this.#replace(this.#process, what)
  }

  #replace(process: WorkerProcess, what: string): void {
    this.#distrusted = true
    const why = what.replace(/\s+/g, ' ').slice(0, MOST_TOLD)
    this.#options.onLog('server', `worker ${this.number} is replaced, something else wrote into its channel: ${why}`)
    process.kill()
  }

  #begin(call: PythonCall | null, at: number): void {
    const { serves } = this
    if (call === null || serves === null) return
    if (call.state !== 'sent' || call !== this.#sent.first) {
      this.#distrust('a request that begins twice, or before its turn')
      return
    }
    const { callable, file, line } = serves.hello
    const { version } = serves.sources
    this.#sent.begin(call)
    this.#served = true
    this.#retries.reset()
    this.#process?.forgetLastLine()
    this.#watchdog.progress()
    const which = version > 1 ? { version } : {}
    call.report({ kind: 'called', worker: this.number, callable, file, line, ...which }, at)
  }

  #report(id: number, call: PythonCall | null, event: AppEvent, at: number): void {
    if (event.kind === 'logged') {
      if (event.source === 'stderr') this.#process?.heard(event.text)
      if (call === null) this.#options.onLog(event.source, event.text, this.#sent.numberOf(id))
    }
    if (call === null) return
    const why = call.admit(event)
    if (why !== null) {
      this.#distrust(why)
      return
    }
    if (event.kind === 'chunk' || event.kind === 'write') this.#follow(call, event.data)
    for (const file of filesIn(event)) this.#loaded?.report(file)
    if (event.kind === 'closed') this.#remove(call)
    call.report(event, at)
    if (event.kind !== 'closed') return
    if (this.#sent.count === 0) this.#onServed?.()
    this.#listener.onFree()
  }

  #ask(prompt: string): void {
    // Only where there is somebody may a worker say that it waits for him.
    if (this.#start.noTerminal !== null) return
    this.#asking = true
    this.#watchdog.pause()
    this.#options.askAtTerminal?.(prompt)
  }

  #answered(): void {
    if (!this.#asking) return
    this.#asking = false
    this.#watchdog.progress()
  }

  #include(files: string[]): void {
    const own = this.#sources.admitted(files)
    this.#loaded?.include(own)
    this.#listener.onFiles(own, this.#startedAt)
  }

  #remove(call: PythonCall): void {
    this.#sent.remove(call)
    this.#watchdog.progress()
    if (call.state !== 'done') return
    this.#hasStopped()
    if (this.#sent.count > 0) this.#watchdog.start()
  }

  #greet(hello: Hello): void {
    this.#hello = hello
    const own = this.#sources.admitted(hello.file === null ? hello.files : [hello.file, ...hello.files])
    this.#loaded = this.#sources.load(own)
    if (hello.file !== null) this.#loaded.report(hello.file)
    this.#options.onLog('server', `worker ${this.number} is ready (pid ${this.#process?.pid}, Python ${hello.version})`)
    this.#start.interpreter.onReady()
    this.#stopSaying()
    this.#starting?.done(hello)
    this.#starting = null
    this.#watchdog.stop()
    this.#listener.onFiles(own, this.#startedAt)
    this.#listener.onLoaded(this)
    this.#listener.onFree()
  }

  #refuse(failed: Failed): void {
    this.#stopSaying()
    this.#starting?.failed(loadFailure(failed, this.#start.spec, this.#start.interpreter.name))
    this.#starting = null
    this.#listener.onFiles(this.#sources.admitted(failed.files), this.#startedAt)
    // All that matters is said, and a thread that the module started may keep it alive.
    this.#process?.kill()
    this.#process = null
  }

  #print(source: 'stdout' | 'stderr', line: string): void {
    const { running } = this.#sent
    if (running === null) this.#options.onLog(source, line)
    else running.report({ kind: 'logged', source, text: line }, this.#options.now())
  }

  #gone(process: WorkerProcess, how: string): void {
    if (process !== this.#process) return
    const wasReady = this.ready
    this.#process = null
    this.#hello = null
    this.#watchdog.stop()
    this.#hasStopped()
    this.#stopSaying()
    const starting = this.#starting
    const killed = this.#killed
    const sent = this.#sent.takeAll()
    const Failure = how.startsWith(NOT_STARTED) ? StartFailure : LoadError
    this.#starting = null
    const name = this.#name
    starting?.failed(new Failure(killed?.reason ?? this.#notLoaded(how)))
    for (const call of sent) {
      if (call.state !== 'begun') continue
      call.report({ kind: 'died', status: 500, ...(killed ?? { reason: `${name} ${how}` }) }, this.#options.now())
    }
    for (const told of this.#onGone.splice(0)) told()
    this.#onServed?.()
    if (!wasReady || this.#ending.signal.aborted) return
    this.#options.onLog('server', `${name} (pid ${process.pid}) ${how}`)
    if (!this.#served) this.#retries.failed()
    if (this.#onServed === null) void this.#relaunch()
    const unbegun = sent.filter(({ state }) => state === 'sent')
    for (const call of unbegun) call.requeue()
    this.#listener.onUnbegun(unbegun)
  }

  #notLoaded(how: string): string {
    const { program, name, folder } = this.#start.interpreter
    // What could not be started, or was killed, may be any program.
    if (!this.#begun && folder === null && how.startsWith('exited')) return noPython(name, how)
    return `the application could not be loaded: its ${program} ${how}`
  }

  get #name(): string {
    return `worker ${this.number}`
  }

  /** Until one is ready: at once after a worker that had served, ever later after those that could not. */
  async #relaunch(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      try {
        const ms = this.#retries.waitMs
        if (ms > 0) {
          this.#options.onLog('server', `${this.#name} is started again in ${ms / 1000} s`)
          await sleep(ms, undefined, { signal })
        }
        await this.launch()
        return
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof LoadError)) throw error
        this.#retries.failed()
        this.#options.onLog('server', `${this.#name} could not be started again: ${error.message}`)
        this.#listener.onUnavailable(error.message)
      }
    }
  }

  get #allowedMs(): number {
    const { appTimeoutMs } = this.#options
    return this.#starting === null ? appTimeoutMs : Math.max(appTimeoutMs, this.#options.loading?.mostMs ?? LOAD_MS)
  }

  #timedOut(): void {
    const running = this.#sent.first
    const seconds = `${this.#allowedMs / 1000} s`
    if (running?.state === 'done') return
    if (running?.state === 'begun') {
      this.#giveUp(running, seconds)
      return
    }
    const reason =
      this.#starting === null
        ? `the worker did nothing for ${seconds}: ${this.#name} was killed`
        : `the application is still loading after ${seconds}: if it needs longer, give it more with --app-timeout SECONDS; ` +
          'if its module starts a server when it is imported, leave that out'
    this.#killed = { status: 504, reason }
    this.#process?.kill()
  }

  /** Its client is told at once; the application may still hear that nobody waits for it, and close() what it returned. */
  #giveUp(call: PythonCall, seconds: string): void {
    const what = call.aborted ? `went on for ${seconds} after its client had gone` : `gave no byte for ${seconds}`
    call.giveUp(`the application ${what}: it was given up`, this.#options.now())
    const process = this.#process
    this.#stopTimer = setTimeout(() => {
      this.#options.onLog('server', `${this.#name} does not stop what it was given up for: it is killed`)
      process?.kill()
    }, STOP_MS)
  }

  #hasStopped(): void {
    if (this.#stopTimer !== null) clearTimeout(this.#stopTimer)
    this.#stopTimer = null
  }
}
