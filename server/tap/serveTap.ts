/** The tap as a command runs it. */
import { connect } from 'node:net'
import { type Relay, type RelayOptions, startRelay } from './relay.ts'
import { type Address, unreachable } from './tapConnection.ts'

/** How long the server may take to say that it is there; after that it is asked no more. */
const LOOK_MS = 2_000

/**
 * Listens, and says so where nothing is behind it yet: that may come later.
 * @throws the operating system's error when it cannot listen.
 */
export async function serveTap(options: RelayOptions & { target: Address }): Promise<Relay> {
  const relay = await startRelay(options)
  const absent = await whyAbsent(options.target)
  if (absent !== null) options.onLog(`${absent} yet; requests are refused until something does`)
  return relay
}

/** Null where something listens, or nobody can tell in time. */
function whyAbsent(target: Address): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: LOOK_MS })
    const settle = (why: string | null) => {
      socket.destroy()
      resolve(why)
    }
    socket.once('connect', () => settle(null))
    socket.once('timeout', () => settle(null))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(unreachable(target, error.code)))
  })
}
