/** The deployments there are: a new kind is a module beside these, and a line here. */
import type { DeploymentKind } from '../../shared/trace/deployment.ts'
import type { Options } from '../options.ts'
import type { StartDeployment } from './deployment.ts'
import { startDirect } from './direct.ts'
import { startSixtyLines } from './sixtyLines.ts'
import { startTap } from './tap.ts'

/** What can be started: a gateway may speak uwsgi beside HTTP, a tap either. */
type StartedKind = Exclude<DeploymentKind, 'uwsgi' | 'uwsgi-tap'>

export const DEPLOYMENTS: Readonly<Record<StartedKind, StartDeployment>> = {
  direct: startDirect,
  'sixty-lines': startSixtyLines,
  tap: startTap,
}

/** What the command line asks for. */
export function deploymentKind({ tap, server }: Pick<Options, 'tap' | 'server'>): StartedKind {
  if (tap !== null) return 'tap'
  return server === 'sixty-lines' ? 'sixty-lines' : 'direct'
}
