/**
 * A small load generator, for where wrk is not installed: each connection sends one request and waits for its answer.
 * Arguments: port, connections, seconds, `keep-alive` or `close`. Writes `{"requests":…,"seconds":…,"errors":…}`.
 */
import { connect, type Socket } from 'node:net'

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2, 5).map(Number)
const closes = process.argv[5] === 'close'
const request = Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${closes ? 'Connection: close\r\n' : ''}\r\n`)
let requests = 0
let errors = 0
let over = false
const sockets = new Set<Socket>()

/** Bytes of the answer: known from the first one's head, and the same for all; null for one that ends with the stream. */
function lengthOf(head: string): number | null {
  const end = head.indexOf('\r\n\r\n')
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  return end < 0 || length === undefined ? null : end + 4 + Number(length)
}

function open(): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  sockets.add(socket)
  let received = 0
  let expected: number | null = null
  let head = ''
  const answered = () => {
    requests++
    received = 0
    head = ''
    expected = null
  }
  socket.on('connect', () => socket.write(request))
  socket.on('data', (data: Buffer) => {
    received += data.length
    if (expected === null) {
      head += data.toString('latin1')
      expected = lengthOf(head)
    }
    if (closes || expected === null || received < expected) return
    answered()
    if (!over) socket.write(request)
  })
  socket.on('error', () => {
    errors++
  })
  socket.on('close', () => {
    sockets.delete(socket)
    // A server that does not keep connections ends each answer with its connection.
    if (received > 0) answered()
    if (!over) open()
  })
}

const began = performance.now()
for (let n = 0; n < connections; n++) open()
setTimeout(() => {
  over = true
  console.log(JSON.stringify({ requests, seconds: (performance.now() - began) / 1000, errors }))
  for (const socket of sockets) socket.destroy()
}, seconds * 1000)
