import type { StackFrame, TraceBody } from './events.ts'

/**
 * About how many bytes an event costs, in memory and encoded alike: what limits are measured with. It never needs to be
 * exact; it must grow with whatever a client or an application can make grow.
 */
export function weigh(event: TraceBody): number {
  switch (event.kind) {
    case 'socket.received':
    case 'socket.sent':
      return 160 + (event.bytes?.length ?? 0)
    case 'app.wrote':
    case 'app.yielded':
      return 160 + (event.bytes?.length ?? 0) + weighStack(event.frame && [event.frame])
    case 'input.read':
    case 'app.returned':
      return 200 + weighStack(event.frame && [event.frame])
    case 'request.line':
      return 400 + event.target.length
    case 'request.header':
      return 220 + event.name.length + event.value.length
    case 'request.body':
      return 160 + event.spans.length * 32
    case 'uwsgi.packet':
      return event.vars.reduce((sum, { key, value }) => sum + 120 + key.length + value.length, 200)
    case 'environ.built':
      return event.entries.reduce((sum, { key, value }) => sum + 160 + key.length + value.length, 160)
    case 'app.startResponse': {
      const { status, headers, excInfo, stack, answer } = event
      const error = excInfo === null ? 0 : excInfo.type.length + excInfo.message.length
      return 200 + status.length + weighHeaders(headers) + error + weighStack(stack) + weighStack(answer && [answer])
    }
    case 'environ.changed':
      return 200 + event.key.length + (event.before?.length ?? 0) + (event.after?.length ?? 0)
    case 'app.line':
      return Object.entries(event.locals).reduce((sum, [name, value]) => sum + 20 + name.length + value.length, 200)
    case 'app.raised':
    case 'app.caught':
      return 200 + event.type.length + event.message.length + event.traceback.length + weighStack(event.stack)
    case 'app.source':
    case 'log.line':
      return 160 + event.text.length
    case 'server.died':
    case 'server.absent':
      return 200 + (event.traceback?.length ?? 0)
    case 'app.reloaded':
      return 400 + (event.failure?.traceback?.length ?? 0)
    case 'response.serialized':
      return 160 + event.segments.length * 60
    default:
      return 200
  }
}

export const weighHeaders = (headers: readonly (readonly [string, string])[]): number =>
  headers.reduce((sum, [name, value]) => sum + 20 + name.length + value.length, 0)

/** The files and functions of frames may have names of any length. */
export function weighStack(stack: readonly StackFrame[] = []): number {
  let sum = 0
  for (const frame of stack) {
    sum += 60
    if ('file' in frame) sum += frame.file.length + frame.function.length
    else for (const name of frame.of ?? []) sum += 20 + name.length
  }
  return sum
}
