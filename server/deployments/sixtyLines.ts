/** The naive server of sixty lines in a process of its own, behind a tap that watches it line by line. */
import { APPS_FOLDER } from '../folders.ts'
import { SixtyLines } from '../sixtyLines/sixtyLines.ts'
import { listenOn } from '../startError.ts'
import type { Deployment, DeploymentContext } from './deployment.ts'

export async function startSixtyLines(context: DeploymentContext): Promise<Deployment> {
  const { options, now, log, watchable, runLog } = context
  const { spec, cwd, env, python } = options
  const server = new SixtyLines({
    ...(spec === null ? { spec: 'hello.py:app', cwd: APPS_FOLDER } : { spec, cwd }),
    ...(python === undefined ? {} : { python }),
    env,
    address: { host: options.host, port: options.port },
    log,
    watchable,
    now,
    onLog: runLog.say,
    onOutput: runLog.output,
    onTraceback: runLog.print,
  })
  context.onEnd(() => server.close())
  await listenOn('port', options, () => server.listen())
  return { app: () => server.app, listener: server, restart: () => void server.restart() }
}
