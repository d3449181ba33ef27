/** What the tests of the edges share: a whole server in this process, and clients that are nothing but sockets. */
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { parseCommandLine } from '../options.ts'
import { APPS_FOLDER, type Running, start } from '../run.ts'

export interface TestServer extends Running {
  port: number
  uiPort: number
  /** What went to stderr. */
  lines: string[]
}

/** Starts a server on free ports; it ends with the test. `argv` as on the command line, the application among it. */
export async function startServer(...argv: string[]): Promise<TestServer> {
  const line = parseCommandLine(['--port', '0', '--ui-port', '0', ...argv], { PATH: process.env.PATH }, APPS_FOLDER)
  if (line.kind !== 'run') throw new Error(`${argv.join(' ')} is no run`)
  const lines: string[] = []
  const running = await start(line.options, {
    log: (text) => lines.push(text),
    stdout: process.stdout,
    webFolder: `${APPS_FOLDER}nothing-is-built-here`,
  })
  onTestFinished(() => running.close())
  const portOf = (url: string | null) => Number(url === null ? 0 : new URL(url).port)
  return { ...running, port: portOf(running.http), uiPort: portOf(running.ui), lines }
}

/** Waits for a condition, looking again after every turn of the event loop. */
export async function until<T>(what: () => T | null | undefined | false): Promise<T> {
  for (;;) {
    const value = what()
    if (value !== null && value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export interface Client {
  socket: Socket
  /** All that was received, as latin-1. */
  readonly received: string
  /** Resolves when the server has ended its side. */
  ended: Promise<void>
  send(text: string | Uint8Array): void
}

export async function openClient(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  const parts: Buffer[] = []
  socket.on('data', (data: Buffer) => parts.push(data))
  const ended = new Promise<void>((resolve, reject) => {
    socket.on('end', resolve)
    socket.on('error', reject)
  })
  ended.catch(() => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  return {
    socket,
    get received() {
      return Buffer.concat(parts).toString('latin1')
    },
    ended,
    send: (text) => socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
  }
}
