/** The one animation loop of the page: it runs while the picture is on its way, and tells the playhead the time. */
import type { PlayheadStore } from './playheadStore.ts'

/** After a stall (a hidden tab, a slow machine) the story goes on where it was, and does not leap. */
const LONGEST_FRAME_MS = 250

export interface Frames {
  request(callback: (now: number) => void): number
  cancel(frame: number): void
}

/** Returns how to end it. */
export function startPlayer(playhead: PlayheadStore, frames: Frames): () => void {
  let frame: number | null = null
  let before: number | null = null
  const moves = () => playhead.getState().playing || playhead.getState().target !== null
  const tick = (now: number) => {
    frame = null
    const elapsed = before === null ? 0 : Math.min(now - before, LONGEST_FRAME_MS)
    before = now
    playhead.getState().advance(elapsed)
    schedule()
  }
  const schedule = () => {
    if (frame !== null) return
    if (moves()) frame = frames.request(tick)
    else before = null
  }
  const unsubscribe = playhead.subscribe(schedule)
  schedule()
  return () => {
    unsubscribe()
    if (frame !== null) frames.cancel(frame)
  }
}
