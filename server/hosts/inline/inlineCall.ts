/**
 * One request in an application that runs in this process.
 * Longer than 250 lines: the steps of a call may raise, wait, be ended or never come back, each at any time.
 */
import { Credit } from '../../../shared/gateway/credit.ts'
import type { AppCall, RunningCall } from '../../../shared/gateway/host.ts'
import type { AppEvent, ReadMethod } from '../../../shared/gateway/types.ts'
import type { OwnFrame, StackFrame } from '../../../shared/trace/events.ts'
import type { Application, StartResponse, WsgiIterable } from '../../../shared/wsgi/application.ts'
import type { RuleId } from '../../../shared/wsgi/referee.ts'
import { ResponseStart, ruleOf } from '../../../shared/wsgi/startResponse.ts'
import type { LoadedSources } from '../sources.ts'
import { BodyInput, type BodyInputOwner } from './bodyInput.ts'
import { CallProgress } from './callProgress.ts'
import { ErrorLog, type ErrorLogOwner } from './errorLog.ts'
import { EnvironWatch, environOf } from './inlineEnviron.ts'
import { isIterable, isIterator, isSync, lengthOf } from './iterables.ts'
import { callerStack, raisingStack } from './stack.ts'
import { describeThrown, errorMessage, errorType, isError } from './thrown.ts'
import type { Watchdog } from './watchdog.ts'

/** What an InlineCall needs of its host. */
export interface InlineRuntime {
  /** Files below it are the application's own. */
  folder: string
  multithread: boolean
  appTimeoutMs: number
  now(): number
  readonly watchdog: Watchdog
  /** Whose part of the application is running now, as far as it was called from here. */
  running: InlineCall | null
  /** The call is over: its worker is free. */
  onOver(call: InlineCall): void
  onAbortWaiting(call: InlineCall): void
}

/** What is called: a request that has begun stays with it, whatever is loaded meanwhile. */
export interface Served {
  application: Application
  callable: string
  file: string
  line: number | null
  sources: LoadedSources
}

class Aborted extends Error {}

export class InlineCall implements RunningCall, BodyInputOwner, ErrorLogOwner {
  worker: number | null = null
  readonly #runtime: InlineRuntime
  readonly #call: AppCall
  readonly #rules = new ResponseStart()
  readonly input: BodyInput
  readonly errors: ErrorLog
  /** Null where nobody wants to know. */
  #environ: EnvironWatch | null = null
  #sources: LoadedSources | null = null
  #iterable: WsgiIterable | null = null
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | null = null
  readonly #credit = new Credit()
  #aborted = false
  #over = false
  #pumping = false
  #inNext = false
  #finishing = false
  readonly #progress: CallProgress
  /** The last rule that raised in the application, until its exception has come out. */
  #broken: RuleId | null = null

  constructor(runtime: InlineRuntime, call: AppCall) {
    this.#runtime = runtime
    this.#call = call
    this.input = new BodyInput(call.body, this)
    this.errors = new ErrorLog(this)
    this.#progress = new CallProgress(runtime, () => this.#giveUp())
  }

  report(event: AppEvent): void {
    if (this.#over) return
    if (event.kind === 'died' || event.kind === 'closed') this.#over = true
    const { watchdog } = this.#runtime
    watchdog.enter()
    this.#call.onEvent(event, this.#runtime.now())
    watchdog.leave()
  }

  begin(served: Served): void {
    const { worker } = this
    if (worker === null) throw new Error('it has no worker')
    if (this.#aborted) {
      this.#end()
      return
    }
    this.#sources = served.sources
    const { application, callable, file, line } = served
    const { version } = served.sources
    this.report({ kind: 'called', worker, callable, file, line, ...(version > 1 ? { version } : {}) })
    const environ = environOf(this.#call.environ, this)
    if (this.#call.trace) this.#environ = new EnvironWatch(environ)
    try {
      const result = this.#run(() => application(environ, this.#startResponse))
      if (result instanceof Promise) {
        this.#watch()
        result.then(
          (iterable) => this.#returned(iterable),
          (error: unknown) => this.#fail(error),
        )
      } else this.#returned(result)
    } catch (error) {
      this.#fail(error)
    }
  }

  more(credit: number): void {
    const waited = this.#credit.isSpent
    this.#credit.grant(credit)
    if (!waited || this.#credit.isSpent) return
    this.#progress.goesOn()
    this.#watch()
    // Not at once: whoever grants it may be in the middle of handling the last chunk.
    process.nextTick(this.pumpLater)
  }

  abort(): void {
    if (this.#aborted || this.#over) return
    this.#aborted = true
    this.#progress.begin()
    if (this.worker === null) this.#runtime.onAbortWaiting(this)
    else process.nextTick(this.pumpLater)
  }

  get multithread(): boolean {
    return this.#runtime.multithread
  }

  onRead(method: ReadMethod, asked: number | null, returned: number, offset: number): void {
    if (this.#call.trace) this.report({ kind: 'inputRead', method, asked, returned, offset, ...this.#callingFrame() })
  }

  onErrorLine(text: string): void {
    this.report({ kind: 'logged', source: 'wsgi.errors', text })
  }

  onErrorsNotStr(): void {
    this.#broken = 'errors-not-str'
  }

  onStreamClosed(): void {
    this.#notice('stream-closed')
  }

  readonly #startResponse: StartResponse = (status, headers, error) => {
    const start = this.#checked(() => this.#rules.start(status, headers, error))
    const stack = this.#callers()
    if (this.#call.trace) this.#noticeEnviron('startResponse')
    const { error: given } = start
    const excInfo = given === null ? null : { type: errorType(given), message: errorMessage(given) }
    this.report({ kind: 'startResponse', status: start.status, headers: start.headers, excInfo, stack })
    return this.#write
  }

  readonly #write = (data: Uint8Array): void => {
    const bytes = this.#checked(() => this.#rules.write(data))
    if (this.#aborted) throw new Aborted('nobody waits for more of this response')
    // It cannot wait for the client here; the chunks that follow wait the longer.
    this.#credit.spend(bytes.length)
    this.report({ kind: 'write', data: bytes, ...this.#callingFrame() })
    this.#follow(bytes)
  }

  /** Whose call of the server this is, where somebody watches. */
  #callers(): StackFrame[] {
    if (!this.#call.trace) return []
    const stack = callerStack(this.#runtime.folder)
    this.#runtime.watchdog.enter()
    for (const frame of stack) if ('file' in frame) this.#sources?.report(frame.file)
    this.#runtime.watchdog.leave()
    return stack
  }

  /** Where it returns and yields, a stack does not tell. */
  #callingFrame(): { frame?: OwnFrame } {
    const frame = this.#callers().find((found) => 'file' in found)
    return frame === undefined ? {} : { frame }
  }

  #returned(result: unknown): void {
    if (this.#over) return
    try {
      if (this.#call.trace) this.#noticeEnviron('returned')
      const bare = result instanceof Uint8Array
      const iterable: unknown = bare ? [result] : result
      this.report({ kind: 'returned', length: lengthOf(iterable) })
      if (bare) this.#notice('result-bytes')
      if (!isIterable(iterable)) throw ResponseStart.notIterable(result)
      this.#iterable = iterable
      const iterator: unknown = isSync(iterable) ? iterable[Symbol.iterator]() : iterable[Symbol.asyncIterator]()
      if (!isIterator(iterator)) throw ResponseStart.notIterable(iterator)
      this.#iterator = iterator
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#pump()
  }

  /** Takes chunks while there is credit; ends the call when there are none, or nobody waits for them. */
  #pump(): void {
    if (this.#pumping || this.#inNext || this.#over || this.#finishing || this.#iterator === null) return
    this.#pumping = true
    try {
      while (!this.#over) {
        if (this.#aborted) {
          this.#leave()
          return
        }
        if (this.#credit.isSpent) return
        const step = this.#next(this.#iterator)
        if (step instanceof Promise) {
          this.#await(step)
          return
        }
        if (this.#take(step)) return
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#pumping = false
    }
  }

  readonly pumpLater = (): void => this.#pump()

  /** Calls a part of the application; marked, so that it is known whose part it is should it never come back. */
  #run<T>(part: () => T): T {
    const runtime = this.#runtime
    runtime.running = this
    try {
      return part()
    } finally {
      runtime.running = null
    }
  }

  #next(iterator: Iterator<unknown> | AsyncIterator<unknown>) {
    this.#runtime.running = this
    const step = iterator.next()
    this.#runtime.running = null
    return step
  }

  /** What it ran was ended in its middle. Its close() is still owed, where it was not that. */
  unwound(where: string | null): void {
    this.#iterator = null
    this.#pumping = false
    const place = where === null ? '' : `, in ${where}`
    const reason = `the application ran for ${this.#runtime.watchdog.allowedMs / 1000} s without coming back${place}: it was ended`
    this.report({ kind: 'died', status: 504, reason })
    this.#release()
    process.nextTick(() => this.#finish())
  }

  #await(step: Promise<IteratorResult<unknown>>): void {
    this.#inNext = true
    this.#watch()
    step
      .then((result) => {
        this.#inNext = false
        if (this.#over) return
        if (!this.#take(result)) this.#pump()
      })
      .catch((error: unknown) => {
        this.#inNext = false
        this.#fail(error)
      })
  }

  /** Whether that was the last step. */
  #take(step: IteratorResult<unknown>): boolean {
    if (step.done === true) {
      this.#iterator = null
      this.#rules.headersOut = true
      this.report({ kind: 'exhausted' })
      this.#finish()
      return true
    }
    const data = this.#rules.chunk(step.value)
    this.#credit.spend(data.length)
    this.report({ kind: 'chunk', data })
    this.#follow(data)
    return false
  }

  /** Only bytes are progress, and only while somebody waits for them. */
  #follow({ length }: Uint8Array): void {
    if (!this.#aborted) this.#progress.gave(length, this.#credit.isSpent)
  }

  /** From here on the application may keep us waiting. */
  #watch(): void {
    if (!this.#over) this.#progress.watch()
  }

  #fail(error: unknown): void {
    if (this.#over) return
    if (!isError(error) || !(error instanceof Aborted)) this.#reportRaised(error)
    this.#leave()
  }

  /** Runs a check that throws in the application: what it says is a finding, also where the application catches it. */
  #checked<T>(check: () => T): T {
    try {
      return check()
    } catch (error) {
      this.#broken = ruleOf(error)
      throw error
    }
  }

  #notice(rule: RuleId): void {
    if (this.#call.trace) this.report({ kind: 'noticed', rule })
  }

  #reportRaised(error: unknown, rule = ruleOf(error)): void {
    this.#broken = null
    const { stack, ...described } = describeThrown(error)
    const raised = { kind: 'raised', ...described } as const
    const where = stack !== '' && this.#call.trace ? { stack: this.#raisedIn(stack) } : {}
    this.report(rule === null ? { ...raised, ...where } : { ...raised, ...where, rule })
  }

  #raisedIn(stackText: string): StackFrame[] {
    const stack = raisingStack(stackText, this.#runtime.folder)
    for (const frame of stack) if ('file' in frame) this.#sources?.report(frame.file)
    return stack
  }

  /** Before the end: as `for` does when it is left, so that a generator's `finally` runs. */
  #leave(): void {
    const iterator = this.#iterator
    this.#iterator = null
    if (iterator !== null && this.#isMethod(() => iterator.return))
      this.#settle(
        () => iterator.return?.(),
        () => this.#finish(),
      )
    else this.#finish()
  }

  #finish(): void {
    if (this.#finishing) return
    this.#finishing = true
    const iterable = this.#iterable
    this.#iterable = null
    if (iterable !== null && this.#isMethod(() => iterable.close))
      this.#settle(
        () => iterable.close?.(),
        () => this.#end(),
      )
    else this.#end()
  }

  /** What is raised when it is looked for is reported: the application may have made it a getter. */
  #isMethod(look: () => unknown): boolean {
    try {
      return typeof look() === 'function'
    } catch (error) {
      this.#reportRaised(error, 'close-raised')
      return false
    }
  }

  /** Runs what may raise or take its time, then goes on either way. */
  #settle(run: () => unknown, then: () => void): void {
    try {
      const result = this.#run(run)
      if (result instanceof Promise) {
        this.#watch()
        result.catch((error: unknown) => this.#reportRaised(error, 'close-raised')).finally(then)
        return
      }
    } catch (error) {
      this.#reportRaised(error, 'close-raised')
    }
    then()
  }

  #end(): void {
    if (this.#over) return
    if (this.#broken !== null) this.#notice(this.#broken)
    this.errors.flush()
    this.report({ kind: 'closed' })
    this.#release()
  }

  #release(): void {
    this.#progress.end()
    this.input.release()
    this.#runtime.onOver(this)
  }

  #noticeEnviron(noticedAt: 'startResponse' | 'returned'): void {
    for (const { native, ...change } of this.#environ?.changes() ?? []) {
      this.report({ kind: 'environChanged', ...change, noticedAt })
      if (!native) this.#notice('environ-not-native')
    }
  }

  #giveUp(): void {
    const seconds = `${this.#runtime.appTimeoutMs / 1000} s`
    const what = this.#aborted ? `went on for ${seconds} after its client had gone` : `gave no byte for ${seconds}`
    const reason = `the application ${what}: it was given up`
    this.report({ kind: 'died', status: 504, reason })
    this.#release()
    this.#leave()
  }
}
