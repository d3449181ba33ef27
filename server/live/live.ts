/**
 * `/live`: pages that watch the trace, and send requests from their terminals. The messages are those of shared/wire.ts.
 * What concerns one page is in viewer.ts and pageRuns.ts; what they share, from the handshake to the tail, is here.
 * Longer than 250 lines, since what pages ask for and what all of them are told share the handshake and the tail.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { assertNever } from '../../shared/assertNever.ts'
import type { GatewayAddress } from '../../shared/commandLine/url.ts'
import type { LoadedApp } from '../../shared/gateway/host.ts'
import type { EventLog } from '../../shared/log/eventLog.ts'
import { may, type Permission, type Role } from '../../shared/roles.ts'
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { COMMAND_LIMIT, type PageMessage, RAW_LIMIT, type ServerMessage } from '../../shared/wire.ts'
import { inTurn } from '../turns.ts'
import { SharedMessage } from './pageQueue.ts'
import { PageRuns } from './pageRuns.ts'
import { RATE, rateLimit } from './rateLimit.ts'
import { inParts } from './snapshot.ts'
import { type Reply, Viewer } from './viewer.ts'
import { decodeMessage, encodeMessage, type Format, MessageError } from './wireCoding.ts'

/** The longest message: raw bytes in base64, or a command line in UTF-8, and what is around them. */
const MAX_PAYLOAD = Math.max(Math.ceil(RAW_LIMIT / 3) * 4, 3 * COMMAND_LIMIT) + 1024

/** Messages that are none, or ask for too much, before the connection is closed. */
const MAX_MISTAKES = 5

/** Pages that may watch at a time, and how many more are told so. */
export const MOST_PAGES = 64
const MOST_TURNED_AWAY = 16

/** How long a page may take to say what it has. */
const RESUME_MS = 10_000

/** How often a page is asked whether it is still there. One that has not taken the question by the next time is not. */
const PING_MS = 30_000

/** How long a page that is told to close may take to. */
const CLOSE_MS = 1000

/** Close codes (RFC 6455 section 7.4.1, and the registry it begins). */
const CLOSE = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const

export interface LiveOptions {
  version: string
  header: TraceHeader
  /** What is called now; null where nobody knows. */
  app: () => LoadedApp | null
  log: EventLog
  /** Null where no HTTP is spoken: the terminal sends nothing then. */
  gateway: GatewayAddress | null
  now: () => number
  /** What pages may do. */
  role: Role
  /** Starts a dead server again; null for one that a page cannot start. */
  restart: (() => void) | null
  /** `PING_MS`, for tests. */
  pingMs?: number
}

export class Live {
  readonly #options: LiveOptions
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD, clientTracking: true })
  readonly #viewers = new Set<Viewer>()
  /** Pages that have not answered their last ping. */
  readonly #unanswered = new WeakSet<WebSocket>()
  #unsubscribe: (() => void) | null = null
  /** While the log is made ready for pages that have come. */
  #preparing: Promise<void> | null = null
  /** The tail, in messages that are yet to be sent, one in a turn. */
  readonly #tail: TraceEvent[][] = []
  readonly #timers: NodeJS.Timeout[]

  constructor(options: LiveOptions) {
    this.#options = options
    this.#timers = [setInterval(this.#counter(), 1000), setInterval(() => this.#ping(), options.pingMs ?? PING_MS)]
    for (const timer of this.#timers) timer.unref()
  }

  /** Takes over a connection whose Origin and Host have been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const format: Format = searchParams.get('format') === 'json' ? 'json' : 'msgpack'
    const pages = this.#server.clients.size
    if (pages >= MOST_PAGES + MOST_TURNED_AWAY) {
      socket.on('error', () => socket.destroy())
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    this.#server.handleUpgrade(request, socket, head, (page) => {
      if (pages < MOST_PAGES) this.#welcome(page, format)
      else this.#turnAway(page, format)
    })
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#options.log.flush()
    for (const page of this.#server.clients) end(page, CLOSE.goingAway, 'the server stops')
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#stopListening()
  }

  /** Says why before it closes, since a browser's page does not learn why a handshake failed. */
  #turnAway(page: WebSocket, format: Format): void {
    const message = `${MOST_PAGES} pages watch this server already, which is the most: close one of them`
    page.on('error', () => page.terminate())
    page.send(encodeMessage({ type: 'error', message }, format))
    end(page, CLOSE.tryAgainLater, 'too many pages')
  }

  #welcome(page: WebSocket, format: Format): void {
    const viewer = new Viewer(page, this.#options.log, format)
    const runs = new PageRuns(viewer, this.#options.gateway, this.#options.version)
    const allow = rateLimit(this.#options.now)
    let mistakes = 0
    const silent = setTimeout(() => end(page, CLOSE.policy, 'the first message is resume'), RESUME_MS)

    page.on('message', (data: Buffer, isBinary) => {
      // What came behind that for which the connection is closed is not heard.
      if (page.readyState !== page.OPEN) return
      try {
        if (!allow()) throw new MessageError(`more than ${RATE.perSecond} messages a second`)
        const message = decodeMessage(data, isBinary, format)
        if (!viewer.resumed && message.type !== 'resume') throw new MessageError('the first message is resume')
        if (message.type === 'resume') clearTimeout(silent)
        this.#hear(message, viewer, runs)
      } catch (error) {
        if (!(error instanceof MessageError)) throw error
        viewer.send({ type: 'error', message: error.message })
        if (++mistakes >= MAX_MISTAKES)
          end(page, CLOSE.policy, 'too many invalid messages, or such as ask for too much')
      }
    })
    page.on('error', () => page.terminate())
    page.on('close', () => {
      clearTimeout(silent)
      this.#viewers.delete(viewer)
      if (this.#viewers.size === 0) this.#stopListening()
      runs.end()
    })
  }

  #hear(message: PageMessage, viewer: Viewer, runs: PageRuns): void {
    const { header } = this.#options
    switch (message.type) {
      case 'resume':
        if (viewer.resumed) throw new MessageError('resume comes once, first')
        viewer.resumed = true
        viewer.send(this.#hello())
        void this.#start(viewer, message.run === header.run ? message.next : null)
        return
      case 'exchange.get':
        this.#reply(viewer, this.#exchange(message.id))
        return
      case 'bytes.get':
        this.#reply(viewer, this.#bytes(message.seq))
        return
      case 'client.run':
      case 'client.raw':
        this.#require('send')
        runs.start(message)
        return
      case 'client.cancel':
        runs.cancel(message.id)
        return
      case 'server.restart':
        this.#require('restart')
        if (this.#options.restart === null) throw new MessageError('this server is not started from a page')
        this.#options.restart()
        return
      default:
        assertNever(message)
    }
  }

  /** Sends what the page lacks, once the log can tell what that is. */
  async #start(viewer: Viewer, next: number | null): Promise<void> {
    const { log } = this.#options
    this.#preparing ??= log.prepare().finally(() => {
      this.#preparing = null
    })
    await this.#preparing
    if (!viewer.isOpen) return
    this.#viewers.add(viewer)
    this.#unsubscribe ??= log.subscribe((events) => this.#broadcast(events))
    viewer.start(next)
    if (log.totals.requests > 0) viewer.count(new SharedMessage(this.#counts(0, 0)))
  }

  /** @throws MessageError */
  #reply(viewer: Viewer, reply: Reply): void {
    if (!viewer.reply(reply)) throw new MessageError('too many answers are waiting for this page to take them')
  }

  *#exchange(id: number): Reply {
    const { index } = this.#options.log
    if (!index.isWhole(id)) {
      yield { type: 'exchange', id, last: true, events: null }
      return
    }
    for (const events of inParts(index.eventsOf(id))) yield { type: 'exchange', id, last: false, events }
    yield { type: 'exchange', id, last: true, events: [] }
  }

  *#bytes(seq: number): Reply {
    yield { type: 'bytes', seq, bytes: this.#options.log.bytes(seq) }
  }

  #hello(): ServerMessage {
    const { version, header, app, role } = this.#options
    const loaded = app()
    if (loaded === null) return { type: 'hello', version, header, app: null, role }
    const { spec, language, callable, file, line, runtime } = loaded
    return { type: 'hello', version, header, app: { spec, language, callable, file, line, runtime }, role }
  }

  /** @throws MessageError */
  #require(permission: Permission): void {
    if (!may(this.#options.role, permission)) {
      throw new MessageError('this page may only look: the server can be reached from other machines')
    }
  }

  #broadcast(events: readonly TraceEvent[]): void {
    const idle = this.#tail.length === 0
    this.#tail.push(...inParts(events))
    if (idle) this.#sendTail()
  }

  /** What follows a pause goes out at once, and of much that comes together a part in each turn. */
  #sendTail(): void {
    const events = this.#tail.shift()
    const last = events?.at(-1)
    if (events !== undefined && last !== undefined) {
      const message = new SharedMessage({ type: 'events', events })
      for (const viewer of this.#viewers) viewer.tail(message, last.seq + 1)
    }
    if (this.#tail.length > 0) inTurn(() => this.#sendTail())
  }

  #stopListening(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    this.#tail.length = 0
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

/** Closes a page's connection, at the latest when it has had time to answer. */
function end(page: WebSocket, code: number, reason: string): void {
  page.close(code, reason)
  const force = setTimeout(() => page.terminate(), CLOSE_MS)
  page.once('close', () => clearTimeout(force))
}
