import { weighAppEvent } from '../../../shared/gateway/appWeight.ts'
import { Credit } from '../../../shared/gateway/credit.ts'
import type { AppCall, RunningCall } from '../../../shared/gateway/host.ts'
import type { AppEvent } from '../../../shared/gateway/types.ts'
import { weighStack } from '../../../shared/trace/weight.ts'
import { ABORT, CALL, MORE } from './messages.ts'
import type { Interpreter, SharedFile, WorkerProcess } from './workerProcess.ts'

/** Steps of one request that carry no bytes of its answer, and are no lines of a log: a worker never reports as many. */
const MOST_STEPS = 20_000

/** What the steps of one request may say together, in characters: they are kept as long as it is. */
const MOST_SAID = 32 * 1024 * 1024

/**
 * One request on its way: `waiting` here, `sent` into a worker's pipe, `begun` by the application, `done`. A request that
 * was sent and not begun may wait again, when its worker dies; one that was begun is never called a second time.
 */
export class PythonCall implements RunningCall {
  readonly id: number
  state: 'waiting' | 'sent' | 'begun' | 'done' = 'waiting'
  /** How many bytes the application may still send before it has to wait for the client. */
  readonly credit = new Credit()
  /** What has been reported of it beside bytes and lines, and how much that says, in characters. */
  #steps = 0
  #said = 0
  readonly #call: AppCall
  readonly #onAbortWaiting: (call: PythonCall) => void
  #worker: WorkerProcess | null = null
  /** A spooled body, as the worker may read it. */
  #shared: SharedFile | null = null
  #gone = false
  /** Told when the worker has something to do again, or to stop. */
  #onResume: (() => void) | null = null
  #lastAt: number

  constructor(id: number, call: AppCall, now: number, onAbortWaiting: (call: PythonCall) => void) {
    this.id = id
    this.#call = call
    this.#lastAt = now
    this.#onAbortWaiting = onAbortWaiting
  }

  /** Of its exchange in the run. */
  get number(): number | null {
    return this.#call.number ?? null
  }

  /** Bytes of the body that travel with the call: a spooled one is read by the worker from its file. */
  get inlineLength(): number {
    return this.#call.body.kind === 'memory' ? this.#call.body.length : 0
  }

  /** Counts what its worker says of it. Why that cannot be, where a worker's own code would not say it; else null. */
  admit(event: AppEvent): string | null {
    if (this.state === 'sent' && event.kind !== 'closed' && event.kind !== 'logged') {
      return 'a step of a request that has not begun'
    }
    if (event.kind === 'chunk' || event.kind === 'write') {
      if (this.credit.isSpent) return 'bytes that nobody asked for'
      this.credit.spend(event.data.length)
      this.#said += weighStack(event.frame && [event.frame])
      if (this.#said > MOST_SAID) return 'more steps of one request than there can be'
    } else if (event.kind !== 'logged') {
      this.#said += weighAppEvent(event)
      if (++this.#steps > MOST_STEPS || this.#said > MOST_SAID) return 'more steps of one request than there can be'
    }
    return null
  }

  /** `at` is held between the call's last event and now. */
  report(event: AppEvent, at: number): void {
    if (this.state === 'done') return
    if (event.kind === 'closed' || event.kind === 'died') {
      this.state = 'done'
      this.#worker = null
      this.#returnBody()
    }
    if (at > this.#lastAt) this.#lastAt = at
    this.#call.onEvent(event, this.#lastAt)
  }

  /** Whether the worker will be able to read its body; where not, the call is over. */
  shareBody(interpreter: Interpreter): boolean {
    const { body } = this.#call
    try {
      if (body.kind === 'file') this.#shared = interpreter.share(body.path)
      return true
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const reason = `the request body cannot be passed on to the application: ${why}`
      this.report({ kind: 'died', status: 500, reason, cause: 'body-unkept' }, this.#lastAt)
      return false
    }
  }

  /** The client has gone: what is still to come is `closed`. */
  get aborted(): boolean {
    return this.#gone
  }

  sendTo(worker: WorkerProcess, onResume: () => void): void {
    const { environ, body, trace } = this.#call
    const strings: Record<string, string> = {}
    for (const { key, value, type } of environ) {
      if (type !== 'str') continue // made in the worker: wsgi.input and what is the same for every request
      if (key === '__proto__') Object.defineProperty(strings, key, { value, enumerable: true })
      else strings[key] = value
    }
    this.state = 'sent'
    this.#worker = worker
    this.#onResume = onResume
    const file = this.#shared?.path ?? null
    const parts = body.kind === 'memory' ? body.parts : []
    worker.write([CALL, this.id, trace ? 1 : 0, strings, file, this.credit.left], parts, this.inlineLength)
    if (this.aborted) worker.write([ABORT, this.id])
  }

  /** Its worker died before the application was called. */
  requeue(): void {
    this.state = 'waiting'
    this.#worker = null
    this.#onResume = null
    this.#returnBody()
  }

  /** Its time is over: it is answered for, and its worker asked to stop. */
  giveUp(reason: string, at: number): void {
    this.#worker?.write([ABORT, this.id])
    this.report({ kind: 'died', status: 504, reason }, at)
  }

  #returnBody(): void {
    this.#shared?.unshare()
    this.#shared = null
  }

  more(credit: number): void {
    const waited = this.credit.isSpent
    this.credit.grant(credit)
    this.#worker?.write([MORE, this.id, credit])
    if (waited) this.#onResume?.()
  }

  abort(): void {
    if (this.#gone || this.state === 'done') return
    this.#gone = true
    if (this.state === 'waiting') {
      this.#onAbortWaiting(this)
      return
    }
    this.#worker?.write([ABORT, this.id])
    this.#onResume?.()
  }
}
