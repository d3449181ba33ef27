/** One request in an application that runs in this process. */
import { type AppEvent, CREDIT } from '../../../shared/gateway/types.ts'
import type { Application, Environ, StartResponse, WsgiErrors, WsgiIterable } from '../../../shared/wsgi/application.ts'
import type { RuleId } from '../../../shared/wsgi/referee.ts'
import { broken, quote, ResponseStart, ruleOf, typeName } from '../../../shared/wsgi/startResponse.ts'
import type { AppCall, RunningCall } from '../host.ts'
import { BodyInput } from './bodyInput.ts'
import { fileWrapper } from './fileWrapper.ts'
import { callerStack, ownTraceback } from './stack.ts'

/** What an InlineCall needs of its host. */
export interface InlineRuntime {
  application: Application
  callable: string
  file: string
  line: number | null
  /** Files below it are the application's own. */
  folder: string
  multithread: boolean
  appTimeoutMs: number
  now(): number
  reportSource(file: string): void
  /** The call is over: its worker is free. */
  onOver(call: InlineCall): void
  onAbortWaiting(call: InlineCall): void
}

class Aborted extends Error {}

export class InlineCall implements RunningCall {
  worker: number | null = null
  private readonly runtime: InlineRuntime
  private readonly call: AppCall
  private readonly rules = new ResponseStart()
  private readonly input: BodyInput
  private environ: Environ | null = null
  private before: Record<string, unknown> = {}
  private iterable: WsgiIterable | null = null
  private iterator: Iterator<unknown> | AsyncIterator<unknown> | null = null
  private credit = CREDIT
  private aborted = false
  private over = false
  private pumping = false
  private inNext = false
  private finishing = false
  private timer: NodeJS.Timeout | null = null
  private progressAt = 0
  private partialLog = ''
  /** The last rule that raised in the application, until its exception has come out. */
  private broken: RuleId | null = null

  constructor(runtime: InlineRuntime, call: AppCall) {
    this.runtime = runtime
    this.call = call
    this.input = new BodyInput(
      call.body,
      call.trace
        ? (method, asked, returned, offset) => this.report({ kind: 'inputRead', method, asked, returned, offset })
        : null,
      () => this.notice('stream-closed'),
    )
  }

  report(event: AppEvent): void {
    if (this.over) return
    if (event.kind === 'died' || event.kind === 'closed') this.over = true
    this.call.onEvent(event, this.runtime.now())
  }

  begin(worker: number): void {
    this.worker = worker
    const { application, callable, file, line } = this.runtime
    this.report({ kind: 'called', worker, callable, file, line })
    const environ = this.buildEnviron()
    if (this.call.trace) {
      this.environ = environ
      this.before = { ...environ }
    }
    let result: WsgiIterable | Promise<WsgiIterable>
    try {
      result = application(environ, this.startResponse)
    } catch (error) {
      this.fail(error)
      return
    }
    if (result instanceof Promise) {
      this.watch()
      result.then(
        (iterable) => this.returned(iterable),
        (error: unknown) => this.fail(error),
      )
    } else {
      this.returned(result)
    }
  }

  more(credit: number): void {
    const waited = this.credit <= 0
    this.credit += credit
    if (!waited || this.credit <= 0) return
    this.progressAt = performance.now()
    // Not at once: whoever grants it may be in the middle of handling the last chunk.
    queueMicrotask(() => this.pump())
  }

  abort(): void {
    if (this.aborted || this.over) return
    this.aborted = true
    if (this.worker === null) this.runtime.onAbortWaiting(this)
    else queueMicrotask(() => this.pump())
  }

  private buildEnviron(): Environ {
    const strings: Record<string, string> = {}
    for (const { key, value, type } of this.call.environ) {
      if (type !== 'str') continue
      if (key === '__proto__') Object.defineProperty(strings, key, { value, enumerable: true, writable: true })
      else strings[key] = value
    }
    return Object.assign(strings, {
      REQUEST_METHOD: strings.REQUEST_METHOD ?? '',
      SCRIPT_NAME: strings.SCRIPT_NAME ?? '',
      PATH_INFO: strings.PATH_INFO ?? '',
      QUERY_STRING: strings.QUERY_STRING ?? '',
      SERVER_NAME: strings.SERVER_NAME ?? '',
      SERVER_PORT: strings.SERVER_PORT ?? '',
      SERVER_PROTOCOL: strings.SERVER_PROTOCOL ?? '',
      'wsgi.url_scheme': strings['wsgi.url_scheme'] ?? 'http',
      'wsgi.version': [1, 0] as const,
      'wsgi.input': this.input,
      'wsgi.errors': this.errors,
      'wsgi.multithread': this.runtime.multithread,
      'wsgi.multiprocess': false,
      'wsgi.run_once': false,
      'wsgi.input_terminated': true,
      'wsgi.file_wrapper': fileWrapper,
    })
  }

  private readonly startResponse: StartResponse = (status, headers, error) => {
    const start = this.checked(() => this.rules.start(status, headers, error))
    let stack: ReturnType<typeof callerStack> = []
    if (this.call.trace) {
      stack = callerStack(this.runtime.folder)
      for (const frame of stack) if ('file' in frame) this.runtime.reportSource(frame.file)
      this.noticeEnviron('startResponse')
    }
    const excInfo = start.error === null ? null : { type: errorType(start.error), message: start.error.message }
    this.report({ kind: 'startResponse', status: start.status, headers: start.headers, excInfo, stack })
    return this.write
  }

  private readonly write = (data: Uint8Array): void => {
    const bytes = this.checked(() => this.rules.write(data))
    if (this.aborted) throw new Aborted('the client has gone')
    // It cannot wait for the client here; the chunks that follow wait the longer.
    this.credit -= bytes.length || 1
    this.report({ kind: 'write', data: bytes })
  }

  private readonly errors: WsgiErrors & { close(): void } = {
    close: () => this.notice('stream-closed'),
    write: (text) => {
      if (typeof text !== 'string') {
        const message = `wsgi.errors takes str, not ${typeName(text)} (PEP 3333, "Input and Error Streams")`
        this.broken = 'errors-not-str'
        throw broken('errors-not-str', new TypeError(message))
      }
      const lines = (this.partialLog + text).split('\n')
      this.partialLog = lines.pop() ?? ''
      for (const line of lines) this.report({ kind: 'logged', source: 'wsgi.errors', text: line })
    },
    writelines: (lines) => {
      for (const line of lines) this.errors.write(line)
    },
    flush: () => {
      if (this.partialLog !== '') this.errors.write('\n')
    },
  }

  private returned(result: unknown): void {
    if (this.over) return
    if (this.call.trace) this.noticeEnviron('returned')
    const bare = result instanceof Uint8Array
    const iterable: unknown = bare ? [result] : result
    this.report({ kind: 'returned', length: lengthOf(iterable) })
    if (bare) this.notice('result-bytes')
    if (!isIterable(iterable)) {
      this.fail(ResponseStart.notIterable(result))
      return
    }
    this.iterable = iterable
    try {
      this.iterator = isSync(iterable) ? iterable[Symbol.iterator]() : iterable[Symbol.asyncIterator]()
    } catch (error) {
      this.fail(error)
      return
    }
    this.pump()
  }

  /** Takes chunks while there is credit; ends the call when there are none, or nobody waits for them. */
  private pump(): void {
    if (this.pumping || this.inNext || this.over || this.finishing || this.iterator === null) return
    this.pumping = true
    try {
      while (!this.over) {
        if (this.aborted) {
          this.leave()
          return
        }
        if (this.credit <= 0) return
        const step = this.iterator.next()
        if (step instanceof Promise) {
          this.await(step)
          return
        }
        if (this.take(step)) return
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.pumping = false
    }
  }

  private await(step: Promise<IteratorResult<unknown>>): void {
    this.inNext = true
    this.watch()
    step
      .then((result) => {
        this.inNext = false
        if (this.over) return
        this.progressAt = performance.now()
        if (!this.take(result)) this.pump()
      })
      .catch((error: unknown) => {
        this.inNext = false
        this.fail(error)
      })
  }

  /** Whether that was the last step. */
  private take(step: IteratorResult<unknown>): boolean {
    if (step.done === true) {
      this.iterator = null
      this.rules.headersOut = true
      this.report({ kind: 'exhausted' })
      this.finish()
      return true
    }
    const data = this.rules.chunk(step.value)
    this.credit -= data.length || 1
    this.report({ kind: 'chunk', data })
    return false
  }

  private fail(error: unknown): void {
    if (this.over) return
    if (!(error instanceof Aborted)) this.reportRaised(error)
    this.leave()
  }

  /** Runs a check that throws in the application: what it says is a finding, also where the application catches it. */
  private checked<T>(check: () => T): T {
    try {
      return check()
    } catch (error) {
      this.broken = ruleOf(error)
      throw error
    }
  }

  private notice(rule: RuleId): void {
    if (this.call.trace) this.report({ kind: 'noticed', rule })
  }

  private reportRaised(error: unknown, rule = ruleOf(error)): void {
    this.broken = null
    const shown = error instanceof Error ? error : new Error(`threw ${String(error)}`)
    const traceback = ownTraceback(shown)
    const raised = { kind: 'raised', type: errorType(shown), message: shown.message, traceback } as const
    this.report(rule === null ? raised : { ...raised, rule })
  }

  /** Before the end: as `for` does when it is left, so that a generator's `finally` runs. */
  private leave(): void {
    const { iterator } = this
    this.iterator = null
    if (iterator?.return === undefined) {
      this.finish()
      return
    }
    this.settle(
      () => iterator.return?.(),
      () => this.finish(),
    )
  }

  private finish(): void {
    if (this.finishing) return
    this.finishing = true
    const { iterable } = this
    this.iterable = null
    if (typeof iterable?.close === 'function')
      this.settle(
        () => iterable.close?.(),
        () => this.end(),
      )
    else this.end()
  }

  /** Runs what may raise or take its time, then goes on either way. */
  private settle(run: () => unknown, then: () => void): void {
    try {
      const result = run()
      if (result instanceof Promise) {
        this.watch()
        result.catch((error: unknown) => this.reportRaised(error, 'close-raised')).finally(then)
        return
      }
    } catch (error) {
      this.reportRaised(error, 'close-raised')
    }
    then()
  }

  private end(): void {
    if (this.over) return
    if (this.broken !== null) this.notice(this.broken)
    this.errors.flush()
    this.report({ kind: 'closed' })
    this.release()
  }

  private release(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    this.input.release()
    this.runtime.onOver(this)
  }

  private noticeEnviron(noticedAt: 'startResponse' | 'returned'): void {
    const { before, environ } = this
    if (environ === null) return
    for (const key of new Set([...Object.keys(environ), ...Object.keys(before)])) {
      if (Object.is(before[key], environ[key])) continue
      const show = (values: Record<string, unknown>) => (key in values ? shortRepr(values[key]) : null)
      this.report({ kind: 'environChanged', key, before: show(before), after: show(environ), noticedAt })
      if (key in environ && CGI_KEY.test(key) && !isNative(environ[key])) this.notice('environ-not-native')
    }
    this.before = { ...environ }
  }

  /** From here on the application may keep us waiting. */
  private watch(ms = this.runtime.appTimeoutMs): void {
    if (this.timer !== null) return
    this.progressAt = performance.now()
    this.timer = setTimeout(() => this.checkProgress(), ms)
  }

  private checkProgress(): void {
    this.timer = null
    if (this.credit <= 0) this.progressAt = performance.now()
    const left = this.progressAt + this.runtime.appTimeoutMs - performance.now()
    if (left > 0) this.timer = setTimeout(() => this.checkProgress(), left)
    else this.giveUp()
  }

  private giveUp(): void {
    const reason = `the application did nothing for ${this.runtime.appTimeoutMs / 1000} s: it was given up`
    this.report({ kind: 'died', status: 504, reason })
    this.release()
  }
}

const isSync = (value: WsgiIterable): value is Iterable<Uint8Array> => Symbol.iterator in value

/** Those that PEP 3333 takes over from CGI; under any other name an application may keep what it likes. */
const CGI_KEY = new RegExp(
  '^(HTTP_|(AUTH_TYPE|CONTENT_(LENGTH|TYPE)|GATEWAY_INTERFACE|PATH_(INFO|TRANSLATED)|QUERY_STRING|' +
    'REMOTE_(ADDR|HOST|IDENT|USER)|REQUEST_METHOD|SCRIPT_NAME|SERVER_(NAME|PORT|PROTOCOL|SOFTWARE))$)',
)

const isNative = (value: unknown): boolean => typeof value === 'string' && ![...value].some((letter) => letter > '\xff')

const errorType = (error: Error): string => error.name || error.constructor.name

function isIterable(value: unknown): value is WsgiIterable {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function lengthOf(value: unknown): number | null {
  if (Array.isArray(value) || typeof value === 'string') return value.length
  const length: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'length') : null
  return typeof length === 'number' ? length : null
}

function shortRepr(value: unknown): string {
  const text =
    typeof value === 'string'
      ? quote(value)
      : typeof value === 'object' && value !== null
        ? `<${typeName(value)}>`
        : typeof value === 'function'
          ? `<function ${value.name}>`
          : String(value)
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`
}
