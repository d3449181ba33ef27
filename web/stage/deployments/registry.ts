/** The deployments there are: a new kind is a module beside these, and a line here. */
import type { DeploymentKind } from '../../../shared/trace/deployment.ts'
import type { Deployment } from './deployment.ts'
import { direct } from './direct.ts'
import { sixtyLines } from './sixtyLines.ts'
import { tap } from './tap.ts'
import { uwsgi } from './uwsgi.ts'
import { uwsgiTap } from './uwsgiTap.ts'

export const DEPLOYMENTS: Readonly<Record<DeploymentKind, Deployment>> = {
  direct,
  uwsgi,
  'sixty-lines': sixtyLines,
  tap,
  'uwsgi-tap': uwsgiTap,
}
