/** What the tests of the tap share: one that listens, with all its events. */

import { onTestFinished } from 'vitest'
import { EventLog } from '../../shared/log/eventLog.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { startClock } from '../clock.ts'
import { logScheduler } from '../turns.ts'
import { startRelay } from './relay.ts'

interface Bench {
  port: number
  events: TraceEvent[]
  log: EventLog
  lines: string[]
}

/** In front of a port of this machine; it ends with the test. */
export async function startTap(target: number, most?: number): Promise<Bench> {
  const { now } = startClock()
  const log = new EventLog(logScheduler(now))
  const events: TraceEvent[] = []
  log.sink((event) => events.push(event))
  const lines: string[] = []
  const relay = await startRelay({
    address: { host: '127.0.0.1', port: 0 },
    target: { host: '127.0.0.1', port: target },
    now,
    log,
    onLog: (line) => lines.push(line),
    ...(most === undefined ? {} : { most }),
  })
  onTestFinished(() => relay.close(0))
  return { port: relay.address.port, events, log, lines }
}
