/**
 * The server this page came from, over `/live`. After a loss the page says what it has (the run, and the next `seq`)
 * and is sent what it missed; a server with another run has been restarted, and sends everything.
 * Longer than 250 lines: the connection, its loss and every message of the server are one conversation.
 */
import { decode, encode } from '@msgpack/msgpack'
import { assertNever } from '../../shared/assertNever.ts'
import { Coherence } from '../../shared/trace/coherence.ts'
import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'
import type { ExchangeSummary } from '../../shared/trace/summary.ts'
import { type PageMessage, ServerMessage } from '../../shared/wire.ts'
import { Questions } from './questions.ts'
import type { ClientCommands, ServerSource, SourceListener } from './source.ts'

/** The part of a WebSocket that this needs, so that any implementation of the standard one will do. */
export interface Connection {
  binaryType: string
  readonly readyState: number
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: (() => void) | null
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
}

export interface LiveOptions {
  connect: () => Connection
  /** Calls back after `ms` milliseconds; returns how to call it off. */
  later: (ms: number, callback: () => void) => () => void
}

/** Quick at first, since most losses are a restart; never more than five seconds, since somebody is waiting. */
const BACKOFF_MS = [250, 500, 1000, 2000, 5000] as const
const OPEN = 1

export class LiveSource implements ServerSource {
  readonly kind = 'server'
  readonly commands: ClientCommands
  readonly #options: LiveOptions
  #listener: SourceListener | null = null
  #connection: Connection | null = null
  #callOff: (() => void) | null = null
  #failures = 0
  #run: string | null = null
  #next = 0
  /** The parts of a snapshot that have come. */
  #snapshot = emptySnapshot()
  /** Of the events that came, whether each can be true. */
  #coherence = new Coherence('anywhere')
  #contradicted = false
  readonly #bytes = new Questions<Uint8Array | null>()
  readonly #exchanges = new Questions<readonly TraceEvent[] | 'letGo' | 'lost'>()
  /** Of exchanges that were asked for, the parts that have come. */
  readonly #parts = new Map<number, TraceEvent[]>()

  constructor(options: LiveOptions) {
    this.#options = options
    this.commands = {
      run: (id, line) => this.#say({ type: 'client.run', id, line }, id),
      raw: (id, bytes) => this.#say({ type: 'client.raw', id, bytes: new Uint8Array(bytes) }, id),
      cancel: (id) => this.#say({ type: 'client.cancel', id }, id),
    }
  }

  start(listener: SourceListener): void {
    this.#listener = listener
    listener.onStatus('connecting')
    this.#connect()
  }

  stop(): void {
    this.#listener = null
    this.#callOff?.()
    this.#callOff = null
    this.#drop()
  }

  restartServer(): void {
    this.#send({ type: 'server.restart' })
  }

  fetchBytes(seq: number): Promise<Uint8Array | null> {
    return this.#bytes.ask(seq, null, () => this.#send({ type: 'bytes.get', seq }))
  }

  fetchExchange(id: number): Promise<readonly TraceEvent[] | 'letGo' | 'lost'> {
    return this.#exchanges.ask(id, 'lost', () => this.#send({ type: 'exchange.get', id }))
  }

  #connect(): void {
    const connection = this.#options.connect()
    this.#connection = connection
    connection.binaryType = 'arraybuffer'
    connection.onopen = () => this.#send({ type: 'resume', run: this.#run, next: this.#next })
    connection.onmessage = ({ data }) => this.#receive(data)
    connection.onclose = () => this.#lost()
  }

  #lost(): void {
    this.#drop()
    const wait = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)] ?? 5000
    this.#failures += 1
    this.#listener?.onStatus('lost')
    this.#callOff = this.#options.later(wait, () => this.#connect())
  }

  #drop(): void {
    const connection = this.#connection
    this.#connection = null
    this.#snapshot = emptySnapshot()
    this.#parts.clear()
    this.#bytes.answerAll(null)
    this.#exchanges.answerAll('lost')
    if (connection === null) return
    connection.onopen = null
    connection.onmessage = null
    connection.onclose = null
    connection.close()
  }

  /** A command that cannot be sent is over at once, or the terminal would wait for it. */
  #say(message: PageMessage, id: number): void {
    if (!this.#send(message)) this.#listener?.onClientDone(id, 7)
  }

  #send(message: PageMessage): boolean {
    if (this.#connection?.readyState !== OPEN) return false
    this.#connection.send(encode(message))
    return true
  }

  #receive(data: unknown): void {
    const listener = this.#listener
    if (listener === null) return
    const message = readMessage(data)
    if (message instanceof Error) {
      // What one side says and the other cannot read will not get better by asking again.
      listener.onProblem(message.message)
      return
    }
    switch (message.type) {
      case 'hello': {
        const restarted = this.#run !== null && this.#run !== message.header.run
        if (this.#run !== message.header.run) {
          this.#next = 0
          this.#coherence = new Coherence('anywhere')
          this.#contradicted = false
        }
        this.#run = message.header.run
        this.#failures = 0
        listener.onHello({ header: message.header, app: message.app, role: message.role, restarted })
        listener.onStatus('live')
        return
      }
      case 'snapshot': {
        if (message.part === 0) {
          this.#snapshot = emptySnapshot()
          this.#coherence = new Coherence('anywhere')
        }
        const snapshot = this.#snapshot
        for (const exchange of message.exchanges) snapshot.exchanges.push(exchange)
        for (const line of message.lines) snapshot.lines.push(line)
        for (const event of this.#coherent(message.events, this.#coherence)) snapshot.events.push(event)
        if (!message.last) return
        this.#next = message.next
        this.#snapshot = emptySnapshot()
        listener.onSnapshot({ ...snapshot, next: message.next, letGo: message.letGo })
        return
      }
      case 'exchange':
        this.#takeExchange(message)
        return
      case 'events':
        this.#next = nextAfter(message.events, this.#next)
        listener.onEvents(this.#coherent(message.events, this.#coherence))
        return
      case 'counts': {
        const { type: _, ...counts } = message
        listener.onCounts(counts)
        return
      }
      case 'bytes':
        this.#bytes.answer(message.seq, message.bytes)
        return
      case 'client.output':
        listener.onClientOutput(message.id, message.stream, message.bytes)
        return
      case 'client.heard':
        listener.onClientHeard(message.id, message.port)
        return
      case 'client.done':
        listener.onClientDone(message.id, message.code)
        return
      case 'error':
        listener.onProblem(message.message)
        return
      default:
        assertNever(message)
    }
  }

  #takeExchange({ id, last, events }: Extract<ServerMessage, { type: 'exchange' }>): void {
    const parts = this.#parts.get(id) ?? []
    for (const event of events ?? []) parts.push(event)
    this.#parts.set(id, parts)
    if (!last) return
    this.#parts.delete(id)
    this.#exchanges.answer(id, events === null ? 'letGo' : this.#coherent(parts, new Coherence('anywhere')))
  }

  /** Those that contradict the ones before them are left out, since nothing can be drawn from them; it is said once. */
  #coherent(events: readonly TraceEvent[], coherence: Coherence): TraceEvent[] {
    return events.filter((event) => {
      const fault = coherence.fault(event)
      if (fault !== null && !this.#contradicted) {
        this.#contradicted = true
        const { kind, seq } = event
        this.#listener?.onProblem(`an event of the server is left out, ${kind} (seq ${seq}): ${fault}`)
      }
      return fault === null
    })
  }
}

const emptySnapshot = () => ({
  exchanges: [] as ExchangeSummary[],
  lines: [] as EventOf<'log.line'>[],
  events: [] as TraceEvent[],
})

const nextAfter = (events: readonly TraceEvent[], before: number): number => (events.at(-1)?.seq ?? before - 1) + 1

/** A message of the server, or what is wrong with it. */
function readMessage(data: unknown): ServerMessage | Error {
  if (!(data instanceof ArrayBuffer)) return new Error('the server sent text where msgpack was expected')
  try {
    const parsed = ServerMessage.safeParse(decode(data))
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    return new Error(`the server sent what this page cannot read: ${issue?.path.join('.')}: ${issue?.message}`)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** `/live` of the server that the page came from. */
export function liveUrl(location: { protocol: string; host: string }): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`
}

/** The live source of a browser's page. */
export function browserLive(): LiveSource {
  return new LiveSource({
    connect: () => new WebSocket(liveUrl(window.location)) as Connection,
    later: (ms, callback) => {
      const timer = window.setTimeout(callback, ms)
      return () => window.clearTimeout(timer)
    },
  })
}
