/** The built command of a checkout, and load for it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import * as z from 'zod'
import { firstLine, startProgram } from '../processes.ts'

const Ready = z.object({ http: z.url(), ui: z.url() })

export interface BuiltServer {
  readonly port: number
  readonly ui: string
  /** For how many milliseconds its event loop was held up at most, since this was asked last. */
  longestTurn(): Promise<number>
}

const LONGEST_TURN = new URL('./longestTurn.mjs', import.meta.url).href

/** Starts it on free ports, with these words on the command line as well. */
export async function startBuilt(checkout: string, app: string, ...more: string[]): Promise<BuiltServer> {
  const cli = join(checkout, 'dist', 'server', 'cli.js')
  const words = [cli, app, '--json', '--no-open', '--port', '0', '--ui-port', '0', ...more]
  const program = startProgram(process.execPath, ['--import', LONGEST_TURN, ...words])
  const { http, ui } = Ready.parse(JSON.parse(await firstLine(program)))
  const said = (): string[] => program.stderr().match(/^longest turn [\d.]+$/gm) ?? []
  return {
    port: Number(new URL(http).port),
    ui,
    async longestTurn() {
      const before = program.stderr().length
      program.child.kill('SIGUSR2')
      while (program.stderr().length === before) await new Promise((resolve) => setTimeout(resolve, 5))
      return Number(said().at(-1)?.split(' ').at(-1))
    },
  }
}

const CONNECTIONS = 8
const TICK_MS = 10

/** Sends so many requests a second over kept connections until the signal ends it, whether they are answered or not. */
export async function sendSteadily(port: number, perSecond: number, signal: AbortSignal): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => opened(port)))
  const began = performance.now()
  let sent = 0
  try {
    for await (const _ of setInterval(TICK_MS, undefined, { signal })) {
      const due = ((performance.now() - began) / 1000) * perSecond
      for (; sent < due; sent++) {
        sockets[sent % CONNECTIONS]?.write(`GET /n/${sent}?q=${sent % 7} HTTP/1.1\r\nHost: x\r\n\r\n`)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.resume()
  await once(socket, 'connect')
  return socket
}
