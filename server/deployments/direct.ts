/** The gateway serves the application itself. */
import { basename } from 'node:path'
import { type Host, type HostOptions, LoadError, type Reload } from '../../shared/gateway/host.ts'
import { DEFAULT_LIMITS, type Limits } from '../../shared/gateway/types.ts'
import { APPS_FOLDER, OWN_EXTENSION } from '../folders.ts'
import { createHost } from '../hosts/createHost.ts'
import { counter, type Listener, type ListenOptions, listen } from '../listen.ts'
import type { Options } from '../options.ts'
import { listenAtPath, listenOn } from '../startError.ts'
import type { Deployment, DeploymentContext } from './deployment.ts'

export async function startDirect(context: DeploymentContext): Promise<Deployment> {
  const { options, now, startedAt, log, watchable, runLog } = context
  const host = await loadApp(context, {
    workers: options.workers,
    appTimeoutMs: options.appTimeoutMs,
    now,
    onCut: context.onCut,
    ...(context.askAtTerminal === undefined ? {} : { askAtTerminal: context.askAtTerminal }),
    onSource: (source) => log.note({ kind: 'app.source', ...source }),
    onLog: (source, text, exchange) =>
      source === 'server' ? runLog.say(text, exchange) : runLog.output(source, text, exchange),
    ...(options.reload ? { onReload: (reload) => logReload(reload, context) } : {}),
  })
  context.onEnd(() => host.close(context.msToEnd()))
  const shared = {
    host,
    now,
    startedAt,
    limits: limitsOf(options),
    log: watchable ? log : null,
    nextNumber: counter(),
    onAppOutput: runLog.admit,
    onLog: runLog.say,
  }
  const uwsgi = await listenForUwsgi(shared, context)
  const listener = await listenOn('port', options, () =>
    listen({ ...shared, address: { host: options.host, port: options.port } }),
  )
  return { app: () => host.app, listener, uwsgi }
}

/** The same application, behind a port and a Unix domain socket that speak uwsgi, as far as they were asked for. */
async function listenForUwsgi(
  shared: Omit<ListenOptions, 'address'>,
  { options, onEnd }: DeploymentContext,
): Promise<Listener[]> {
  const { host, uwsgiPort, uwsgiSocket } = options
  const listeners: Listener[] = []
  const begin = async (address: ListenOptions['address']): Promise<void> => {
    const listener = await listen({ ...shared, speaks: 'uwsgi', address })
    onEnd(() => listener.close())
    listeners.push(listener)
  }
  if (uwsgiPort !== null) await listenOn('uwsgi-port', options, () => begin({ host, port: uwsgiPort }))
  if (uwsgiSocket !== null) await listenAtPath('uwsgi-socket', uwsgiSocket, () => begin({ path: uwsgiSocket }))
  return listeners
}

/** A header line that may be long raises what all of them may be together, unless that was said as well. */
function limitsOf({ maxBody, headLimits }: Options): Limits {
  const headerField = headLimits.headerField ?? DEFAULT_LIMITS.headerField
  const headerBytes = Math.max(DEFAULT_LIMITS.headerBytes, 2 * headerField)
  return { ...DEFAULT_LIMITS, headerBytes, ...headLimits, body: maxBody }
}

function logReload({ app, ...reload }: Reload, { log, runLog }: DeploymentContext): void {
  const { callable, file, line, runtime } = app
  log.note({ kind: 'app.reloaded', ...reload, callable, file, line, runtime })
  const { failure } = reload
  const names = reload.changed.map((path) => basename(path)).join(', ')
  if (failure === null) runLog.say(names === '' ? 'the application is another one now' : `reloaded: ${names} changed`)
  else {
    if (failure.traceback !== null) runLog.output('stderr', failure.traceback.trimEnd())
    runLog.say(`${failure.message}; the previous version keeps answering`)
  }
}

/** The application, or the built-in hello: in Python, and in TypeScript should no Python start at all. */
async function loadApp({ options, runLog }: DeploymentContext, hostOptions: HostOptions): Promise<Host> {
  const { cwd, env, python } = options
  const rest = { ...hostOptions, env, ...(python === undefined ? {} : { python }) }
  if (options.spec !== null) return createHost(options.spec, { ...rest, cwd })
  try {
    return await createHost('hello.py:app', { ...rest, cwd: APPS_FOLDER })
  } catch (error) {
    if (!(error instanceof LoadError) || python !== undefined) throw error
    runLog.say(`the built-in hello runs in TypeScript: ${error.message}`)
    return createHost(`hello${OWN_EXTENSION}:app`, { ...rest, cwd: APPS_FOLDER })
  }
}
