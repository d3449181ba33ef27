/**
 * What all sockets of a server read into. Node makes a new buffer of 64 KiB for every read of a socket that a server has
 * accepted, which is a tenth of all that a small request costs; a socket that is made by hand can be given one buffer for
 * all its reads (`onread` of net.Socket), an accepted one cannot. Here it is given one all the same, in the places where
 * this Node is seen to keep it. Where that is not so, and on Windows, where the kernel writes to buffers of several
 * sockets at a time, `data` events serve as they always do.
 */
import { Socket } from 'node:net'

const SIZE = 64 * 1024

type OnData = (data: Buffer) => void
type Callback = (length: number, into: Uint8Array) => boolean

/** Where a socket keeps what `onread` said. */
interface Places {
  buffer: symbol
  callback: symbol
}

const PLACES = process.platform === 'win32' ? null : findPlaces()
const INTO = Buffer.allocUnsafeSlow(SIZE)

/** Calls `onData` with what arrives, from now on; each time with memory that nobody writes to again. */
export function readShared(socket: Socket, onData: OnData): void {
  if (PLACES === null || !giveBuffer(socket)) {
    socket.on('data', onData)
    return
  }
  const callback: Callback = (length) => {
    const data = Buffer.allocUnsafe(length)
    INTO.copy(data, 0, 0, length)
    onData(data)
    return true
  }
  Reflect.set(socket, PLACES.buffer, INTO)
  Reflect.set(socket, PLACES.callback, callback)
  socket.resume()
}

/** Asks the handle to read into the buffer, as net.Socket does with one of its own. */
function giveBuffer(socket: Socket): boolean {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null) return false
  const give: unknown = Reflect.get(handle, 'useUserBuffer')
  if (typeof give !== 'function') return false
  Reflect.apply(give, handle, [INTO])
  return true
}

function findPlaces(): Places | null {
  const buffer = new Uint8Array(1)
  const callback: Callback = () => true
  const options = { allowHalfOpen: true, onread: { buffer, callback } }
  const probe = new Socket(options)
  const placeOf = (value: unknown) =>
    Object.getOwnPropertySymbols(probe).find((symbol) => Reflect.get(probe, symbol) === value)
  const places = { buffer: placeOf(buffer), callback: placeOf(callback) }
  probe.destroy()
  return places.buffer === undefined || places.callback === undefined
    ? null
    : { buffer: places.buffer, callback: places.callback }
}
