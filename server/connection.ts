/** One accepted socket, as a transport of the gateway's driver: what the client does not take waits in memory and on disk. */
import type { Socket } from 'node:net'
import { createGateway } from '../shared/gateway/connection.ts'
import { Driver, type DriverEnvironment } from '../shared/gateway/driver.ts'
import { type ConnectionRecorder, type Transport, unrecorded } from '../shared/gateway/edge.ts'
import type { Gateway, GatewayOptions } from '../shared/gateway/types.ts'
import type { EventLog } from '../shared/log/eventLog.ts'
import type { Replayer } from '../shared/log/inputSegment.ts'
import { serverName } from '../shared/wsgi/environ.ts'
import type { SpoolFolder } from './bodySpool.ts'
import { type SendBudget, SendQueue } from './sendQueue.ts'
import { readShared } from './sharedReads.ts'

/** What all connections of a listener share. */
export interface ConnectionEnvironment extends DriverEnvironment {
  readonly spool: SpoolFolder
  readonly sendBudget: SendBudget
  readonly gateway: Omit<GatewayOptions, 'peer' | 'local' | 'trace' | 'resume'>
  /** Where clients arrive; null where that is told by each socket alone, since the server listens on any address. */
  readonly local: { host: string; port: number } | null
  /** Null where nobody can ever watch. */
  readonly log: EventLog | null
  /** Numbers the exchanges that reach the application, where no log does. */
  readonly nextNumber: () => number
}

/** The parts of a `clientGone` that say more than that the client is gone. */
const WHY: Readonly<Record<string, string>> = {
  ECONNRESET: 'reset by the client',
  EPIPE: 'the client closed while bytes were on their way',
  ETIMEDOUT: 'the network gave up',
}

/** Written out: a copy of an object of unknown shape costs as much as all else that is made for a connection. */
function gatewayOptions(socket: Socket, { gateway, local, log }: ConnectionEnvironment): GatewayOptions {
  const { serverPort, multithread, multiprocess, startedAt, limits, speaks = 'http' } = gateway
  return {
    // Of a server that listens on any address, the one that was reached: 0.0.0.0 and :: are no names.
    serverName: local === null ? serverName(socket.localAddress ?? '') : gateway.serverName,
    serverPort,
    multithread,
    multiprocess,
    startedAt,
    limits,
    speaks,
    trace: log?.wantsAll ?? false,
    allocate: Buffer.allocUnsafe,
    peer: { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: local ?? { host: socket.localAddress ?? '', port: socket.localPort ?? 0 },
  }
}

/** Made here, where it can hold nothing but the options: what is recorded outlives its socket. */
const replayerOf =
  (options: GatewayOptions): Replayer =>
  (resume) =>
    createGateway({ ...options, trace: true, ...(resume === null ? {} : { resume }) })

/** In a function of its own, for the same reason. */
function recorderOf(
  gateway: Gateway,
  options: GatewayOptions,
  { log, nextNumber }: ConnectionEnvironment,
): ConnectionRecorder {
  return log?.recorder(gateway, replayerOf(options)) ?? unrecorded(nextNumber)
}

export class Connection implements Transport {
  readonly #socket: Socket
  readonly #driver: Driver
  readonly #queue: SendQueue
  #why = 'closed by the client'

  constructor(socket: Socket, shared: ConnectionEnvironment) {
    this.#socket = socket
    const options = gatewayOptions(socket, shared)
    this.#driver = new Driver(options, this, shared, (gateway) => recorderOf(gateway, options, shared))
    this.#queue = new SendQueue({
      socket,
      folder: shared.spool,
      budget: shared.sendBudget,
      onChange: () => this.#driver.backlogChanged(),
      onLost: (error) => {
        shared.onLog(`what waited on disk for a client cannot be read: ${String(error)}`)
        this.#why = 'what waited for the client on disk could not be read'
        socket.destroy()
      },
    })
    socket.on('end', () => this.#driver.ended())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#why = WHY[error.code ?? ''] ?? error.message
    })
    socket.on('close', () => {
      this.#queue.discard()
      this.#driver.closed(this.#why)
    })
    this.#driver.open()
    readShared(socket, (data) => this.#driver.received(data))
  }

  shutdown(): void {
    this.#driver.shutdown()
  }

  /** Called every now and then: tells the gateway of deadlines that have passed. */
  checkDeadlines(now: number): void {
    this.#driver.checkDeadlines(now)
  }

  /** Ends it without asking anybody. */
  abort(): void {
    this.#why = 'the server stopped'
    this.#driver.destroy()
  }

  send(parts: Uint8Array[], length: number): void {
    this.#queue.send(parts, length)
  }

  get backlog(): SendQueue {
    return this.#queue
  }

  get waiting(): boolean {
    return this.#queue.waiting
  }

  look(): void {
    this.#queue.look()
  }

  setReading(on: boolean): void {
    if (on === !this.#socket.isPaused()) return
    if (on) this.#socket.resume()
    else this.#socket.pause()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  get gone(): boolean {
    return this.#socket.destroyed
  }
}
