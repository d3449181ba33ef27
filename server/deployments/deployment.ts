/** How a server is put between its clients and the application. A kind is one module; registry.ts lists them. */

import type { Host } from '../../shared/gateway/host.ts'
import type { Speaks } from '../../shared/gateway/types.ts'
import type { EventLog } from '../../shared/log/eventLog.ts'
import type { Clock } from '../clock.ts'
import type { Listener } from '../listen.ts'
import type { Options } from '../options.ts'
import type { RunLog } from '../runLog.ts'

/** What clients talk to, and what is behind it as far as that is known. */
export interface Deployment {
  /** Null where only bytes are seen. */
  app(): Host['app'] | null
  readonly listener: Listener
  /** What is spoken there; left out for HTTP. */
  readonly speaks?: Speaks
  /** Where uwsgi is spoken as well; left out where it is not. */
  readonly uwsgi?: readonly Listener[]
  /** Starts a server that has died again; left out where none can die. */
  restart?(): void
}

/** What a run gives to the deployment that it starts. */
export interface DeploymentContext {
  readonly options: Options
  readonly now: Clock['now']
  readonly startedAt: Clock['startedAt']
  readonly log: EventLog
  /** Whether somebody may ever look at what happens. */
  readonly watchable: boolean
  readonly runLog: RunLog
  /** Shows a prompt at the terminal; left out where nobody is there to answer. */
  readonly askAtTerminal?: (prompt: string) => void
  /** How to end what has been started; the latest is ended first. */
  onEnd(end: () => Promise<void> | void): void
  /** How long, in milliseconds, what ends now may take. */
  msToEnd(): number
  /** Something of the application was killed when it was to end. */
  onCut(what: string): void
}

/** @throws StartError, LoadError */
export type StartDeployment = (context: DeploymentContext) => Promise<Deployment>
