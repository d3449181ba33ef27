/** The least a server can do: the same reply for every blank line that comes in, on node:net alone. */
import { createServer } from 'node:net'

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n'
const keep = Buffer.from(`${head}\r\nHello, world!\n`)
const close = Buffer.from(`${head}Connection: close\r\n\r\nHello, world!\n`)

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => {
    // Requests come whole here: they are smaller than a segment, and not pipelined.
    if (data.includes('Connection: close')) socket.end(close)
    else socket.write(keep)
  })
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
})
