/** What the tests of the edges share: a whole server in this process, and clients that are nothing but sockets. */
import { connect, type Socket } from 'node:net'
import { decode, encode } from '@msgpack/msgpack'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { type PageMessage, ServerMessage } from '../../shared/wire.ts'
import { APPS_FOLDER } from '../folders.ts'
import { parseCommandLine } from '../options.ts'
import { type Running, start } from '../run.ts'

export interface TestServer extends Running {
  port: number
  uiPort: number
  /** What went to stderr. */
  lines: string[]
}

/**
 * Starts a server on free ports; it ends with the test. The words are those of a command line, the application among
 * them; `webFolder` is where the page was built.
 */
export async function startServer(...words: (string | { webFolder: string })[]): Promise<TestServer> {
  const argv = words.filter((word) => typeof word === 'string')
  const [built] = words.filter((word) => typeof word === 'object')
  const ports = [argv[0] === 'tap' ? '--listen' : '--port', '0', '--ui-port', '0']
  const line = parseCommandLine([...ports, ...argv], { PATH: process.env.PATH }, APPS_FOLDER)
  if (line.kind !== 'run') throw new Error(`${argv.join(' ')} is no run`)
  const lines: string[] = []
  const running = await start(line.options, {
    log: (_source, text) => lines.push(text),
    stdout: process.stdout,
    webFolder: built?.webFolder ?? `${APPS_FOLDER}nothing-is-built-here`,
  })
  onTestFinished(() => running.close())
  const portOf = (url: string | null) => Number(url === null ? 0 : new URL(url).port)
  return { ...running, port: portOf(running.http), uiPort: portOf(running.ui), lines }
}

/** Waits for a condition, looking again after every turn of the event loop. */
export async function until<T>(
  what: () => T | null | undefined | false | Promise<T | null | undefined | false>,
): Promise<T> {
  for (;;) {
    const value = await what()
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

/** A page without a screen: speaks `/live` in either format. */
export class Page {
  readonly socket: WebSocket
  readonly messages: ServerMessage[] = []
  /** Whether it fetches the events of all exchanges of which it is sent the summary. */
  readonly looksAtAll: boolean
  readonly closed: Promise<number>
  readonly #format: 'msgpack' | 'json'
  readonly #unfetched: number[] = []

  constructor(port: number, format: 'msgpack' | 'json' = 'msgpack', looksAtAll = true) {
    this.#format = format
    this.looksAtAll = looksAtAll
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/live${format === 'json' ? '?format=json' : ''}`)
    this.closed = new Promise((resolve) => this.socket.on('close', resolve))
    this.socket.on('message', (data: Buffer) => this.#take(ServerMessage.parse(this.#decode(data))))
    onTestFinished(() => this.socket.terminate())
  }

  /** Opened, and told what this page has already. */
  static async open(
    port: number,
    resume: { run: string | null; next: number } = NOTHING,
    format?: 'msgpack' | 'json',
    looksAtAll?: boolean,
  ) {
    const page = new Page(port, format, looksAtAll)
    await page.opened()
    page.send({ type: 'resume', ...resume })
    return page
  }

  async opened(): Promise<void> {
    await new Promise((resolve, reject) => {
      this.socket.once('open', resolve)
      this.socket.once('error', reject)
    })
  }

  send(message: PageMessage): void {
    if (this.#format === 'msgpack') this.socket.send(encode(message))
    else if (!('bytes' in message)) this.socket.send(JSON.stringify(message))
    else this.socket.send(JSON.stringify({ ...message, bytes: Buffer.from(message.bytes).toString('base64') }))
  }

  all<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.messages.filter((message): message is Extract<ServerMessage, { type: T }> => message.type === type)
  }

  /** What the page has by now, by the rules of shared/wire.ts. */
  get events(): TraceEvent[] {
    const events = new Map<number, TraceEvent>()
    for (const message of this.messages) {
      if (message.type === 'snapshot' && message.part === 0) events.clear()
      if (!('events' in message)) continue
      for (const event of message.events ?? []) events.set(event.seq, event)
    }
    return [...events.values()].sort((a, b) => a.seq - b.seq)
  }

  /** The exchanges it knows of, with their events or without. */
  get exchanges(): number[] {
    const ids = new Set<number>()
    for (const message of this.messages) {
      if (message.type === 'snapshot' && message.part === 0) ids.clear()
      if (message.type === 'snapshot') for (const { id } of message.exchanges) ids.add(id)
      if (!('events' in message)) continue
      for (const { exchange } of message.events ?? []) if (exchange !== null) ids.add(exchange)
    }
    return [...ids].sort((a, b) => a - b)
  }

  #take(message: ServerMessage): void {
    this.messages.push(message)
    if (!this.looksAtAll) return
    if (message.type === 'snapshot') this.#unfetched.push(...message.exchanges.map(({ id }) => id))
    // One at a time, as no page asks for more than a person looks at.
    if ((message.type === 'snapshot' || message.type === 'exchange') && message.last) {
      const id = this.#unfetched.shift()
      if (id !== undefined) this.send({ type: 'exchange.get', id })
    }
  }

  #decode(data: Buffer): unknown {
    if (this.#format === 'msgpack') return decode(new Uint8Array(data))
    return JSON.parse(data.toString(), (key, value) =>
      key === 'bytes' && typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value,
    )
  }
}

const NOTHING = { run: null, next: 0 }
