/** What every export is made with, besides the events. */
import type { TraceHeader } from '../../shared/trace/events.ts'
import type { Bodies, Masked } from './redact.ts'

export interface ExportContext {
  header: TraceHeader
  /** wsgiscope's own version. */
  version: string
  /** Decoded, and masked where the events are. */
  bodies: Bodies
  masked: Masked
}
