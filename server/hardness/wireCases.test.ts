/**
 * Every wire case over real sockets: sent whole, byte by byte (each its own write, Nagle off), and cut at random. One
 * server, many connections at a time; its trace keeps every rule of order. A failure names the case and the seed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { echo } from '../../shared/testing/apps.ts'
import { checkOrder } from '../../shared/testing/checkOrder.ts'
import { checkWireCase } from '../../shared/testing/checkWireCase.ts'
import { methodsOf } from '../../shared/testing/conversation.ts'
import { pseudoRandom } from '../../shared/testing/pseudoRandom.ts'
import { play } from '../../shared/testing/replaySplit.ts'
import { readResponses } from '../../shared/testing/responses.ts'
import { ownCases, stepsOf, type WireCase, wireCases } from '../../shared/testing/wireCases.ts'
import { readTrace } from '../../shared/trace/file.ts'
import { startServer } from '../testing/harness.ts'

const CASES = [...wireCases, ...ownCases]
const AT_ONCE = 64
/** An open connection answers one more request. */
const PROBE = 'GET /probe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

type Cut = (text: string) => string[]
const whole: Cut = (text) => [text]
const bytes: Cut = (text) => [...text]

/** What happens on a socket, to be waited for. */
class Caller {
  received = ''
  ended = false
  readonly #socket: Socket
  #wake: () => void = () => undefined

  constructor(socket: Socket) {
    this.#socket = socket
    const over = () => {
      this.ended = true
      this.#wake()
    }
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => {
      this.received += data.toString('latin1')
      this.#wake()
    })
    socket.on('end', over)
    // Bytes that were written behind a refusal may meet a closed socket.
    socket.on('error', over)
    socket.on('close', over)
  }

  /** Resolves when the piece was handed to the kernel, or nobody takes it any more. */
  async write(piece: string): Promise<void> {
    if (!this.#socket.writable) return
    await new Promise<void>((resolve) => this.#socket.write(piece, 'latin1', () => resolve()))
  }

  end(): void {
    this.#socket.end()
  }

  async until(what: () => boolean): Promise<void> {
    while (!what() && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** How many complete answers there are; 0 while the last one is cut short. */
function answers(received: string, methods: string[]): number {
  try {
    return readResponses(received, methods).length
  } catch (error) {
    if (error instanceof Error) return 0
    throw error
  }
}

async function run(port: number, wireCase: WireCase, cut: Cut): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const caller = new Caller(socket)
  try {
    await new Promise((resolve) => socket.once('connect', resolve))
    for (const step of wireCase.send) {
      if (typeof step === 'string') for (const piece of cut(step)) await caller.write(piece)
      else if ('await' in step) await caller.until(() => caller.received.includes(step.await))
      else caller.end()
    }
    const methods = methodsOf(play(echo, stepsOf(wireCase)))
    const { status, then } = wireCase.expect
    if (then === 'close') {
      await caller.until(() => false)
      checkWireCase(wireCase, withoutContinue(wireCase, caller.received), methods, true)
      return
    }
    await caller.until(() => answers(withoutContinue(wireCase, caller.received), methods) >= status.length)
    const answer = caller.received
    checkWireCase(wireCase, withoutContinue(wireCase, answer), methods, caller.ended)
    await caller.write(PROBE)
    await caller.until(() => false)
    expect(readResponses(caller.received.slice(answer.length), []).map((each) => each.status)).toEqual([200])
  } finally {
    socket.destroy()
  }
}

/** Whether a client that does not wait for the 100 gets one depends on how its bytes are cut. */
const withoutContinue = (wireCase: WireCase, received: string): string =>
  wireCase.expect.status.includes(100) ? received : received.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '')

/** Every case, some at a time; all failures are told. */
async function runAll(port: number, cutOf: (wireCase: WireCase) => Cut): Promise<string[]> {
  const failures: string[] = []
  const waiting = [...CASES]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await run(port, next, cutOf(next))
      } catch (error) {
        failures.push(`${next.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return failures
}

function cutAtRandom(seed: number): Cut {
  const random = pseudoRandom(seed)
  return (text) => {
    const pieces: string[] = []
    for (let at = 0; at < text.length; ) {
      const size = 1 + random.below(random.below(2) === 0 ? 8 : 1500)
      pieces.push(text.slice(at, at + size))
      at += size
    }
    return pieces
  }
}

describe('every wire case over a real socket', () => {
  test.each([
    ['echo.ts', 'whole', () => whole],
    ['echo.py', 'whole', () => whole],
    ['echo.ts', 'byte by byte', () => bytes],
  ] as const)('passes with %s, sent %s', async (app, _, cutOf) => {
    const server = await startServer(app, '--no-ui')
    expect(await runAll(server.port, cutOf)).toEqual([])
  })

  test('passes cut at random, and the trace of it all is in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hardness-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const trace = join(folder, 'trace.ndjson')
    const server = await startServer('echo.ts', '--no-ui', '--trace', trace)
    const seed = Math.floor(Math.random() * 2 ** 31)
    for (let round = 0; round < 3; round++) {
      const failures = await runAll(server.port, () => cutAtRandom(seed + round))
      expect(failures, `seed ${seed + round}`).toEqual([])
    }
    await server.close()
    const { events } = readTrace(readFileSync(trace, 'utf8'))
    checkOrder(events)
    expect(events.filter(({ kind }) => kind === 'connection.closed')).toHaveLength(3 * CASES.length)
  })
})
