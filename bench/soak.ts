/**
 * `npm run soak`: minutes of mixed load with faults. Small requests, large bodies in both directions, chunks, pipelines,
 * random and mutated streams, clients that leave in the middle, and a page that comes and goes. Memory at the end is as
 * after warm-up. `-- --minutes N --seed N`.
 */
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { randomCut, randomStream } from '../shared/testing/fuzz.ts'
import { type PseudoRandom, pseudoRandom } from '../shared/testing/pseudoRandom.ts'
import { stopAll } from './processes.ts'
import { megabytes, memoryOf, startServer } from './serverUnderTest.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
  },
})
const MINUTES = Number(values.minutes)
const seed = Number(values.seed)
const AT_ONCE = 32
const HANG_MS = 60_000
/** What memory may grow by between warm (after a fifth of the time) and done, in MiB. */
const FLAT = 64
const counts: Record<string, number> = {}

const get = (query: string) => `GET /length?${query} HTTP/1.1\r\nHost: x\r\n`
const CLOSE = 'Connection: close\r\n\r\n'

/** What a client sends, and whether it stays for the answer. */
function script(random: PseudoRandom): { kind: string; pieces: string[]; leaves: boolean } {
  const leaves = random.below(8) === 0
  switch (random.below(10)) {
    case 0: {
      const size = random.below(3_000_000)
      return {
        kind: 'upload',
        pieces: [`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n${CLOSE}`, 'u'.repeat(size)],
        leaves,
      }
    }
    case 1: {
      const chunk = `${(16_384).toString(16)}\r\n${'c'.repeat(16_384)}\r\n`
      const head = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${CLOSE}`
      return {
        kind: 'chunked upload',
        pieces: [head, ...Array.from({ length: random.below(60) }, () => chunk), '0\r\n\r\n'],
        leaves,
      }
    }
    case 2:
      return { kind: 'download', pieces: [get(`${random.below(3_000_000)}`) + CLOSE], leaves }
    case 3:
      return { kind: 'application that raises', pieces: [get('none') + CLOSE], leaves }
    case 4:
      return { kind: 'pipeline', pieces: [`${get('10')}\r\n`.repeat(50) + get('10') + CLOSE], leaves }
    case 5:
    case 6:
    case 7:
      return { kind: 'mutated', pieces: randomCut(random, randomStream(random)), leaves }
    default:
      return { kind: 'small', pieces: [get('100') + CLOSE], leaves }
  }
}

function visit(port: number, random: PseudoRandom): Promise<void> {
  const { kind, pieces, leaves } = script(random)
  const what = leaves ? `${kind}, then gone` : kind
  counts[what] = (counts[what] ?? 0) + 1
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const hang = setTimeout(() => {
      socket.destroy()
      reject(new Error(`${what}: no end within ${HANG_MS / 1000} s`))
    }, HANG_MS)
    let received = 0
    socket.on('data', (data: Buffer) => {
      received += data.length
      if (leaves) socket.destroy()
    })
    socket.on('end', () => socket.destroy())
    socket.on('error', (error) => {
      if (!leaves) reject(new Error(`${what}: ${error.message}`))
    })
    socket.on('close', () => {
      clearTimeout(hang)
      if (!leaves && received === 0 && kind !== 'mutated') reject(new Error(`${what}: no answer`))
      else resolve()
    })
    for (const piece of pieces) socket.write(piece, 'latin1')
    if (leaves && random.below(2) === 0) socket.end(() => socket.destroy())
    else socket.end()
  })
}

/** A page that looks on for a while and goes. */
async function look(ui: string, forMs: number): Promise<void> {
  const page = new WebSocket(`${ui.replace('http', 'ws')}/live?format=json`)
  page.on('open', () => page.send(JSON.stringify({ type: 'resume', run: null, next: 0 })))
  page.on('message', () => {
    counts.messages = (counts.messages ?? 0) + 1
  })
  await new Promise((resolve) => setTimeout(resolve, forMs))
  page.terminate()
}

try {
  const { port, ui, pid, program } = await startServer('server/testing/apps/bulk.py', '--workers', '2')
  const ends = performance.now() + MINUTES * 60_000
  const warmAt = performance.now() + (MINUTES * 60_000) / 5
  console.log(`${MINUTES} minutes, seed ${seed}`)
  let next = 0
  let warm = 0
  const work = async () => {
    while (performance.now() < ends) await visit(port, pseudoRandom((seed + next++) >>> 0))
  }
  const watch = async () => {
    while (performance.now() < ends) {
      if (ui !== null) await look(ui, 5000)
      await new Promise((resolve) => setTimeout(resolve, 5000))
      const { now, peak } = memoryOf(pid)
      if (performance.now() < warmAt) warm = Math.max(warm, now)
      console.log(`  ${next.toLocaleString('en')} visits, memory ${megabytes(now)}, peak ${megabytes(peak)}`)
    }
  }
  await Promise.all([watch(), ...Array.from({ length: AT_ONCE }, work)])
  if (program.child.exitCode !== null) throw new Error(`the server ended with ${program.child.exitCode}`)
  const end = memoryOf(pid).now
  console.log(JSON.stringify(counts))
  console.log(`memory: ${megabytes(warm)} after warm-up, ${megabytes(end)} at the end`)
  if (end > warm + FLAT) throw new Error(`memory grew by ${megabytes(end - warm)}`)
} finally {
  await stopAll()
}
