import type { AppEvent } from '../../../shared/gateway/types.ts'
import type { StackFrame } from '../../../shared/trace/events.ts'

/** The application's own files that an event points into. */
export function filesIn(event: AppEvent): string[] {
  switch (event.kind) {
    case 'startResponse':
      return filesOf([...event.stack, ...(event.answer === undefined ? [] : [event.answer])])
    case 'raised':
    case 'caught':
      return filesOf(event.stack ?? [])
    case 'inputRead':
    case 'returned':
    case 'chunk':
      return event.frame === undefined ? NO_FILES : [event.frame.file]
    default:
      return NO_FILES
  }
}

const filesOf = (frames: readonly StackFrame[]): string[] =>
  frames.flatMap((frame) => ('file' in frame ? [frame.file] : []))

const NO_FILES: string[] = []
