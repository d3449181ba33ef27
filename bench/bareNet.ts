/** The least a server can do: the same reply for every blank line that comes in, on node:net alone. */
import { createServer } from 'node:net'

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'm')

function answers(body: Buffer): { keep: Buffer; close: Buffer } {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n`
  return {
    keep: Buffer.concat([Buffer.from(`${head}\r\n`), body]),
    close: Buffer.concat([Buffer.from(`${head}Connection: close\r\n\r\n`), body]),
  }
}
const hello = answers(Buffer.from('Hello, world!\n'))
const mebibyte = answers(MEBIBYTE)

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', (data) => {
    // Requests come whole here: they are smaller than a segment, and not pipelined.
    const { keep, close } = data.includes('GET /mebibyte ') ? mebibyte : hello
    if (data.includes('Connection: close')) socket.end(close)
    else socket.write(keep)
  })
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
})
