/**
 * Drives the gateway of one connection: feeds it with what happens, performs what it decides, in order. It decides nothing
 * itself but how bytes are batched: all that one input gives goes to the client as one write. What it needs of the
 * platform is given to it (edge.ts), and so is what runs the application (host.ts).
 * Longer than 250 lines, since inputs, outputs and the calls between them are of one inbox.
 */
import { assertNever } from '../assertNever.ts'
import { AppCalls } from './appCalls.ts'
import { createGateway } from './connection.ts'
import { DeadlineTimer } from './deadlineTimer.ts'
import type { BodyStore, ConnectionRecorder, Scheduler, Transport } from './edge.ts'
import type { Host } from './host.ts'
import type { AppEvent, EnvironEntry, Gateway, GatewayOptions, Input, Output } from './types.ts'

/** What all connections of a listener share. */
export interface DriverEnvironment {
  readonly host: Host
  readonly scheduler: Scheduler
  readonly bodies: BodyStore
  /** Hears of bytes that passed, in either direction. */
  readonly onPassed: (bytes: number) => void
  /**
   * What the application wrote while it served a request (by its number in the run, where that is known), and what went
   * wrong in it. Answers as much of it as may be in the trace; null for nothing.
   */
  readonly onAppOutput: (
    source: Extract<AppEvent, { kind: 'logged' }>['source'],
    text: string,
    exchange: number | null,
  ) => string | null
  readonly onLog: (text: string, exchange?: number | null) => void
}

/** While bytes wait for the client, the gateway is told of them so often, in microseconds. */
const BACKLOG_EVERY = 1_000_000

export class Driver {
  readonly #environment: DriverEnvironment
  readonly #transport: Transport
  readonly #recorder: ConnectionRecorder
  readonly #gateway: Gateway
  readonly #calls: AppCalls
  #inbox: Input[] = []
  #working = false
  #workPlanned = false
  #outbox: Uint8Array[] = []
  #outboxBytes = 0
  /** When the gateway was last told of what waits for the client, in microseconds of the run. */
  #backlogAt = 0
  #wantsMore = true
  #bodyKept = true
  /** `lingering`: half-closed, what comes is dropped. `closing`: the transport is told to close. */
  #state: 'open' | 'lingering' | 'closing' | 'closed' = 'open'
  #last = 0
  readonly #deadlines = new DeadlineTimer()

  /** `record` is given the gateway before anything has happened. */
  constructor(
    options: GatewayOptions,
    transport: Transport,
    environment: DriverEnvironment,
    record: (gateway: Gateway) => ConnectionRecorder,
  ) {
    this.#environment = environment
    this.#transport = transport
    this.#gateway = createGateway(options)
    this.#recorder = record(this.#gateway)
    const { host, bodies, scheduler } = environment
    this.#calls = new AppCalls({
      host,
      bodies,
      scheduler,
      recorded: this.#recorder.keeps,
      onEvent: (exchange, event, at, number) => this.#appEvent(exchange, event, at, number),
      onPace: (keepsUp) => {
        this.#bodyKept = keepsUp
        this.#setReading()
      },
    })
  }

  /** The connection stands. */
  open(): void {
    this.#feed({ kind: 'opened', now: this.#now() })
  }

  /** The client's bytes, its own from now on. */
  received(data: Uint8Array): void {
    this.#environment.onPassed(data.length)
    if (this.#state === 'open') this.#feed({ kind: 'bytes', data, now: this.#now() })
  }

  /** EOF: the client sends no more. */
  ended(): void {
    if (this.#listening) this.#feed({ kind: 'eof', now: this.#now() })
  }

  /** Both directions are over; `why` is for people. */
  closed(why: string): void {
    const untold = this.#listening
    this.#state = 'closed'
    this.#calls.dropBody()
    if (untold) this.#feed({ kind: 'clientGone', why, now: this.#now() })
  }

  /** What waits in the transport is another amount. */
  backlogChanged(): void {
    // Of a transport that is gone, `clientGone` tells.
    if (!this.#listening || this.#transport.gone) return
    const { taken, memory, disk, full } = this.#transport.backlog
    const now = this.#now()
    this.#backlogAt = now
    this.#feed({ kind: 'backlog', taken, memory, disk, full, now })
  }

  /** The server is stopping: what is under way may end. */
  shutdown(): void {
    if (this.#listening) this.#feed({ kind: 'shutdown', now: this.#now() })
  }

  /** Ends it without asking anybody. */
  destroy(): void {
    this.#transport.destroy()
    this.#calls.closeLast()
  }

  /** Called every now and then: tells the gateway of deadlines that have passed. `now` is in microseconds of the run. */
  checkDeadlines(now: number): void {
    if (this.#transport.waiting) {
      this.#transport.look()
      if (now - this.#backlogAt >= BACKLOG_EVERY) this.backlogChanged()
    }
    this.#deadlines.check(now, (of) => {
      if (of === 'send') this.backlogChanged()
      if (this.#listening) this.#feed({ kind: 'deadline', of, now: this.#now() })
    })
  }

  /** Whether the gateway still wants to hear of the client. */
  get #listening(): boolean {
    return this.#state === 'open' || this.#state === 'lingering'
  }

  /** Never decreases, although the clock readings of a host may be older than what arrived since. */
  #now(reading = this.#environment.scheduler.now()): number {
    if (reading > this.#last) this.#last = reading
    return this.#last
  }

  #feed(input: Input): void {
    this.#inbox.push(input)
    if (this.#working) return
    this.#work()
    this.#flush()
  }

  /** As `#feed`, for events of the application: one read of a worker brings several, which are dealt with together. */
  #feedSoon(input: Input): void {
    this.#inbox.push(input)
    if (this.#working || this.#workPlanned) return
    this.#workPlanned = true
    this.#environment.scheduler.soon(this.#workLater)
  }

  readonly #workLater = (): void => {
    this.#workPlanned = false
    if (this.#inbox.length === 0) return
    this.#work()
    this.#flush()
  }

  /** Performing an output may bring the next input (an inline application answers at once): it waits its turn. */
  #work(): void {
    this.#working = true
    try {
      while (this.#inbox.length > 0) {
        const inputs = this.#inbox
        this.#inbox = []
        const outputs = this.#gateway.receiveAll(inputs)
        this.#recorder.recordAll(inputs, outputs)
        const now = inputs[inputs.length - 1]?.now ?? this.#last
        for (const output of outputs) this.#perform(output, now)
      }
    } catch (error) {
      // The gateway answers for clients and applications; this is a fault of the server, and costs one connection.
      const { onLog } = this.#environment
      onLog(`internal error, connection dropped: ${error instanceof Error ? error.stack : String(error)}`)
      this.#state = 'closing'
      this.destroy()
      this.#inbox = []
    }
    this.#working = false
  }

  #perform(output: Output, now: number): void {
    switch (output.kind) {
      case 'trace':
        return // the recorder has it
      case 'send':
        for (const { data } of output.segments) {
          this.#outbox.push(data)
          this.#outboxBytes += data.length
        }
        return
      case 'flush':
        this.#flush()
        this.backlogChanged()
        return
      case 'body':
        this.#calls.keepBody(output.exchange, output.data)
        return
      case 'callApp':
        // The application may take its time; what was decided before it is called must not wait for it.
        this.#flush()
        this.#call(output.exchange, output.environ)
        return
      case 'nextChunk':
        this.#calls.more(output.exchange, output.credit)
        return
      case 'closeApp':
        this.#calls.close(output.exchange)
        return
      case 'readMore':
        this.#wantsMore = output.on
        this.#setReading()
        return
      case 'deadline':
        this.#deadlines.set(output.of, output.afterMs === null ? Infinity : now + output.afterMs * 1000)
        return
      case 'close':
        this.#flush()
        this.#close(output.linger)
        return
      default:
        assertNever(output)
    }
  }

  #flush(): void {
    const parts = this.#outbox
    if (parts.length === 0) return
    this.#outbox = []
    const bytes = this.#outboxBytes
    this.#outboxBytes = 0
    this.#environment.onPassed(bytes)
    if (!this.#transport.gone) this.#transport.send(parts, bytes)
  }

  #call(exchange: number, environ: EnvironEntry[]): void {
    this.#calls.call(exchange, this.#recorder.numberOf(exchange), environ, this.#recorder.traced)
  }

  #appEvent(exchange: number, event: AppEvent, at: number, number: number | null): void {
    const { onAppOutput, onLog } = this.#environment
    if (event.kind === 'raised') onAppOutput('stderr', event.traceback, number)
    if (event.kind === 'died') onLog(event.reason, number)
    const text = event.kind === 'logged' ? onAppOutput(event.source, event.text, number) : null
    if (event.kind !== 'logged') this.#feedSoon({ kind: 'app', exchange, event, now: this.#now(at) })
    else if (text !== null) this.#feedSoon({ kind: 'app', exchange, event: { ...event, text }, now: this.#now(at) })
  }

  #setReading(): void {
    this.#transport.setReading(this.#state === 'lingering' || (this.#wantsMore && this.#bodyKept))
  }

  /** RFC 9112 section 9.6: closing both directions while the client still sends would destroy the answer. */
  #close(linger: boolean): void {
    if (!this.#listening) return
    if (linger) {
      this.#state = 'lingering'
      this.#transport.end()
      this.#setReading()
      return
    }
    this.#state = 'closing'
    // What the kernel has it delivers, also after the socket is closed; what waits here has been given up.
    this.#transport.destroy()
  }
}
