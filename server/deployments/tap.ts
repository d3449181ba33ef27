/** A tap between any client and any server. */
import type { ListenAddress } from '../bind.ts'
import { listenAtPath, listenOn } from '../startError.ts'
import { serveTap } from '../tap/serveTap.ts'
import type { Deployment, DeploymentContext } from './deployment.ts'

/** @throws where the command line names no server behind the tap. */
export async function startTap({ options, now, log, watchable, runLog }: DeploymentContext): Promise<Deployment> {
  const { tap, host, port } = options
  if (tap === null) throw new Error('a tap needs a server behind it')
  const { to: target, socket, speaks } = tap
  const begin = (address: ListenAddress) =>
    serveTap({ address, target, speaks, now, log: watchable ? log : null, onLog: runLog.say })
  const listener =
    socket === null
      ? await listenOn('listen', options, () => begin({ host, port }))
      : await listenAtPath('listen', socket, () => begin({ path: socket }))
  return { app: () => null, listener, speaks }
}
