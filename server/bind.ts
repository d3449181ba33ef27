import type { Server } from 'node:net'

/**
 * Listens there; resolves with the port, which the system picks where 0 is given.
 * @throws the operating system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND) when it cannot.
 */
export function bind(server: Server, address: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...address, backlog: 1024 }, () => {
      server.off('error', reject)
      const bound = server.address()
      resolve(bound !== null && typeof bound === 'object' ? bound.port : address.port)
    })
  })
}
