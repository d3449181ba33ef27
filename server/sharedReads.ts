/**
 * What all sockets of a server read into. Node makes a new buffer of 64 KiB for every read of a socket that a server has
 * accepted, which is a tenth of all that a small request costs; a socket that is made by hand can be given one buffer for
 * all its reads, or another one for each (`onread` of net.Socket); an accepted one cannot. Here it is given one all the same,
 * in the places where this Node is seen to keep it. Where that is not so, and on Windows, where the kernel writes to buffers of several
 * sockets at a time, `data` events serve as they always do.
 */
import { Socket } from 'node:net'

const SIZE = 64 * 1024
/** For who has memory of its own for what is long: little of what is read at once is kept for longer. */
const LARGE = 256 * 1024

/** Who has memory of its own for what comes next. */
export interface ReadsInto {
  /** Null where what comes is to be given to `onData`. */
  readonly into: Uint8Array | null
  /** So many bytes have been read into it. */
  read(length: number): void
}

type OnData = (data: Buffer) => void
type Callback = (length: number, into: Uint8Array) => boolean

/** Where a socket keeps what `onread` said. */
interface Places {
  buffer: symbol
  next: symbol
  callback: symbol
}

const PLACES = process.platform === 'win32' ? null : findPlaces()
const INTO = Buffer.allocUnsafeSlow(SIZE)
const INTO_LARGE = Buffer.allocUnsafeSlow(LARGE)

/** Calls `onData` with what arrives, from now on; each time with memory that nobody writes to again. */
export function readShared(socket: Socket, onData: OnData, own: ReadsInto | null = null): void {
  const shared = own === null ? INTO : INTO_LARGE
  if (PLACES === null || !giveBuffer(socket, shared)) {
    socket.on('data', onData)
    return
  }
  const callback: Callback = (length, into) => {
    if (into !== shared) {
      own?.read(length)
      return true
    }
    const data = Buffer.allocUnsafe(length)
    shared.copy(data, 0, 0, length)
    onData(data)
    return true
  }
  Reflect.set(socket, PLACES.buffer, shared)
  if (own !== null) Reflect.set(socket, PLACES.next, () => own.into ?? shared)
  Reflect.set(socket, PLACES.callback, callback)
  socket.resume()
}

/** Asks the handle to read into the buffer, as net.Socket does with one of its own. */
function giveBuffer(socket: Socket, buffer: Buffer): boolean {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null) return false
  const give: unknown = Reflect.get(handle, 'useUserBuffer')
  if (typeof give !== 'function') return false
  Reflect.apply(give, handle, [buffer])
  return true
}

function findPlaces(): Places | null {
  const buffer = new Uint8Array(1)
  const next = () => buffer
  const callback: Callback = () => true
  // By way of a name: the types know `onread` only where a connection is made.
  const withBuffer = { allowHalfOpen: true, onread: { buffer, callback } }
  const withNext = { allowHalfOpen: true, onread: { buffer: next, callback } }
  const given = placesOf(new Socket(withBuffer), { buffer, callback })
  const made = placesOf(new Socket(withNext), { next })
  const { buffer: kept, callback: called } = given
  return kept === undefined || called === undefined || made.next === undefined
    ? null
    : { buffer: kept, next: made.next, callback: called }
}

/** The symbols under which a socket keeps these values. */
function placesOf<K extends string>(probe: Socket, values: Record<K, unknown>): Partial<Record<K, symbol>> {
  const places: Partial<Record<K, symbol>> = {}
  for (const symbol of Object.getOwnPropertySymbols(probe)) {
    for (const name in values) if (Reflect.get(probe, symbol) === values[name]) places[name] = symbol
  }
  probe.destroy()
  return places
}
