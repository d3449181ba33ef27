import type { Server } from 'node:net'
import { nowAndThen } from './nowAndThen.ts'

/** A port, or a Unix domain socket by its absolute path. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * Listens there; resolves with the port, which the system picks where 0 is given; with 0 for a path. A connection that cannot
 * be accepted later on, for want of file descriptors, is told of now and then.
 * @throws the operating system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND) when it cannot.
 */
export function bind(server: Server, address: ListenAddress, onLog: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...address, backlog: 1024 }, () => {
      server.off('error', reject)
      const tell = nowAndThen(onLog)
      server.on('error', (error) => tell(`a connection could not be accepted: ${error.message}`))
      const bound = server.address()
      resolve(bound !== null && typeof bound === 'object' ? bound.port : 0)
    })
  })
}
