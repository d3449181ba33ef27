/** Wires a server together: application, gateway, log, page. What it starts it also ends, also when a later step fails. */
import { randomBytes } from 'node:crypto'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_LIMITS, type Limits } from '../shared/gateway/types.ts'
import { TRACE_VERSION, type TraceHeader } from '../shared/trace/events.ts'
import { startClock } from './clock.ts'
import { createHost } from './hosts/createHost.ts'
import { type Host, type HostOptions, LoadError, type Reload } from './hosts/host.ts'
import { type Listener, listen } from './listen.ts'
import { Live } from './live/live.ts'
import { DEFAULT_LOG_LIMITS, EventLog } from './log/eventLog.ts'
import { FileSink } from './log/fileSink.ts'
import { LogVolume } from './log/logVolume.ts'
import type { AppSource, Log } from './log/standardError.ts'
import type { TargetListener, TraceTarget } from './log/target.ts'
import { openTraceTarget, StreamTarget } from './log/traceTarget.ts'
import type { Options } from './options.ts'
import { isLoopback } from './origin.ts'
import { SixtyLines } from './sixtyLines/sixtyLines.ts'
import { serveTap, TapLoop } from './tap/serveTap.ts'
import { sweepTempFolders } from './tempFolder.ts'
import { serveUi } from './ui.ts'
import { readVersion } from './version.ts'

/** What a run needs of the process it lives in. */
export interface Surroundings {
  /** Lines for people; they are in the trace as well. */
  log: Log
  /** Shows a prompt at the terminal; left out where nobody is there to answer. */
  askAtTerminal?: (prompt: string) => void
  stdout: NodeJS.WriteStream
  /** The folder of the built page. */
  webFolder: string
}

export interface Running {
  readonly version: string
  readonly run: string
  /** Null for a tap: what runs behind it is not known. */
  readonly app: Host['app'] | null
  /** `http://127.0.0.1:8888` */
  readonly http: string
  /** Null with --no-ui. */
  readonly ui: string | null
  readonly log: EventLog
  /** Finishes what is under way, ends everything, completes the trace. */
  close(): Promise<void>
  /** What of the application was killed when it was to end, a line each. */
  readonly cut: readonly string[]
  /** Completes the trace, for a process that ends at once. */
  flush(): void
}

/** In which everything that runs is to end. */
const STOP_MS = 29_000

/** What clients talk to: the gateway with its application, or the tap. */
interface Front {
  app: () => Host['app'] | null
  listener: Listener
  /** Starts a server that has died again. */
  restart?: () => void
}

/** The server cannot start; `message` is one line that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Where the built-in applications lie: beside server/, in the source tree and in dist/ alike. */
export const APPS_FOLDER = fileURLToPath(new URL('../shared/apps/', import.meta.url))

/** `.ts` in the source tree, `.js` where it has been built. */
const OWN_EXTENSION = extname(import.meta.url)

export const WEB_FOLDER = fileURLToPath(new URL(OWN_EXTENSION === '.ts' ? '../dist/web/' : '../web/', import.meta.url))

/** @throws StartError, LoadError */
export async function start(options: Options, surroundings: Surroundings): Promise<Running> {
  /** How to end what has been started, the latest first. */
  const ends: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
  }
  try {
    return await startInto(ends, options, surroundings, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function startInto(
  ends: (() => Promise<void> | void)[],
  options: Options,
  surroundings: Surroundings,
  close: () => Promise<void>,
): Promise<Running> {
  const clock = startClock()
  const log = new EventLog(clock.now, DEFAULT_LOG_LIMITS, !options.ui)
  const run = randomBytes(8).toString('hex')
  const version = readVersion()
  const onLog = (text: string, exchange: number | null = null) => {
    surroundings.log('server', text, exchange)
    log.note({ kind: 'log.line', source: 'server', text }, exchange)
  }
  const volume = new LogVolume(clock.now, onLog)
  ends.push(() => volume.flush())
  /** What the application writes while it serves no request, or when that is over. */
  const onOwnOutput = (source: AppSource, text: string, exchange: number | null = null) => {
    const admitted = volume.admit(text)
    if (admitted === null) return
    surroundings.log(source, admitted, exchange)
    log.note({ kind: 'log.line', source, text: admitted }, exchange)
  }

  void sweepTempFolders().then((swept) => {
    if (swept.length > 0) onLog(`removed what runs that were killed had left: ${swept.join(', ')}`)
  })

  /** By performance.now(), once it is stopping. */
  let stopBy: number | null = null
  const cut: string[] = []

  let sink: FileSink | null = null
  const target =
    options.trace === null ? null : openTarget(options.trace, surroundings, onLog, (error) => sink?.fail(error))
  if (target !== null) ends.push(() => (sink === null ? target.close() : sink.close()))

  const serve = options.server === 'sixty-lines' ? serveNaively : serveApp
  const front = options.tap === null ? await serve() : await listenIn(options.tap)
  const listener = front.listener
  ends.push(() => listener.close())

  const header: TraceHeader = {
    trace: 'wsgiscope',
    version: TRACE_VERSION,
    run,
    startedAt: clock.startedAt,
    app: front.app()?.spec ?? '',
    gateway: listener.address,
    ...(options.tap === null ? {} : { tap: options.tap }),
  }
  if (target !== null) sink = new FileSink(target, header, log, onLog)

  const ui = options.ui ? await startUi() : null
  for (const line of warnings(options)) onLog(line)
  return {
    version,
    run,
    get app() {
      return front.app()
    },
    http: urlOf(listener.address),
    ui: ui === null ? null : urlOf(ui.address),
    log,
    flush: () => sink?.flush(),
    async close() {
      stopBy ??= performance.now() + STOP_MS
      // Requests end first and pages hear of it; the file is last, so that it has everything.
      await listener.close()
      await close()
    },
    cut,
  }

  async function serveApp(): Promise<Front> {
    const host = await loadApp(options, onLog, {
      workers: options.workers,
      appTimeoutMs: options.appTimeoutMs,
      now: clock.now,
      onCut: (what) => cut.push(what),
      ...(surroundings.askAtTerminal === undefined ? {} : { askAtTerminal: surroundings.askAtTerminal }),
      onSource: (source) => log.note({ kind: 'app.source', ...source }),
      onLog: (source, text, exchange) =>
        source === 'server' ? onLog(text, exchange) : onOwnOutput(source, text, exchange),
      ...(options.reload ? { onReload: (reload) => tellReload(reload, log, { onLog, onOwnOutput }) } : {}),
    })
    ends.push(() => host.close(stopBy === null ? STOP_MS : Math.max(0, stopBy - performance.now())))

    const listener = await listenOn('port', options, () =>
      listen({
        address: { host: options.host, port: options.port },
        host,
        now: clock.now,
        startedAt: clock.startedAt,
        limits: limitsOf(options),
        log: options.ui || target !== null ? log : null,
        onAppOutput(source, text, exchange) {
          const admitted = volume.admit(text)
          if (admitted !== null) surroundings.log(source, admitted, exchange)
          return admitted
        },
        onLog,
      }),
    )
    return { app: () => host.app, listener }
  }

  async function serveNaively(): Promise<Front> {
    const { env, python } = options
    const server = new SixtyLines({
      ...(options.spec === null
        ? { spec: 'hello.py:app', cwd: APPS_FOLDER }
        : { spec: options.spec, cwd: options.cwd }),
      ...(python === undefined ? {} : { python }),
      env,
      address: { host: options.host, port: options.port },
      log,
      watchable: options.ui || target !== null,
      now: clock.now,
      onLog,
      onOutput: onOwnOutput,
      onTraceback: (text) => surroundings.log('stderr', text, null),
    })
    ends.push(() => server.close())
    await listenOn('port', options, () => server.listen())
    return { app: () => server.app, listener: server, restart: () => void server.restart() }
  }

  async function listenIn(server: NonNullable<Options['tap']>): Promise<Front> {
    const relay = await listenOn('listen', options, () =>
      serveTap({
        address: { host: options.host, port: options.port },
        target: server,
        now: clock.now,
        log: options.ui || target !== null ? log : null,
        onLog,
      }),
    )
    return { app: () => null, listener: relay }
  }

  async function startUi() {
    const role = isLoopback(options.uiHost) ? 'operator' : 'spectator'
    const live = new Live({
      version,
      header,
      app: front.app,
      log,
      gateway: listener.address,
      now: clock.now,
      role,
      restart: front.restart ?? null,
    })
    ends.push(() => live.close())
    const address = { host: options.uiHost, port: options.uiPort }
    const folder = surroundings.webFolder
    const served = await listenOn('ui-port', options, () =>
      serveUi({ address, folder, log, header, version, live, onLog }),
    )
    if (options.tap !== null && (await served.isAt(options.tap))) {
      await served.close()
      const { host, port } = options.tap
      throw new StartError(
        `--to ${host}:${port} is the page of this tap: name the port of the server, or another --ui-port`,
      )
    }
    ends.push(async () => {
      // A server is closed when its last connection is, and the pages' are among them.
      await live.close()
      await served.close()
    })
    return served
  }
}

/** What is open to others than this machine, and what that means. */
function warnings({ host, uiHost, ui, tap }: Options): string[] {
  const lines: string[] = []
  if (!isLoopback(host)) {
    const what = tap === null ? 'send requests to the application' : `reach ${tap.host}:${tap.port} through this tap`
    const page = ui && isLoopback(uiHost) ? '; the page is for this machine alone (--ui-host)' : ''
    lines.push(`warning: --host ${host}: whoever reaches this machine can ${what}${page}`)
  }
  if (ui && !isLoopback(uiHost)) {
    const sees = 'whoever reaches this machine sees every request, with its passwords and cookies'
    lines.push(`warning: --ui-host ${uiHost}: ${sees}; no page may send requests`)
  }
  return lines
}

/** A header line that may be long raises what all of them may be together, unless that was said as well. */
function limitsOf({ maxBody, headLimits }: Options): Limits {
  const headerField = headLimits.headerField ?? DEFAULT_LIMITS.headerField
  const headerBytes = Math.max(DEFAULT_LIMITS.headerBytes, 2 * headerField)
  return { ...DEFAULT_LIMITS, headerBytes, ...headLimits, body: maxBody }
}

interface ReloadTellers {
  onLog: (text: string) => void
  onOwnOutput: (source: AppSource, text: string) => void
}

function tellReload({ app, ...reload }: Reload, log: EventLog, { onLog, onOwnOutput }: ReloadTellers): void {
  const { callable, file, line, runtime } = app
  log.note({ kind: 'app.reloaded', ...reload, callable, file, line, runtime })
  const { failure } = reload
  const names = reload.changed.map((path) => basename(path)).join(', ')
  if (failure === null) onLog(names === '' ? 'the application is another one now' : `reloaded: ${names} changed`)
  else {
    if (failure.traceback !== null) onOwnOutput('stderr', failure.traceback.trimEnd())
    onLog(`${failure.message}; the previous version keeps answering`)
  }
}

/** The application, or the built-in hello: in Python, and in TypeScript should no Python start at all. */
async function loadApp(options: Options, onLog: (text: string) => void, hostOptions: HostOptions): Promise<Host> {
  const { cwd, env, python } = options
  const rest = { ...hostOptions, env, ...(python === undefined ? {} : { python }) }
  if (options.spec !== null) return createHost(options.spec, { ...rest, cwd })
  try {
    return await createHost('hello.py:app', { ...rest, cwd: APPS_FOLDER })
  } catch (error) {
    if (!(error instanceof LoadError) || python !== undefined) throw error
    onLog(`the built-in hello runs in TypeScript: ${error.message}`)
    return createHost(`hello${OWN_EXTENSION}:app`, { ...rest, cwd: APPS_FOLDER })
  }
}

function openTarget(
  trace: string,
  { stdout }: Surroundings,
  say: TargetListener['say'],
  onGone: TargetListener['onGone'],
): TraceTarget {
  if (trace === '-') return new StreamTarget('standard output', stdout, { say, onGone })
  try {
    return openTraceTarget(trace, { say, onGone })
  } catch (error) {
    throw new StartError(`--trace ${trace} cannot be written: ${reasonOf(error)}`)
  }
}

const whose = (flag: string, { host, uiHost }: Options): string =>
  flag === 'ui-port' ? `--ui-host ${uiHost}` : `--host ${host}`

async function listenOn<T>(flag: 'port' | 'listen' | 'ui-port', options: Options, begin: () => Promise<T>): Promise<T> {
  const port = flag === 'ui-port' ? options.uiPort : options.port
  try {
    return await begin()
  } catch (error) {
    if (error instanceof TapLoop) throw new StartError(error.message)
    const code = error instanceof Error && 'code' in error ? error.code : null
    switch (code) {
      case 'EADDRINUSE':
        throw new StartError(`port ${port} is taken by another program; try --${flag} 0, which picks a free one`)
      case 'EACCES':
        throw new StartError(`port ${port} is not yours to use; try --${flag} 0, which picks a free one`)
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        throw new StartError(`${whose(flag, options)} is no address of this machine; try 127.0.0.1`)
      default:
        // Whatever else the system has against it, such as a link-local address without its interface.
        if (!(error instanceof Error) || !('syscall' in error)) throw error
        throw new StartError(`${whose(flag, options)} cannot be listened on: ${error.message}; try 127.0.0.1`)
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EROFS: 'the disk is read-only',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}

/** An address to type into a browser on this machine. */
export function urlOf({ host, port }: Listener['address']): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
