/** The tap's port: a transparent relay between any client and any server. */
import { createServer, type Socket } from 'node:net'
import * as z from 'zod'
import type { Speaks } from '../../shared/gateway/types.ts'
import { type Address, bind, type ListenAddress, written } from '../bind.ts'
import { nowAndThen } from '../nowAndThen.ts'
import { youngCollections } from '../youngCollections.ts'
import { reset } from './reset.ts'
import { ownReading, TapConnection, type TapEnvironment } from './tapConnection.ts'

/** How long a stopping tap waits for exchanges that are under way. */
const SHUTDOWN_MS = 10_000

/** How often it looks whether they have ended: silence is no event. */
const LOOK_MS = 100

/** What each socket buffers before the other side is not read any more. */
const HIGH_WATER_MARK = 64 * 1024

/** Connections at a time, unless there are too few file descriptors for them, and descriptors that are for other things. */
const MOST_CONNECTIONS = 4096
const OTHER_DESCRIPTORS = 128

/** `Target`: where the server is; a function where that changes. Null while there is none: clients are then turned away. */
export interface RelayOptions<Target = ListenAddress> extends Pick<TapEnvironment, 'now' | 'log' | 'onLog'> {
  /** The protocol by which requests come; `http` unless told otherwise. */
  speaks?: Speaks
  target: Target
  /** Where to listen; port 0 picks a free one. */
  address: ListenAddress
  /** Who hears of a connection that a client has just opened, in place of the tap's own reading. */
  observe?: TapEnvironment['observe']
  /** Whether a client is served now is not for the relay to say: `begin` does it. */
  admit?: (client: Socket, begin: () => void) => void
  /** Connections at a time, and in a row that the server does not answer; the next one is turned away. */
  most?: number
}

export interface Relay {
  /** Of a Unix domain socket, `unix:` and its path, and port 0. */
  readonly address: Address
  /** Accepts no more, lets exchanges under way end (for at most `graceMs`), then closes everything. */
  close(graceMs?: number): Promise<void>
}

/** @throws the operating system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND) when it cannot listen. */
export async function startRelay(
  options: RelayOptions<ListenAddress | ((client: Socket) => ListenAddress | null)>,
): Promise<Relay> {
  const { address, target, now, log, onLog, observe = null, most = mostConnections() } = options
  const connections = new Set<TapConnection>()
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER_MARK })
  const at = written(address, await bind(server, address, onLog))
  const onUnreachable = nowAndThen(onLog)
  /** Connections since the server last said something. */
  let unanswered = 0
  const onAnswered = () => {
    unanswered = 0
  }
  const onPassed = youngCollections()
  const shared = { now, log, at, speaks: options.speaks ?? 'http', observe, onPassed, onAnswered, onUnreachable, onLog }
  const onTooMany = nowAndThen(onLog)

  const whyTooMany = (): string | null => {
    if (unanswered < most) return connections.size < most ? null : `${most} are open already`
    // In a circle of taps this ends the chain, whose connections may come and go as fast as they are opened.
    unanswered = 0
    return `the server has answered none of the last ${most}; does --to lead back to this tap?`
  }

  let onAllGone: (() => void) | null = null
  server.on('connection', (client: Socket) => {
    if (options.admit === undefined) begin(client)
    else options.admit(client, () => begin(client))
  })
  const begin = (client: Socket) => {
    // A client that is gone before it was accepted has no address any more.
    if (!('path' in address) && client.remoteAddress === undefined) {
      client.destroy()
      return
    }
    const turnAway = (by: 'tap' | 'server', why: string): void => {
      const observer = observe?.(client) ?? ownReading(client, shared)
      observer.hear({ kind: 'gone', by, why, now: now() })
      cutOff(client)
    }
    const why = whyTooMany()
    if (why !== null) {
      onTooMany(`a connection was turned away: ${why}`)
      turnAway('tap', why)
      return
    }
    const to = typeof target === 'function' ? target(client) : target
    if (to === null) {
      turnAway('server', 'there is no server')
      return
    }
    unanswered++
    const connection = new TapConnection(client, { ...shared, target: to })
    connections.add(connection)
    client.once('close', () => {
      connections.delete(connection)
      if (connections.size === 0) onAllGone?.()
    })
  }

  const close = async (graceMs = SHUTDOWN_MS): Promise<void> => {
    server.close()
    const shutdown = () => {
      for (const connection of connections) connection.shutdown()
    }
    shutdown()
    if (connections.size === 0) return
    const look = setInterval(shutdown, LOOK_MS)
    const gone = new Promise<void>((resolve) => {
      onAllGone = resolve
    })
    const force = setTimeout(() => {
      onLog(`closed unfinished after ${graceMs / 1000} s: ${connections.size} connections`)
      for (const connection of connections) connection.destroy()
    }, graceMs)
    await gone
    for (const timer of [force, look]) clearTimeout(timer)
  }
  return { address: at, close }
}

function cutOff(client: Socket): void {
  // It may be gone by itself by now.
  client.on('error', () => client.destroy())
  reset(client)
}

/** Each connection takes two file descriptors. */
function mostConnections(): number {
  // Else the name of each peer is asked for, which takes its time.
  Object.assign(process.report, { excludeNetwork: true })
  const report: unknown = process.report.getReport()
  const { data } = DescriptorLimit.safeParse(report)
  const limit = data?.userLimits.open_files.soft
  if (typeof limit !== 'number') return MOST_CONNECTIONS
  return Math.max(1, Math.min(MOST_CONNECTIONS, Math.floor((limit - OTHER_DESCRIPTORS) / 2)))
}

const DescriptorLimit = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.string()]) }) }),
})
