/**
 * One connection through the tap: two sockets, whatever one says goes to the other. Bytes are passed on first; what the
 * trace says of them comes after, and cannot delay, alter or stop them.
 */
import { connect, type Socket } from 'node:net'
import type { Speaks } from '../../shared/gateway/types.ts'
import type { EventLog } from '../../shared/log/eventLog.ts'
import type { Side, TapInput } from '../../shared/tap/types.ts'
import { type Address, addressText, type ListenAddress } from '../bind.ts'
import { Observation } from './observation.ts'
import type { Observer } from './observer.ts'
import { reset } from './reset.ts'
import { Unread } from './unread.ts'

/** What all connections of a relay share. */
export interface TapEnvironment {
  target: ListenAddress
  /** The protocol by which requests come. */
  speaks: Speaks
  /** Where clients arrive, for connections that have no addresses. */
  at: Address
  now: () => number
  /** Null where nobody can ever watch. */
  log: EventLog | null
  /** Hears of bytes that passed, in either direction. */
  onPassed: (bytes: number) => void
  /** The server has said something. */
  onAnswered: () => void
  /** Who hears of a connection that a client has just opened; null for the tap's own reading of it. */
  observe: ((client: Socket) => Observer) | null
  /** The server could not be reached. */
  onUnreachable: (why: string) => void
  onLog: (text: string) => void
}

/** How long a client whose server cannot be reached may take to say what it wanted. */
const LAST_WORDS_MS = 1000

const WHY: Readonly<Record<string, string>> = {
  ECONNRESET: 'reset',
  EPIPE: 'closed while bytes were on their way',
  ETIMEDOUT: 'the network gave up',
}

/** @param code of the operating system's error. */
export function unreachable(target: ListenAddress, code: string | undefined): string {
  const where = addressText(target)
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${where}`
    case 'ENOENT':
      return `there is no socket at ${where}`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${'host' in target ? target.host : where} is no host that can be found`
    default:
      return `${where} cannot be reached (${code ?? 'no reason given'})`
  }
}

export class TapConnection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #shared: TapEnvironment
  #observation: Observer | null
  #connected = false
  /** Why the server could not be reached. */
  #unreachable: string | null = null
  readonly #ended: Record<Side, boolean> = { client: false, server: false }
  readonly #why: Record<Side, string> = { client: 'closed', server: 'closed' }
  #over = false
  #stopping = false

  constructor(client: Socket, shared: TapEnvironment) {
    this.#client = client
    this.#shared = shared
    this.#observation = shared.observe?.(client) ?? ownReading(client, shared)
    this.#hear({ kind: 'opened', now: shared.now() })
    this.#server = connect({ ...shared.target, allowHalfOpen: true, noDelay: true })
    this.#pump(client, this.#server, 'client')
    this.#pump(this.#server, client, 'server')
    this.#server.once('connect', () => {
      this.#connected = true
      this.#observation?.linked?.(this.#server.localPort ?? 0)
    })
  }

  /** Ends when the exchange that is under way does; asked again, looks again. */
  shutdown(): void {
    this.#stopping = true
    if (this.#observation?.idle ?? true) this.destroy()
  }

  /** Ends it at once. */
  destroy(): void {
    this.#end('tap', 'the tap stopped')
    this.#client.destroy()
    this.#server.destroy()
  }

  #pump(from: Socket, to: Socket, side: Side): void {
    from.on('data', (data: Buffer) => {
      if (to.writable && !to.write(data)) from.pause()
      this.#shared.onPassed(data.length)
      if (side === 'server') this.#shared.onAnswered()
      this.#hear({ kind: 'bytes', from: side, data, now: this.#shared.now() })
      if (side === 'client' && this.#unreachable !== null) this.#refuse(this.#unreachable)
      if (this.#stopping && this.#observation?.idle) this.destroy()
    })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      to.end()
      this.#ended[side] = true
      this.#hear({ kind: 'end', from: side, now: this.#shared.now() })
    })
    from.on('error', (error: NodeJS.ErrnoException) => {
      this.#why[side] = WHY[error.code ?? ''] ?? error.message
      if (side === 'server' && !this.#connected) this.#serverMissing(unreachable(this.#shared.target, error.code))
    })
    from.on('close', () => this.#closed(side, to))
  }

  /** Both sides have ended properly, or one is gone: then the other one is reset, as far as it is still there. */
  #closed(side: Side, other: Socket): void {
    if (this.#unreachable !== null && side === 'server') return
    if (this.#ended.client && this.#ended.server) return
    this.#end(side, `${this.#why[side]} by the ${side}`)
    if (!other.destroyed) reset(other)
  }

  /** What the client wants is read first, so that it is in the trace; then its connection ends like the one to the server. */
  #serverMissing(why: string): void {
    if (this.#over) return
    this.#unreachable = why
    this.#shared.onUnreachable(why)
    if (this.#client.bytesRead > 0) this.#refuse(why)
    else this.#client.setTimeout(LAST_WORDS_MS, () => this.#refuse(why))
  }

  #refuse(why: string): void {
    this.#end('server', why)
    reset(this.#client)
  }

  #end(by: Side | 'tap', why: string): void {
    if (this.#over) return
    this.#over = true
    this.#hear({ kind: 'gone', by, why, now: this.#shared.now() })
  }

  #hear(input: TapInput): void {
    try {
      this.#observation?.hear(input)
    } catch (error) {
      // A fault of whoever listens must not cost the two who talk anything.
      this.#observation = null
      this.#shared.onLog(
        `internal error, a connection is not shown any more: ${error instanceof Error ? error.stack : error}`,
      )
    }
  }
}

/** What the tap itself makes of a connection. */
export const ownReading = (
  client: Socket,
  { log, now, at, speaks }: Pick<TapEnvironment, 'log' | 'now' | 'at' | 'speaks'>,
): Observer => (log === null ? new Unread(now) : new Observation(client, at, speaks, log))
