/** The page's own port, and what is behind it. */

import type { EventLog } from '../shared/log/eventLog.ts'
import type { TraceHeader } from '../shared/trace/events.ts'
import { addressText } from './bind.ts'
import type { Deployment } from './deployments/deployment.ts'
import { Live } from './live/live.ts'
import type { Options } from './options.ts'
import { isLoopback } from './origin.ts'
import type { RunLog } from './runLog.ts'
import { listenOn, StartError } from './startError.ts'
import { serveUi } from './ui.ts'

export interface PageOptions {
  options: Options
  /** Of the built page. */
  folder: string
  version: string
  header: TraceHeader
  log: EventLog
  runLog: RunLog
  now: () => number
  deployment: Deployment
}

/** @throws StartError */
export async function startPage({ options, folder, version, header, log, runLog, now, deployment }: PageOptions) {
  const live = new Live({
    version,
    header,
    app: deployment.app,
    log,
    gateway: deployment.speaks === 'uwsgi' ? null : deployment.listener.address,
    now,
    role: isLoopback(options.uiHost) ? 'operator' : 'spectator',
    restart: deployment.restart ?? null,
  })
  try {
    const address = { host: options.uiHost, port: options.uiPort }
    const served = await listenOn('ui-port', options, () =>
      serveUi({ address, folder, log, header, version, live, onLog: runLog.say }),
    )
    const to = options.tap?.to
    if (to !== undefined && 'port' in to && (await served.isAt(to))) {
      await served.close()
      throw new StartError(
        `--to ${addressText(to)} is the page of this tap: name the port of the server, or another --ui-port`,
      )
    }
    return {
      address: served.address,
      async close(): Promise<void> {
        // A server is closed when its last connection is, and the pages' are among them.
        await live.close()
        await served.close()
      },
    }
  } catch (error) {
    await live.close()
    throw error
  }
}
