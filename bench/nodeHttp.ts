/** The same answers from node:http: what every result is relative to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const HELLO = 'Hello, world!\n'
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'm')
const TEXT = 'text/plain; charset=utf-8'

const server = createServer((request, response) => {
  switch (request.url) {
    case '/mebibyte':
      return whole(response, MEBIBYTE)
    case '/stream':
      response.writeHead(200, { 'Content-Type': TEXT })
      return stream(response, 16, 64 * 1024, 's')
    case '/pieces':
      response.writeHead(200, { 'Content-Type': TEXT })
      return stream(response, 1000, 100, 'p')
    case '/count':
      return count(request, response)
    default:
      return whole(response, HELLO)
  }
})

function whole(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'Content-Type': TEXT, 'Content-Length': body.length })
  response.end(body)
}

/** One block at a time, the next when the one before is on its way: as a server that asks an iterable for each. */
function stream(response: ServerResponse, blocks: number, size: number, of: string): void {
  if (blocks === 0) response.end()
  else response.write(Buffer.alloc(size, of), () => stream(response, blocks - 1, size, of))
}

function count(request: IncomingMessage, response: ServerResponse): void {
  let total = 0
  request.on('data', (data: Buffer) => {
    total += data.length
  })
  request.on('end', () => whole(response, `${total}\n`))
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }))
})
