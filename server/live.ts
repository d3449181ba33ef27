/** `/live`: pages that watch the trace, and send requests from their terminals. The messages are those of shared/wire.ts. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { assertNever } from '../shared/assertNever.ts'
import type { TraceEvent, TraceHeader } from '../shared/trace/events.ts'
import { type PageMessage, RAW_LIMIT, type ServerMessage } from '../shared/wire.ts'
import { runCommand, sendRaw } from './client/client.ts'
import type { GatewayAddress } from './client/curl.ts'
import type { LoadedApp } from './hosts/host.ts'
import type { EventLog } from './log/eventLog.ts'
import { inParts, SharedMessage, Viewer } from './viewer.ts'
import { decodeMessage, type Format, MessageError } from './wireCoding.ts'

/** The longest message: raw bytes in base64, and what is around them. */
const MAX_PAYLOAD = Math.ceil(RAW_LIMIT / 3) * 4 + 1024

/** Messages a page may send in a second, and at once. */
const RATE = { perSecond: 50, burst: 200 }

/** Messages that are none before the connection is closed. */
const MAX_MISTAKES = 5

/** Requests that one page's terminal may have under way. */
const MAX_RUNS = 16

/** How long a page may take to say what it has, and how often it is asked whether it is still there. */
const RESUME_MS = 10_000
const PING_MS = 30_000

/** Close codes (RFC 6455 section 7.4.1). */
const CLOSE = { goingAway: 1001, policy: 1008 } as const

export interface LiveOptions {
  version: string
  header: TraceHeader
  /** What is called now; null where nobody knows. */
  app: () => LoadedApp | null
  log: EventLog
  gateway: GatewayAddress
  now: () => number
  /** Whether pages may send requests. */
  mayAct: boolean
  /** Starts a dead server again; null for one that a page cannot start. */
  restart: (() => void) | null
}

export class Live {
  readonly #options: LiveOptions
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD, clientTracking: true })
  readonly #viewers = new Set<Viewer>()
  /** Pages that have not answered their last ping. */
  readonly #unanswered = new WeakSet<WebSocket>()
  #unsubscribe: (() => void) | null = null
  readonly #timers: NodeJS.Timeout[]

  constructor(options: LiveOptions) {
    this.#options = options
    this.#timers = [setInterval(this.#counter(), 1000), setInterval(() => this.#ping(), PING_MS)]
    for (const timer of this.#timers) timer.unref()
  }

  /** Takes over a connection whose Origin and Host have been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const format: Format = searchParams.get('format') === 'json' ? 'json' : 'msgpack'
    this.#server.handleUpgrade(request, socket, head, (page) => this.#welcome(page, format))
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#options.log.flush()
    for (const page of this.#server.clients) page.close(CLOSE.goingAway, 'the server stops')
    const force = setTimeout(() => {
      for (const page of this.#server.clients) page.terminate()
    }, 1000)
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    clearTimeout(force)
    this.#unsubscribe?.()
  }

  #welcome(page: WebSocket, format: Format): void {
    const viewer = new Viewer(page, this.#options.log, format)
    const runs = new Map<number, AbortController>()
    const allow = rateLimit(this.#options.now)
    let mistakes = 0
    const silent = setTimeout(() => page.close(CLOSE.policy, 'the first message is resume'), RESUME_MS)

    page.on('message', (data: Buffer, isBinary) => {
      try {
        if (!allow()) throw new MessageError(`more than ${RATE.perSecond} messages a second`)
        const message = decodeMessage(data, isBinary, format)
        if (!viewer.started && message.type !== 'resume') throw new MessageError('the first message is resume')
        if (message.type === 'resume') clearTimeout(silent)
        this.#hear(message, viewer, runs)
      } catch (error) {
        if (!(error instanceof MessageError)) throw error
        viewer.send({ type: 'error', message: error.message })
        if (++mistakes >= MAX_MISTAKES) page.close(CLOSE.policy, 'too many messages that are none')
      }
    })
    page.on('error', () => page.terminate())
    page.on('close', () => {
      clearTimeout(silent)
      this.#viewers.delete(viewer)
      if (this.#viewers.size === 0) this.#stopListening()
      for (const run of runs.values()) run.abort()
    })
  }

  #hear(message: PageMessage, viewer: Viewer, runs: Map<number, AbortController>): void {
    const { log, header } = this.#options
    switch (message.type) {
      case 'resume':
        if (viewer.started) throw new MessageError('resume comes once, first')
        viewer.send(this.#hello())
        this.#viewers.add(viewer)
        this.#unsubscribe ??= log.subscribe((events) => this.#broadcast(events))
        viewer.start(message.run === header.run ? message.next : null)
        if (log.totals.requests > 0) viewer.count(new SharedMessage(this.#counts(0, 0)))
        return
      case 'bytes.get':
        if (!viewer.reply(() => ({ type: 'bytes', seq: message.seq, bytes: log.bytes(message.seq) }))) {
          throw new MessageError('too many answers are waiting for this page to take them')
        }
        return
      case 'client.run':
      case 'client.raw':
        this.#mayRun(message.id, runs)
        void this.#run(message, viewer, runs)
        return
      case 'client.cancel':
        runs.get(message.id)?.abort()
        return
      case 'server.restart':
        this.#mayAct()
        if (this.#options.restart === null) throw new MessageError('this server is not started from a page')
        this.#options.restart()
        return
      default:
        assertNever(message)
    }
  }

  #hello(): ServerMessage {
    const { version, header, app, mayAct } = this.#options
    const loaded = app()
    if (loaded === null) return { type: 'hello', version, header, app: null, mayAct }
    const { spec, language, callable, file, line, runtime } = loaded
    return { type: 'hello', version, header, app: { spec, language, callable, file, line, runtime }, mayAct }
  }

  /** @throws MessageError */
  #mayAct(): void {
    if (!this.#options.mayAct) {
      throw new MessageError('this page may only look: the server can be reached from other machines')
    }
  }

  /** @throws MessageError */
  #mayRun(id: number, runs: ReadonlyMap<number, AbortController>): void {
    this.#mayAct()
    if (runs.has(id)) throw new MessageError(`id ${id} is under way`)
    if (runs.size >= MAX_RUNS) throw new MessageError(`${MAX_RUNS} requests are under way`)
  }

  async #run(
    message: Extract<PageMessage, { type: 'client.run' | 'client.raw' }>,
    viewer: Viewer,
    runs: Map<number, AbortController>,
  ): Promise<void> {
    const { gateway, version } = this.#options
    const { id } = message
    const run = new AbortController()
    runs.set(id, run)
    const context = {
      gateway,
      version,
      signal: run.signal,
      print: (stream: 'out' | 'note' | 'error', bytes: Uint8Array) =>
        viewer.send({ type: 'client.output', id, stream, bytes: new Uint8Array(bytes) }),
    }
    const code = await (message.type === 'client.run'
      ? runCommand(message.line, context)
      : sendRaw(message.bytes, context))
    runs.delete(id)
    viewer.send({ type: 'client.done', id, code })
  }

  #broadcast(events: readonly TraceEvent[]): void {
    for (const part of inParts(events)) {
      const message = new SharedMessage({ type: 'events', events: part })
      const next = (part.at(-1)?.seq ?? -1) + 1
      for (const viewer of this.#viewers) viewer.tail(message, next)
    }
  }

  #stopListening(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }

  #counts(perSecond: number, tracedPerSecond: number): ServerMessage {
    const { requests, answered } = this.#options.log.totals
    return { type: 'counts', requests, answered, perSecond, tracedPerSecond }
  }

  /** Once a second: what has changed, and once more when it has come to rest. */
  #counter(): () => void {
    const { log, now } = this.#options
    let last = { ...log.totals, at: now(), perSecond: 0 }
    return () => {
      const { requests, answered, traced, letGo } = log.totals
      const at = now()
      const seconds = Math.max(1, at - last.at) / 1e6
      const perSecond = (requests - last.requests) / seconds
      const tracedPerSecond = Math.min(perSecond, (traced - last.traced) / seconds)
      const rests = requests === last.requests && answered === last.answered && last.perSecond === 0
      last = { requests, answered, traced, letGo, at, perSecond }
      if (rests) return
      const message = new SharedMessage(this.#counts(perSecond, tracedPerSecond))
      for (const viewer of this.#viewers) viewer.count(message)
    }
  }

  #ping(): void {
    for (const page of this.#server.clients) {
      if (this.#unanswered.has(page)) page.terminate()
      else {
        this.#unanswered.add(page)
        page.once('pong', () => this.#unanswered.delete(page))
        page.ping()
      }
    }
  }
}

/** A token bucket over the run's clock. */
function rateLimit(now: () => number): () => boolean {
  let tokens = RATE.burst
  let at = now()
  return () => {
    const time = now()
    tokens = Math.min(RATE.burst, tokens + ((time - at) * RATE.perSecond) / 1e6)
    at = time
    if (tokens < 1) return false
    tokens--
    return true
  }
}
