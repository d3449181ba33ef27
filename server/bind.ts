import type { Server } from 'node:net'
import { nowAndThen } from './nowAndThen.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** A port, or a Unix domain socket by its absolute path. */
export type ListenAddress = Address | { readonly path: string }

/** How it is written where a host and a port belong: a path as nginx has it, with port 0. */
export const written = (address: ListenAddress, port: number): Address =>
  'path' in address ? { host: `unix:${address.path}`, port: 0 } : { host: address.host, port }

/** As a person would name it: `127.0.0.1:8000`, `unix:/tmp/app.sock`. */
export const addressText = (address: ListenAddress): string =>
  'path' in address ? `unix:${address.path}` : `${address.host}:${address.port}`

/**
 * Listens there; resolves with the port, which the system picks where 0 is given; with 0 for a path. A connection that cannot
 * be accepted later on, for want of file descriptors, is told of now and then.
 * @throws the operating system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND) when it cannot.
 */
export function bind(server: Server, address: ListenAddress, onLog: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The workers of a server in front are another user's; a port of the loopback is open to every user as well.
    server.listen({ ...address, backlog: 1024, readableAll: true, writableAll: true }, () => {
      server.off('error', reject)
      const tell = nowAndThen(onLog)
      server.on('error', (error) => tell(`a connection could not be accepted: ${error.message}`))
      const bound = server.address()
      resolve(bound !== null && typeof bound === 'object' ? bound.port : 0)
    })
  })
}
