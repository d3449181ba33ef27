import type { Socket } from 'node:net'

/** Ends a connection so that the other side knows it was not in order: by a reset; a Unix domain socket has none, and is closed. */
export function reset(socket: Socket): void {
  try {
    socket.resetAndDestroy()
  } catch (error) {
    // What Node says of a socket that is not TCP.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_HANDLE_TYPE')) throw error
    socket.destroy()
  }
}
