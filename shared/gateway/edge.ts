/**
 * What the driver of a connection needs of the platform that it runs on: a byte pipe to the client, somewhere to keep what
 * arrives of a body, a clock and turns. Sockets and files are one such edge; a page's worker can be another.
 */
import type { Body } from './host.ts'
import type { Input, Output } from './types.ts'

/**
 * The byte pipe to one client. What it is given and the client has not taken waits in it, and it says `backlogChanged` to
 * the driver when something begins to wait, when no more should be given to it, and when the client has taken of it.
 */
export interface Transport {
  /** `parts` are `length` bytes together. Not called once it is gone. */
  send(parts: Uint8Array[], length: number): void
  /** What waits for the client, as `backlog` inputs say it. */
  readonly backlog: Omit<Extract<Input, { kind: 'backlog' }>, 'kind' | 'now'>
  /** Whether anything does. */
  readonly waiting: boolean
  /** Looks what the client has taken since; called every now and then while something waits. */
  look(): void
  /** Whether the client's bytes are read; those that are not keep the client from sending more. */
  setReading(on: boolean): void
  /** Ends this side; what the client goes on to send still arrives. */
  end(): void
  /** Ends both sides at once. What waits is given up. */
  destroy(): void
  /** Nothing can be sent any more; that it is closed has been said, or is going to be. */
  readonly gone: boolean
}

/** The body of a request, while it arrives. */
export interface IncomingBody {
  add(data: Uint8Array): void
  /** All of it has come. A promise where it is still being written. @throws where it could not be kept */
  complete(): Body | Promise<Body>
  /** It is not needed any more. */
  discard(): void
}

export interface BodyStore {
  /** `onPace` hears false when a body arrives faster than it can be kept, and true when that is over. */
  open(onPace: (keepsUp: boolean) => void): IncomingBody
}

export interface Scheduler {
  /** Microseconds since the run began; never decreases. */
  now(): number
  /** Behind what runs now, before anything that comes from outside. */
  soon(task: () => void): void
  /** In a turn of its own, so that others have theirs before. */
  nextTurn(task: () => void): void
}

/** Hears of all that one connection is given and decides, where that is kept. */
export interface ConnectionRecorder {
  /** Whether anything of it may be looked at later. */
  readonly keeps: boolean
  /** Whether somebody sees what happens now. */
  readonly traced: boolean
  recordAll(inputs: readonly Input[], outputs: readonly Output[]): void
  /** The number in the run of the exchange that the connection counts as its `ordinal`th, where that is known. */
  numberOf(ordinal: number): number | null
}

/** Where nobody can ever look: keeps nothing, and numbers the exchanges all the same. */
export const unrecorded = (nextNumber: () => number): ConnectionRecorder => ({
  keeps: false,
  traced: false,
  recordAll: () => undefined,
  numberOf: nextNumber,
})
