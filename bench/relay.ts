/** The least a relay can do: two sockets, each piped into the other, on node:net alone. Arguments: the server's port. */
import { connect, createServer } from 'node:net'

const port = Number(process.argv[2])
const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const there = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  client.pipe(there).pipe(client)
  client.on('error', () => there.destroy())
  there.on('error', () => client.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
})
