/** The tap as a command runs it. */
import { Socket } from 'node:net'
import { type Relay, type RelayOptions, startRelay } from './relay.ts'
import { type Address, unreachable } from './tapConnection.ts'

/** How long the server may take to say that it is there; after that it is asked no more. */
const LOOK_MS = 2_000
/** How long a connection to itself may take to be accepted. */
const ACCEPT_MS = 100

/** What it is to pass on to is itself, however that is spelled: each connection would bring another one. */
export class TapLoop extends Error {
  override readonly name = 'TapLoop'
}

/**
 * Listens, and says so where nothing is behind it yet: that may come later.
 * @throws TapLoop; the operating system's error when it cannot listen.
 */
export async function serveTap(options: RelayOptions & { target: Address }): Promise<Relay> {
  const look = new Socket()
  let isLoop = false
  const target = (client: Socket): Address | null => {
    if (client.remotePort !== look.localPort || plain(client.remoteAddress) !== plain(look.localAddress)) {
      return options.target
    }
    isLoop = true
    return null
  }
  const relay = await startRelay({ ...options, target })
  const absent = await whyAbsent(look, options.target)
  if (isLoop) {
    await relay.close(0)
    const { host, port } = options.target
    throw new TapLoop(`--to ${host}:${port} is the tap itself: name the port of the server that it is to listen in on`)
  }
  if (absent !== null) options.onLog(`${absent} yet; requests are refused until something does`)
  return relay
}

/** The same IPv4 address may be told as one of IPv6 at one end of a connection (RFC 4291 section 2.5.5.2). */
const plain = (address = ''): string => address.replace(/^::ffff:/i, '')

/** Null where something listens, or nobody can tell in time. */
function whyAbsent(socket: Socket, target: Address): Promise<string | null> {
  return new Promise((resolve) => {
    socket.setTimeout(LOOK_MS)
    const settle = (why: string | null) => {
      socket.destroy()
      resolve(why)
    }
    // The server's side of it is accepted in a later turn.
    socket.once('connect', () => setTimeout(() => settle(null), ACCEPT_MS))
    socket.once('timeout', () => settle(null))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(unreachable(target, error.code)))
    socket.connect(target)
  })
}
