/** Wires a server together: log, deployment, page. What it starts it also ends, also when a later step fails. */

import { randomBytes } from 'node:crypto'
import type { Host } from '../shared/gateway/host.ts'
import { DEFAULT_LOG_LIMITS, EventLog } from '../shared/log/eventLog.ts'
import { TRACE_VERSION, type TraceHeader } from '../shared/trace/events.ts'
import { addressText, written } from './bind.ts'
import { startClock } from './clock.ts'
import type { Deployment } from './deployments/deployment.ts'
import { DEPLOYMENTS, deploymentKind } from './deployments/registry.ts'
import type { Listener } from './listen.ts'
import { FileSink } from './log/fileSink.ts'
import { openTarget } from './log/openTarget.ts'
import type { Log } from './log/standardError.ts'
import type { Options } from './options.ts'
import { isLoopback } from './origin.ts'
import { startPage } from './page.ts'
import { RunLog } from './runLog.ts'
import { sweepTempFolders } from './tempFolder.ts'
import { logScheduler } from './turns.ts'
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
  /** `http://127.0.0.1:8888`; null where HTTP is spoken at no port: by a tap for uwsgi, or at a Unix domain socket. */
  readonly http: string | null
  /** `127.0.0.1:8888`, `unix:/tmp/tap.sock` */
  readonly address: string
  /** Where uwsgi is spoken, as nginx takes it behind uwsgi_pass: `127.0.0.1:3031`, `unix:/tmp/app.sock`. */
  readonly uwsgi: readonly string[]
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
  const log = new EventLog(logScheduler(clock.now), DEFAULT_LOG_LIMITS, !options.ui)
  const run = randomBytes(8).toString('hex')
  const version = readVersion()
  const runLog = new RunLog(surroundings.log, log, clock.now)
  ends.push(() => runLog.flush())
  void sweepTempFolders().then((swept) => {
    if (swept.length > 0) runLog.say(`removed what runs that were killed had left: ${swept.join(', ')}`)
  })

  /** By performance.now(), once it is stopping. */
  let stopBy: number | null = null
  const cut: string[] = []

  let sink: FileSink | null = null
  const target =
    options.trace === null
      ? null
      : openTarget(options.trace, surroundings.stdout, { say: runLog.say, onGone: (error) => sink?.fail(error) })
  if (target !== null) ends.push(() => (sink === null ? target.close() : sink.close()))

  const deployment = await DEPLOYMENTS[deploymentKind(options)]({
    options,
    now: clock.now,
    startedAt: clock.startedAt,
    log,
    watchable: options.ui || target !== null,
    runLog,
    ...(surroundings.askAtTerminal === undefined ? {} : { askAtTerminal: surroundings.askAtTerminal }),
    onEnd: (end) => ends.push(end),
    msToEnd: () => (stopBy === null ? STOP_MS : Math.max(0, stopBy - performance.now())),
    onCut: (what) => cut.push(what),
  })
  const { listener, speaks = 'http' } = deployment
  const uwsgi = [...(speaks === 'uwsgi' ? [listener] : []), ...(deployment.uwsgi ?? [])]
  ends.push(() => listener.close())

  const header = headerOf(run, clock.startedAt, deployment, options)
  if (target !== null) sink = new FileSink(target, header, log, runLog.say)
  const pageOptions = {
    options,
    folder: surroundings.webFolder,
    version,
    header,
    log,
    runLog,
    now: clock.now,
    deployment,
  }
  const ui = options.ui ? await startPage(pageOptions) : null
  if (ui !== null) ends.push(ui.close)
  for (const line of warnings(options)) runLog.say(line)
  return {
    version,
    run,
    get app() {
      return deployment.app()
    },
    http: speaks === 'http' && !isPath(listener.address) ? urlOf(listener.address) : null,
    address: passAddress(listener.address),
    uwsgi: uwsgi.map(({ address }) => passAddress(address)),
    ui: ui === null ? null : urlOf(ui.address),
    log,
    flush: () => sink?.flush(),
    async close() {
      stopBy ??= performance.now() + STOP_MS
      // Requests end first and pages hear of it; the file is last, so that it has everything.
      await Promise.all([...new Set([listener, ...uwsgi])].map((each) => each.close()))
      await close()
    },
    cut,
  }
}

function headerOf(run: string, startedAt: number, deployment: Deployment, { tap }: Options): TraceHeader {
  return {
    trace: 'wsgiscope',
    version: TRACE_VERSION,
    run,
    startedAt,
    app: deployment.app()?.spec ?? '',
    gateway: deployment.listener.address,
    ...(tap === null ? {} : { tap: { ...written(tap.to, 'port' in tap.to ? tap.to.port : 0), protocol: tap.speaks } }),
  }
}

/** What is open to others than this machine, and what that means. */
function warnings({ host, uiHost, ui, tap }: Options): string[] {
  const lines: string[] = []
  if (!isLoopback(host) && tap?.socket == null) {
    const what = tap === null ? 'send requests to the application' : `reach ${addressText(tap.to)} through this tap`
    const page = ui && isLoopback(uiHost) ? '; the page is for this machine alone (--ui-host)' : ''
    lines.push(`warning: --host ${host}: whoever reaches this machine can ${what}${page}`)
  }
  if (ui && !isLoopback(uiHost)) {
    const sees = 'whoever reaches this machine sees every request, with its passwords and cookies'
    lines.push(`warning: --ui-host ${uiHost}: ${sees}; no page may send requests`)
  }
  return lines
}

/** An address to type into a browser on this machine. */
export const urlOf = (address: Listener['address']): string => `http://${reachable(address)}`

/** How another program of this machine reaches it. */
function reachable({ host, port }: Listener['address']): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `${name.includes(':') ? `[${name}]` : name}:${port}`
}

const isPath = ({ host }: Listener['address']): boolean => host.startsWith('unix:')

const passAddress = (address: Listener['address']): string => (isPath(address) ? address.host : reachable(address))
