import type { AppEvent } from '../../../shared/gateway/types.ts'
import type { StackFrame } from '../../../shared/trace/events.ts'

/** The application's own files that an event points into. */
export function filesIn(event: AppEvent): string[] {
  if ('frame' in event) return event.frame === undefined ? NO_FILES : [event.frame.file]
  if (event.kind !== 'startResponse' && event.kind !== 'raised' && event.kind !== 'caught') return NO_FILES
  const frames: StackFrame[] = [...(event.stack ?? [])]
  if (event.kind === 'startResponse' && event.answer !== undefined) frames.push(event.answer)
  return frames.flatMap((frame) => ('file' in frame ? [frame.file] : []))
}

const NO_FILES: string[] = []
