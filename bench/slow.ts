/**
 * A thousand slow connections (a byte a second, each refused with 408 at its deadline and opened again) for a minute, while
 * others send a thousand requests a second: all of those are answered. `npx tsx bench/slow.ts [SECONDS]`.
 */
import { connect, type Socket } from 'node:net'
import { stopAll } from './processes.ts'
import { megabytes, memoryOf, startServer } from './serverUnderTest.ts'

const SECONDS = Number(process.argv[2] ?? 60)
const SLOW = 1000
const PER_SECOND = 1000
const FAST_CONNECTIONS = 16
const TICK_MS = 20
const HEAD = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '

const counts = { refused: 0, otherwise: 0, sent: 0, answered: 0, failed: 0 }
const slow = new Set<Socket>()
const fast = new Set<Socket>()
const waits: number[] = []
let over = false

function openSlow(port: number): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = ''
  let at = 0
  slow.add(socket)
  const dribble = setInterval(() => {
    if (socket.writable) socket.write(HEAD[at++] ?? 'x')
  }, 1000)
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1')
  })
  // A byte that crosses the refusal on its way may be answered with a reset; what counts is what was received.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    clearInterval(dribble)
    slow.delete(socket)
    if (over) return
    if (received.startsWith('HTTP/1.1 408 ')) counts.refused++
    else counts.otherwise++
    openSlow(port)
  })
}

function openFast(port: number): (requests: number) => void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  fast.add(socket)
  const sentAt: number[] = []
  let rest = ''
  socket.on('data', (data: Buffer) => {
    const parts = (rest + data.toString('latin1')).split('HTTP/1.1 200 OK\r\n')
    rest = parts.at(-1)?.slice(-16) ?? ''
    for (let n = 1; n < parts.length; n++) {
      counts.answered++
      waits.push(performance.now() - (sentAt.shift() ?? 0))
    }
  })
  socket.on('close', () => {
    if (!over) counts.failed++
  })
  socket.on('error', () => undefined)
  return (requests) => {
    for (let n = 0; n < requests; n++) {
      socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      sentAt.push(performance.now())
      counts.sent++
    }
  }
}

try {
  const { port, pid } = await startServer('shared/apps/hello.ts')
  const idle = memoryOf(pid).now
  for (let n = 0; n < SLOW; n++) openSlow(port)
  const senders = Array.from({ length: FAST_CONNECTIONS }, () => openFast(port))
  const began = performance.now()
  while (performance.now() - began < SECONDS * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * PER_SECOND)
    while (counts.sent < due) senders[counts.sent % senders.length]?.(1)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  while (counts.answered < counts.sent && counts.failed === 0)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  const open = slow.size
  over = true
  for (const socket of [...slow, ...fast]) socket.destroy()
  waits.sort((a, b) => a - b)
  const quantile = (share: number) => `${(waits[Math.floor(waits.length * share)] ?? 0).toFixed(1)} ms`
  console.log(
    `${SECONDS} s: ${open} slow connections open, ${counts.refused} refused with 408, ${counts.otherwise} otherwise`,
  )
  console.log(`fast: ${counts.sent} sent, ${counts.answered} answered, ${counts.failed} connections lost`)
  console.log(`half within ${quantile(0.5)}, 99% within ${quantile(0.99)}, the slowest ${quantile(0.99999)}`)
  console.log(`memory: idle ${megabytes(idle)}, peak ${megabytes(memoryOf(pid).peak)}`)
  if (counts.answered < counts.sent || counts.failed > 0 || counts.otherwise > 0) process.exitCode = 1
} finally {
  await stopAll()
}
