import { weighHeaders, weighStack } from '../trace/weight.ts'
import type { AppEvent } from './types.ts'

/**
 * About how many bytes an event takes while it is kept, beside what every event does: what an application, or whoever
 * speaks in its place, can make grow.
 */
export function weighAppEvent(event: AppEvent): number {
  switch (event.kind) {
    case 'chunk':
    case 'write':
      return event.data.length + weighStack(event.frame && [event.frame])
    case 'inputRead':
    case 'returned':
      return weighStack(event.frame && [event.frame])
    case 'startResponse': {
      const { status, headers, excInfo, stack, answer } = event
      const error = excInfo === null ? 0 : excInfo.type.length + excInfo.message.length
      return status.length + weighHeaders(headers) + error + weighStack(stack) + weighStack(answer && [answer])
    }
    case 'raised':
    case 'caught':
      return event.type.length + event.message.length + event.traceback.length + weighStack(event.stack)
    case 'environChanged':
      return event.key.length + (event.before?.length ?? 0) + (event.after?.length ?? 0)
    case 'logged':
      return event.text.length
    case 'died':
      return event.reason.length
    default:
      return 0
  }
}
