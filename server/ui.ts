/** The page's port: the built page, each exchange as a file, `/healthz`, and the upgrade to `/live`. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { EventLog } from '../shared/log/eventLog.ts'
import type { TraceHeader } from '../shared/trace/events.ts'
import { versionCalled } from '../shared/trace/query.ts'
import { type Answer, plain } from './answer.ts'
import { bind } from './bind.ts'
import { isExportFormat } from './export/exportExchange.ts'
import { ExportError, ExportThread } from './export/exportThread.ts'
import type { Live } from './live/live.ts'
import { whyNotSameOrigin, whyRefused } from './origin.ts'
import { staticFile } from './staticFiles.ts'

export interface UiOptions {
  onLog: (text: string) => void
  address: { host: string; port: number }
  /** The folder of the built page. */
  folder: string
  log: EventLog
  header: TraceHeader
  version: string
  live: Live
}

export interface Ui {
  readonly address: { host: string; port: number }
  /** Whether a connection to there arrives here, however that address is spelled. */
  isAt(address: { host: string; port: number }): Promise<boolean>
  close(): Promise<void>
}

const NONCE = /__CSP_NONCE__/g

const NOT_BUILT = `<!doctype html><html lang="en"><title>wsgiscope</title>
<h1>The page is not built</h1><p>The server runs. Run <code>npm run build</code>, then reload.</p></html>
`

/** Connections to the page's port, those of pages that watch included. */
const MOST_CONNECTIONS = 512

/** @throws the operating system's error when it cannot listen. */
export async function serveUi(options: UiOptions): Promise<Ui> {
  const { host } = options.address
  const exports: Exports = { thread: new ExportThread(), under: new Set() }
  const server = createServer((request, response) => {
    answer(request, response, options, exports).then(
      (result) => send(request, response, result),
      (error: Error) => send(request, response, plain(500, `internal error: ${error.message}`)),
    )
  })
  server.maxConnections = MOST_CONNECTIONS
  server.timeout = UNREAD_MS
  server.on('upgrade', (request, socket, head) => {
    const refused = whyRefused(request, host)
    if (refused === null && pathOf(request) === '/live') return options.live.upgrade(request, socket, head)
    const status = refused === null ? '404 Not Found' : '403 Forbidden'
    const text = `${refused ?? 'WebSocket connections go to /live'}\n`
    socket.on('error', () => socket.destroy())
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    )
  })
  const port = await bind(server, options.address, options.onLog)
  return {
    address: { host, port },
    isAt: async (address) => address.port === port && (await arrives(server, address)),
    close: () =>
      new Promise((resolve) => {
        exports.thread.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** How long a connection may take to arrive. */
const ARRIVE_MS = 2000

function arrives(server: Server, address: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const look = new Socket()
    const ports = new Set<number | undefined>()
    const settle = (found: boolean) => {
      server.off('connection', accepted)
      look.destroy()
      resolve(found)
    }
    const compare = () => {
      if (look.readyState === 'open' && ports.has(look.localPort)) settle(true)
    }
    // Either end may be told first.
    const accepted = (socket: Socket) => {
      ports.add(socket.remotePort)
      compare()
    }
    server.on('connection', accepted)
    look.once('connect', compare)
    look.once('error', () => settle(false))
    look.setTimeout(ARRIVE_MS, () => settle(false))
    look.connect(address)
  })
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/'

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: UiOptions,
  exports: Exports,
): Promise<Answer> {
  const refused = whyRefused(request, options.address.host)
  if (refused !== null) return plain(403, refused)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const refusal = plain(405, 'only GET and HEAD')
    return { ...refusal, headers: { ...refusal.headers, Allow: 'GET, HEAD' } }
  }
  const path = pathOf(request)
  const isPage = path === '/' || path === '/index.html'
  const elsewhere = whyNotSameOrigin(request, isPage)
  if (elsewhere !== null) return plain(403, elsewhere)
  if (path === '/healthz') return json({ status: 'ok', run: options.header.run, version: options.version })
  const exported = /^\/api\/exchanges\/(\d{1,15})\.([a-z]+)$/.exec(path)
  if (exported !== null) {
    if (exports.under.size >= MOST_EXPORTS) return busy()
    const left = new AbortController()
    exports.under.add(response)
    response.once('close', () => {
      exports.under.delete(response)
      left.abort()
    })
    return exchangeFile(Number(exported[1]), exported[2] ?? '', request, options, exports.thread, left.signal)
  }
  if (path.startsWith('/api/')) return plain(404, 'exchanges are at /api/exchanges/ID.ndjson, .har, .pcapng and .curl')
  if (isPage) return indexPage(request, options.folder)
  return staticFile(path, request, options.folder)
}

interface Exports {
  thread: ExportThread
  /** Those that have not left yet. */
  under: Set<ServerResponse>
}

/** Exports that may be under way, and how long one may wait for a reader that takes nothing. */
const MOST_EXPORTS = 8
const UNREAD_MS = 30_000

async function exchangeFile(
  id: number,
  format: string,
  request: IncomingMessage,
  options: UiOptions,
  thread: ExportThread,
  left: AbortSignal,
): Promise<Answer> {
  if (!isExportFormat(format)) return plain(404, `no .${format}: an exchange comes as .ndjson, .har, .pcapng or .curl`)
  await options.log.prepare()
  const events = options.log.exchange(id)
  if (events === null) {
    const { requests } = options.log.totals
    return plain(
      404,
      id > 0 && id <= requests ? `exchange ${id} is not kept any more` : `there is no exchange ${id} yet`,
    )
  }
  const secrets = new URL(request.url ?? '/', 'http://localhost').searchParams.get('secrets') === '1'
  // What a file points into is in it: the texts as they were when this exchange was served.
  const whole = [...options.log.sources(versionCalled(events)), ...events].sort((a, b) => a.seq - b.seq)
  const order = { format, events: whole, options: { header: options.header, version: options.version, secrets } }
  const made = await thread.make(order, left).catch((error: unknown) => {
    if (error instanceof ExportError) return error
    throw error
  })
  if (made instanceof ExportError) return plain(503, made.message)
  const { type, body, missing } = made
  return {
    status: 200,
    headers: {
      'Content-Type': type,
      'Content-Disposition': `${format === 'curl' ? 'inline' : 'attachment'}; filename="exchange-${id}.${format}"`,
      // Of large bodies only the beginning is kept; a file says so inside, too.
      ...(missing > 0 ? { 'Wsgiscope-Missing-Bytes': String(missing) } : {}),
      'Cache-Control': 'no-store',
    },
    body,
  }
}

/** Every response has its own nonce, which is also in the page for what has to give it to styles of its own. */
async function indexPage(request: IncomingMessage, folder: string): Promise<Answer> {
  const nonce = randomBytes(16).toString('base64')
  const html = await readFile(join(folder, 'index.html'), 'utf8').catch(() => NOT_BUILT)
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': contentSecurityPolicy(nonce, request.headers.host ?? ''),
    },
    body: html.replace(NONCE, nonce),
  }
}

/** `host` has been checked: it is this server. Not every browser counts ws: to the same host as 'self'. */
function contentSecurityPolicy(nonce: string, host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function busy(): Answer {
  const refusal = plain(503, `${MOST_EXPORTS} exports are under way: wait for one of them`)
  return { ...refusal, headers: { ...refusal.headers, 'Retry-After': '1' } }
}

function json(value: object): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    body: `${JSON.stringify(value)}\n`,
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...headers,
    ...(status === 304 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  })
  response.end(request.method === 'HEAD' || status === 304 ? undefined : body)
}
