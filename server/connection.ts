/**
 * One accepted socket: feeds its gateway with what happens, performs what the gateway decides, in order. It decides
 * nothing itself but how bytes are batched: all that one input gives goes to the kernel as one write.
 */
import type { Socket } from 'node:net'
import { assertNever } from '../shared/assertNever.ts'
import { createGateway } from '../shared/gateway/connection.ts'
import type { Host } from '../shared/gateway/host.ts'
import type { AppEvent, EnvironEntry, Gateway, GatewayOptions, Input, Output } from '../shared/gateway/types.ts'
import { serverName } from '../shared/wsgi/environ.ts'
import { AppCalls } from './appCalls.ts'
import type { SpoolFolder } from './bodySpool.ts'
import { DueTimes } from './dueTimes.ts'
import type { EventLog } from './log/eventLog.ts'
import type { Replayer } from './log/inputSegment.ts'
import type { Recorder } from './log/recorder.ts'
import type { AppSource } from './log/standardError.ts'
import { type SendBudget, SendQueue } from './sendQueue.ts'
import { readShared } from './sharedReads.ts'

/** What all connections of a listener share. */
export interface ConnectionEnvironment {
  host: Host
  now: () => number
  spool: SpoolFolder
  sendBudget: SendBudget
  gateway: Omit<GatewayOptions, 'peer' | 'local' | 'trace' | 'resume'>
  /** Where clients arrive; null where that is told by each socket alone, since the server listens on any address. */
  local: { host: string; port: number } | null
  /** Null where nobody can ever watch. */
  log: EventLog | null
  /** Numbers the exchanges that reach the application, where no log does. */
  nextNumber: () => number
  /** Hears of bytes that passed, in either direction. */
  onPassed: (bytes: number) => void
  /**
   * What the application wrote while it served a request (by its number in the run, where that is known), and what went
   * wrong in it. Answers as much of it as may be in the trace; null for nothing.
   */
  onAppOutput: (source: AppSource, text: string, exchange: number | null) => string | null
  onLog: (text: string, exchange?: number | null) => void
}

/** In microseconds, while bytes wait for the client. */
const TELL_BACKLOG_EVERY = 1_000_000

/** The parts of a `clientGone` that say more than that the client is gone. */
const WHY: Readonly<Record<string, string>> = {
  ECONNRESET: 'reset by the client',
  EPIPE: 'the client closed while bytes were on their way',
  ETIMEDOUT: 'the network gave up',
}

/** Written out: a copy of an object of unknown shape costs as much as all else that is made for a connection. */
function gatewayOptions(socket: Socket, { gateway, local, log }: ConnectionEnvironment): GatewayOptions {
  const { serverPort, multithread, multiprocess, startedAt, limits } = gateway
  return {
    // Of a server that listens on any address, the one that was reached: 0.0.0.0 and :: are no names.
    serverName: local === null ? serverName(socket.localAddress ?? '') : gateway.serverName,
    serverPort,
    multithread,
    multiprocess,
    startedAt,
    limits,
    trace: log?.wantsAll ?? false,
    allocate: Buffer.allocUnsafe,
    peer: { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: local ?? { host: socket.localAddress ?? '', port: socket.localPort ?? 0 },
  }
}

/** Made here, where it can hold nothing but the options: what is recorded outlives its socket. */
const retraceOf =
  (options: GatewayOptions): Replayer =>
  (resume) =>
    createGateway({ ...options, trace: true, ...(resume === null ? {} : { resume }) })

export class Connection {
  readonly #socket: Socket
  readonly #shared: ConnectionEnvironment
  readonly #recorder: Recorder | null
  readonly #gateway: Gateway
  readonly #calls: AppCalls
  #inbox: Input[] = []
  #working = false
  #outbox: Uint8Array[] = []
  #outboxBytes = 0
  readonly #queue: SendQueue
  /** When the gateway was last told of what waits for the client, in microseconds of the run. */
  #toldAt = 0
  #workPlanned = false
  #wantsMore = true
  #diskKeepsUp = true
  /** `lingering`: half-closed, what comes is dropped. `closing`: the socket is told to close. */
  #state: 'open' | 'lingering' | 'closing' | 'closed' = 'open'
  #why = 'closed by the client'
  #last = 0
  readonly #dueTimes = new DueTimes()

  constructor(socket: Socket, shared: ConnectionEnvironment) {
    this.#socket = socket
    this.#shared = shared
    const options = gatewayOptions(socket, shared)
    this.#gateway = createGateway(options)
    this.#recorder = shared.log?.recorder(this.#gateway, retraceOf(options)) ?? null
    this.#calls = new AppCalls({
      host: shared.host,
      spool: shared.spool,
      now: shared.now,
      recorded: this.#recorder !== null,
      onEvent: (exchange, event, at, number) => this.#appEvent(exchange, event, at, number),
      onPace: (keepsUp) => {
        this.#diskKeepsUp = keepsUp
        this.#setReading()
      },
    })
    this.#queue = new SendQueue({
      socket,
      folder: shared.spool,
      budget: shared.sendBudget,
      onChange: () => this.#tellBacklog(),
      onLost: (error) => {
        shared.onLog(`what waited on disk for a client cannot be read: ${String(error)}`)
        this.#why = 'what waited for the client on disk could not be read'
        socket.destroy()
      },
    })
    socket.on('end', () => {
      if (this.#listening) this.#feed({ kind: 'eof', now: this.#now() })
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why = WHY[error.code ?? ''] ?? error.message
    })
    socket.on('close', () => this.#closed())
    this.#feed({ kind: 'opened', now: this.#now() })
    readShared(socket, (data) => {
      shared.onPassed(data.length)
      if (this.#state === 'open') this.#feed({ kind: 'bytes', data, now: this.#now() })
    })
  }

  /** Whether the gateway still wants to hear of the socket. */
  get #listening(): boolean {
    return this.#state === 'open' || this.#state === 'lingering'
  }

  shutdown(): void {
    if (this.#listening) this.#feed({ kind: 'shutdown', now: this.#now() })
  }

  /** Ends it without asking anybody. */
  destroy(): void {
    this.#why = 'the server stopped'
    this.#socket.destroy()
    this.#calls.closeLast()
  }

  /** Called every now and then: tells the gateway of deadlines that have passed. */
  checkDeadlines(now: number): void {
    if (this.#queue.waiting) {
      this.#queue.look()
      if (now - this.#toldAt >= TELL_BACKLOG_EVERY) this.#tellBacklog()
    }
    this.#dueTimes.check(now, (of) => {
      if (of === 'send') this.#tellBacklog()
      if (this.#listening) this.#feed({ kind: 'deadline', of, now: this.#now() })
    })
  }

  #tellBacklog(): void {
    // Of a socket that is gone, `clientGone` tells.
    if (!this.#listening || this.#socket.destroyed) return
    const { taken, memory, disk, full } = this.#queue
    const now = this.#now()
    this.#toldAt = now
    this.#feed({ kind: 'backlog', taken, memory, disk, full, now })
  }

  /** Never decreases, although the clock readings of a host may be older than what arrived since. */
  #now(reading = this.#shared.now()): number {
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
    process.nextTick(this.#workLater)
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
        this.#recorder?.recordAll(inputs, outputs)
        const now = inputs[inputs.length - 1]?.now ?? this.#last
        for (const output of outputs) this.#perform(output, now)
      }
    } catch (error) {
      // The gateway answers for clients and applications; this is a fault of the server, and costs one connection.
      this.#shared.onLog(`internal error, connection dropped: ${error instanceof Error ? error.stack : String(error)}`)
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
        this.#tellBacklog()
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
        this.#dueTimes.set(output.of, output.afterMs === null ? Infinity : now + output.afterMs * 1000)
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
    this.#shared.onPassed(bytes)
    if (!this.#socket.destroyed) this.#queue.send(parts, bytes)
  }

  #call(exchange: number, environ: EnvironEntry[]): void {
    const { nextNumber } = this.#shared
    const number = this.#recorder === null ? nextNumber() : this.#recorder.numberOf(exchange)
    this.#calls.call(exchange, number, environ, this.#recorder?.traced ?? false)
  }

  #appEvent(exchange: number, event: AppEvent, at: number, number: number | null): void {
    const { onAppOutput, onLog } = this.#shared
    if (event.kind === 'raised') onAppOutput('stderr', event.traceback, number)
    if (event.kind === 'died') onLog(event.reason, number)
    const text = event.kind === 'logged' ? onAppOutput(event.source, event.text, number) : null
    if (event.kind !== 'logged') this.#feedSoon({ kind: 'app', exchange, event, now: this.#now(at) })
    else if (text !== null) this.#feedSoon({ kind: 'app', exchange, event: { ...event, text }, now: this.#now(at) })
  }

  #setReading(): void {
    const read = this.#state === 'lingering' || (this.#wantsMore && this.#diskKeepsUp)
    if (read === !this.#socket.isPaused()) return
    if (read) this.#socket.resume()
    else this.#socket.pause()
  }

  /** RFC 9112 section 9.6: closing both directions while the client still sends would destroy the answer. */
  #close(linger: boolean): void {
    if (!this.#listening) return
    if (linger) {
      this.#state = 'lingering'
      this.#socket.end()
      this.#setReading()
      return
    }
    this.#state = 'closing'
    // What the kernel has it delivers, also after the socket is closed; what waits here has been given up.
    this.#socket.destroy()
  }

  #closed(): void {
    const untold = this.#listening
    this.#state = 'closed'
    this.#calls.dropBody()
    this.#queue.discard()
    if (untold) this.#feed({ kind: 'clientGone', why: this.#why, now: this.#now() })
  }
}
