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
}

/** Starts it on free ports. */
export async function startBuilt(checkout: string, app: string): Promise<BuiltServer> {
  const cli = join(checkout, 'dist', 'server', 'cli.js')
  const program = startProgram(process.execPath, [cli, app, '--json', '--no-open', '--port', '0', '--ui-port', '0'])
  const { http, ui } = Ready.parse(JSON.parse(await firstLine(program)))
  return { port: Number(new URL(http).port), ui }
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
