/** A port of the gateway, or a Unix domain socket: a listener whose connections each have a gateway. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Host } from '../shared/gateway/host.ts'
import type { Limits, Speaks } from '../shared/gateway/types.ts'
import type { EventLog } from '../shared/log/eventLog.ts'
import { serverName } from '../shared/wsgi/environ.ts'
import { bind, type ListenAddress, written } from './bind.ts'
import { RequestBody, SpoolFolder } from './bodySpool.ts'
import { Connection, type ConnectionEnvironment } from './connection.ts'
import { DEFAULT_SEND_LIMITS, SendBudget, type SendLimits } from './sendQueue.ts'
import { youngCollections } from './youngCollections.ts'

/** Beyond this many, a connection is accepted and closed at once. */
const MAX_CONNECTIONS = 4096

/** Addresses that stand for all of this machine's. */
const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** How often deadlines are looked at. They are seconds; being this late does not matter. */
const DEADLINE_CHECK_MS = 100

/** After this long it is said what is waited for. */
const SAID_MS = 1000

/** How long a stopping server waits for answers that are under way. */
const SHUTDOWN_MS = 10_000

export interface ListenOptions {
  /** Where to listen; port 0 picks a free one. */
  address: ListenAddress
  /** The protocol by which requests come; `http` unless told otherwise. */
  speaks?: Speaks
  host: Host
  now: () => number
  startedAt: number
  limits: Limits
  /** Null where nobody can ever watch. */
  log: EventLog | null
  maxConnections?: number
  /** In place of DEFAULT_SEND_LIMITS. */
  sendLimits?: SendLimits
  /** In place of a count of this listener's own, where several have one host. */
  nextNumber?: () => number
  onAppOutput: ConnectionEnvironment['onAppOutput']
  onLog: ConnectionEnvironment['onLog']
}

export interface Listener {
  /** Of a Unix domain socket, `unix:` and its path, and port 0. */
  readonly address: { host: string; port: number }
  /** Accepts no more, lets answers under way end (for at most `graceMs`), then closes everything. */
  close(graceMs?: number): Promise<void>
}

/** @throws the operating system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND) when it cannot listen. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host, now } = options
  const spool = new SpoolFolder()
  const connections = new Set<Connection>()
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS
  const { address } = options
  const port = await bind(server, address, options.onLog)
  const known = written(address, port)
  const shared: ConnectionEnvironment = {
    host,
    scheduler: { now, soon: process.nextTick, nextTurn: setImmediate },
    bodies: { open: (onPace) => new RequestBody(spool, onPace) },
    spool,
    sendBudget: new SendBudget(options.sendLimits ?? DEFAULT_SEND_LIMITS, options.onLog),
    gateway: {
      ...('path' in address ? OF_NO_NAME : { serverName: serverName(address.host), serverPort: port }),
      speaks: options.speaks ?? 'http',
      multithread: host.multithread,
      multiprocess: host.multiprocess,
      startedAt: options.startedAt,
      limits: options.limits,
    },
    local: 'path' in address ? known : localAddress(server, port),
    log: options.log,
    nextNumber: options.nextNumber ?? counter(),
    onPassed: youngCollections(),
    onAppOutput: options.onAppOutput,
    onLog: options.onLog,
  }

  let onAllGone: (() => void) | null = null
  server.on('connection', (socket: Socket) => {
    // A client that is gone before it was accepted has no address any more.
    if (!('path' in address) && socket.remoteAddress === undefined) {
      socket.destroy()
      return
    }
    const connection = new Connection(socket, shared)
    connections.add(connection)
    socket.once('close', () => {
      connections.delete(connection)
      if (connections.size === 0) onAllGone?.()
    })
  })
  logDropped(server, options)
  const deadlines = setInterval(() => {
    const time = now()
    for (const connection of connections) connection.checkDeadlines(time)
  }, DEADLINE_CHECK_MS)

  const close = async (graceMs = SHUTDOWN_MS): Promise<void> => {
    server.close()
    for (const connection of connections) connection.shutdown()
    if (connections.size > 0) {
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => {
          options.onLog(`closed unfinished after ${graceMs / 1000} s: ${connections.size} connections`)
          for (const connection of connections) connection.abort()
        }, graceMs)
        const said = setTimeout(() => {
          const seconds = Math.round((graceMs - SAID_MS) / 1000)
          options.onLog(`waiting for answers to end (connections: ${connections.size}), ${seconds} s more at the most`)
        }, SAID_MS)
        if (graceMs <= SAID_MS) clearTimeout(said)
        onAllGone = () => {
          clearTimeout(said)
          clearTimeout(force)
          resolve()
        }
      })
    }
    clearInterval(deadlines)
    await spool.remove()
  }
  return { address: known, close }
}

/** PEP 3333 wants both, and a path has neither: for a request that does not bring them. */
const OF_NO_NAME = { serverName: 'localhost', serverPort: 80 }

/** Counts from 1. */
export function counter(): () => number {
  let count = 0
  return () => ++count
}

/** Where all clients arrive, or null where each may have come to another of this machine's addresses. */
function localAddress(server: Server, port: number): { host: string; port: number } | null {
  const bound = server.address()
  if (bound === null || typeof bound !== 'object' || ANY.has(bound.address)) return null
  return { host: bound.address, port }
}

/** One line when connections begin to be turned away; how many it were, once a second. */
function logDropped(server: Server, { onLog, maxConnections = MAX_CONNECTIONS }: ListenOptions): void {
  let dropped = 0
  server.on('drop', () => {
    if (dropped++ > 0) return
    setTimeout(() => {
      onLog(`closed at once, as ${maxConnections} connections are open already: ${dropped} more`)
      dropped = 0
    }, 1000).unref()
  })
}
