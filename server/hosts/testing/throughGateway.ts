/** One request through a gateway and a host, without a socket between them: the trace that a log would have made of it. */
import { latin1Encode } from '../../../shared/bytes/latin1.ts'
import { createGateway } from '../../../shared/gateway/connection.ts'
import type { Host, RunningCall } from '../../../shared/gateway/host.ts'
import type { Input, Output } from '../../../shared/gateway/types.ts'
import { testOptions } from '../../../shared/testing/conversation.ts'
import type { TraceEvent } from '../../../shared/trace/events.ts'
import { FindingAbout } from '../../../shared/wsgi/findingAbout.ts'
import { inMemory } from './callHost.ts'

/** Resolves when the application is through. `request` has no body. */
export function throughGateway(host: Host, request: string): Promise<TraceEvent[]> {
  const gateway = createGateway(testOptions)
  const about = new FindingAbout()
  const events: TraceEvent[] = []
  let running: RunningCall | null = null
  return new Promise((resolve) => {
    const perform = (output: Output): void => {
      if (output.kind === 'trace') {
        const { at, exchange, body } = output.draft
        const id = exchange === null ? null : exchange + 1
        events.push(about.resolve({ seq: events.length, at, conn: 1, exchange: id, ...body }))
      } else if (output.kind === 'callApp') {
        running = host.call({
          environ: output.environ,
          body: inMemory(),
          trace: true,
          onEvent: (event, now) => {
            // An inline application answers before its call has returned.
            queueMicrotask(() => {
              feed({ kind: 'app', exchange: output.exchange, event, now })
              if (event.kind === 'closed' || event.kind === 'died') resolve(events)
            })
          },
        })
      } else if (output.kind === 'nextChunk') running?.more(output.credit)
      else if (output.kind === 'closeApp') running?.abort()
    }
    const feed = (input: Input): void => {
      for (const output of gateway.receive(input)) perform(output)
    }
    feed({ kind: 'bytes', data: latin1Encode(request), now: 0 })
  })
}
