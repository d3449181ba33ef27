/** The tap as a command runs it. */
import { Socket } from 'node:net'
import { addressText, type ListenAddress } from '../bind.ts'
import { Door } from './door.ts'
import { type Relay, type RelayOptions, startRelay } from './relay.ts'
import { unreachable } from './tapConnection.ts'

/** How long the server may take to say that it is there; after that it is asked no more. */
const LOOK_MS = 2_000
/** How long a connection that leads back may take to arrive here, and to end. */
const ARRIVE_MS = 100
/** What comes and goes with so many connections in a row is no client that happens to. */
const TRIES = 3

/** What it is to pass on to leads back to itself, however that is spelled: each connection would bring another one. */
export class TapLoop extends Error {
  override readonly name = 'TapLoop'
}

/**
 * Listens, and says so where nothing is behind it yet: that may come later. Clients that come meanwhile wait.
 * @throws TapLoop; the operating system's error when it cannot listen.
 */
export async function serveTap(options: RelayOptions & { target: ListenAddress }): Promise<Relay> {
  const { target, onLog } = options
  const door = new Door()
  const relay = await startRelay({ ...options, admit: (client, begin) => door.admit(client, begin) })
  for (let tries = 0; ; tries++) {
    const { absent, leadsBack } = await look(target, door)
    if (tries === 0 && absent !== null) onLog(`${absent} yet; requests are refused until something does`)
    if (!leadsBack) break
    if (tries + 1 < TRIES) continue
    door.close()
    await relay.close(0)
    const { address } = relay
    const isItself = 'port' in target ? target.port === address.port : addressText(target) === address.host
    const what = isItself ? 'is the tap itself' : 'leads back to the tap itself, over another one'
    throw new TapLoop(`--to ${addressText(target)} ${what}: name the address of the server that it is to listen in on`)
  }
  door.open()
  return relay
}

/** Opens a connection and ends it without a word; `absent` says why there was none. */
async function look(target: ListenAddress, door: Door): Promise<{ absent: string | null; leadsBack: boolean }> {
  const before = new Set(door.waiting)
  const socket = new Socket()
  const absent = await connected(socket, target)
  const came = () => door.waiting.filter((client) => !before.has(client))
  if (absent === null) await within(ARRIVE_MS, () => came().length > 0)
  const arrived = came()
  socket.destroy()
  const ended = () => arrived.some((client) => door.hasLeft(client))
  if (arrived.length > 0) await within(ARRIVE_MS, ended)
  return { absent, leadsBack: ended() }
}

/** Null where something listens, or nobody can tell in time. */
function connected(socket: Socket, target: ListenAddress): Promise<string | null> {
  return new Promise((resolve) => {
    socket.setTimeout(LOOK_MS, () => resolve(null))
    socket.once('connect', () => resolve(null))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(unreachable(target, error.code)))
    socket.connect(target)
  })
}

/** Waits until it holds, for so long at most, and through some turns of the event loop however long these take. */
async function within(ms: number, holds: () => boolean): Promise<void> {
  const until = performance.now() + ms
  for (let turn = 0; !holds() && (turn < TURNS || performance.now() < until); turn++)
    await new Promise((resolve) => setTimeout(resolve, 2))
}

const TURNS = 20
