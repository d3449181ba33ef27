/** The thread that makes exports: an order comes in, a file goes out. */
import { parentPort } from 'node:worker_threads'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { exportExchange } from './exportExchange.ts'
import type { ExportOrder, ExportPart, ExportReply } from './exportThread.ts'

async function replyTo({ format, events, options }: ExportOrder): Promise<ExportReply> {
  try {
    const { type, body, missing } = await exportExchange(format, events, options)
    // Memory of its own, which can be handed over.
    return { type, missing, body: typeof body === 'string' ? new TextEncoder().encode(body) : Uint8Array.from(body) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

let handed: TraceEvent[] = []

parentPort?.on('message', ({ events, order }: ExportPart) => {
  for (const event of events) handed.push(event)
  if (order === null) return
  const all = handed
  handed = []
  void replyTo({ ...order, events: all }).then((reply) =>
    parentPort?.postMessage(reply, 'body' in reply ? [reply.body.buffer] : []),
  )
})
