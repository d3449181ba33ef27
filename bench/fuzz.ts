/**
 * `npm run fuzz`: at least a million random and mutated requests through the gateway in memory, then streams of them over
 * real sockets to a server in a process of its own, whose answers are compared with those of the gateway in memory. No
 * crash, no hang, no unanswered request, no event out of order, memory flat. `-- --seed N --requests N --streams N`.
 */
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { echo } from '../shared/testing/apps.ts'
import { methodsOf } from '../shared/testing/conversation.ts'
import { fuzz, randomCut, randomStream } from '../shared/testing/fuzz.ts'
import { pseudoRandom } from '../shared/testing/pseudoRandom.ts'
import { play } from '../shared/testing/replaySplit.ts'
import { readResponses } from '../shared/testing/responses.ts'
import { stopAll } from './processes.ts'
import { megabytes, memoryOf, startServer } from './serverUnderTest.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
    requests: { type: 'string', default: '1000000' },
    streams: { type: 'string', default: '50000' },
  },
})
const seed = Number(values.seed)
const requests = Number(values.requests)
const streams = Number(values.streams)
const AT_ONCE = 64
const HANG_MS = 30_000
/** What memory may grow by between warm and done, in MiB. */
const FLAT = 32

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

function heap(): number {
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

function flat(what: string, warm: number, end: number): void {
  console.log(`${what}: ${megabytes(warm)} after warm-up, ${megabytes(end)} at the end`)
  if (end > warm + FLAT) throw new Error(`${what} grew by ${megabytes(end - warm)}`)
}

function inMemory(): void {
  console.log(`${requests.toLocaleString('en')} requests in memory, seed ${seed}`)
  const began = performance.now()
  let warm = 0
  let told = 0
  const tally = fuzz(seed, requests, (so) => {
    if (warm === 0 && so.requests > requests / 10) warm = heap()
    if (so.requests - told < 100_000) return
    told = so.requests
    console.log(`  ${so.requests.toLocaleString('en')} requests, ${so.refused.toLocaleString('en')} of them refused`)
  })
  console.log(`${JSON.stringify(tally)} in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  flat('heap', warm, heap())
}

/** Sends one stream and half-closes; the statuses that came back. */
function statusesOver(port: number, pieces: readonly string[], methods: string[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    let received = ''
    const hang = setTimeout(() => {
      socket.destroy()
      reject(new Error(`nothing for ${HANG_MS / 1000} s behind ${JSON.stringify(received.slice(-200))}`))
    }, HANG_MS)
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1')
    })
    socket.on('error', reject)
    socket.on('close', () => clearTimeout(hang))
    socket.on('end', () => {
      socket.destroy()
      try {
        resolve(finalStatuses(received, methods))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
    for (const piece of pieces) socket.write(piece, 'latin1')
    socket.end()
  })
}

const finalStatuses = (answer: string, methods: string[]): number[] =>
  readResponses(answer, methods)
    .map(({ status }) => status)
    .filter((status) => status >= 200)

async function overSockets(): Promise<void> {
  console.log(`${streams.toLocaleString('en')} streams over sockets, seed ${seed}`)
  const { port, pid, program } = await startServer('shared/apps/echo.ts')
  let next = 0
  let warm = 0
  let answers = 0
  const work = async () => {
    while (next < streams) {
      const own = (seed + next++) >>> 0
      if (warm === 0 && next > streams / 5) warm = memoryOf(pid).now
      const random = pseudoRandom(own)
      const text = randomStream(random)
      const conversation = play(echo, [text, { eof: true }])
      const methods = methodsOf(conversation)
      const expected = finalStatuses(conversation.answer, methods)
      const statuses = await statusesOver(port, randomCut(random, text), methods).catch((error) => {
        throw new Error(`the stream of seed ${own}: ${error instanceof Error ? error.message : String(error)}`)
      })
      if (statuses.join() !== expected.join()) {
        throw new Error(`the stream of seed ${own} was answered ${statuses.join()} instead of ${expected.join()}`)
      }
      answers += statuses.length
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (program.child.exitCode !== null) throw new Error(`the server ended with ${program.child.exitCode}`)
  console.log(`${answers.toLocaleString('en')} answers in ${((performance.now() - began) / 1000).toFixed(0)} s`)
  flat('resident memory of the server', warm, memoryOf(pid).now)
}

try {
  inMemory()
  await overSockets()
} finally {
  await stopAll()
}
