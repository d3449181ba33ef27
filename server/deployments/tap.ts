/** A tap between any client and any server. */
import { listenOn } from '../startError.ts'
import { serveTap } from '../tap/serveTap.ts'
import type { Deployment, DeploymentContext } from './deployment.ts'

/** @throws where the command line names no server behind the tap. */
export async function startTap({ options, now, log, watchable, runLog }: DeploymentContext): Promise<Deployment> {
  const { tap: target, host, port } = options
  if (target === null) throw new Error('a tap needs a server behind it')
  const listener = await listenOn('listen', options, () =>
    serveTap({ address: { host, port }, target, now, log: watchable ? log : null, onLog: runLog.say }),
  )
  return { app: () => null, listener }
}
