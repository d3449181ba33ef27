import type { PlayheadStore } from './playheadStore.ts'
import type { SessionStore } from './session.ts'
import type { TraceStore } from './trace.ts'

/** What a page knows: of the run, of where its picture stands, and of the person in front of it. */
export interface Stores {
  readonly trace: TraceStore
  readonly playhead: PlayheadStore
  readonly session: SessionStore
}
