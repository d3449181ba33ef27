/** The thread that makes exports: an order comes in, a file goes out. */
import { parentPort } from 'node:worker_threads'
import { exportExchange } from './exportExchange.ts'
import type { ExportOrder, ExportReply } from './exportThread.ts'

async function replyTo({ format, events, options }: ExportOrder): Promise<ExportReply> {
  try {
    const { type, body, missing } = await exportExchange(format, events, options)
    // Memory of its own, which can be handed over.
    return { type, missing, body: typeof body === 'string' ? new TextEncoder().encode(body) : Uint8Array.from(body) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

parentPort?.on('message', (order: ExportOrder) => {
  void replyTo(order).then((reply) => parentPort?.postMessage(reply, 'body' in reply ? [reply.body.buffer] : []))
})
