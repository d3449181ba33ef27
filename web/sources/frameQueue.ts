/**
 * What arrives between two frames is applied once, before the next: a page that is drawn sixty times a second has no use
 * for four thousand updates in it.
 */
export interface FrameQueue<T> {
  push(items: readonly T[]): void
  /** Forgets what was not applied yet. */
  clear(): void
  /** Applies what waits, at once. */
  flush(): void
}

/** @param nextFrame calls back before the next frame, or after a while where no frames are drawn (a hidden tab). */
export function frameQueue<T>(apply: (items: T[]) => void, nextFrame: (callback: () => void) => void): FrameQueue<T> {
  let waiting: T[] = []
  let scheduled = false
  const flush = () => {
    scheduled = false
    if (waiting.length === 0) return
    const items = waiting
    waiting = []
    apply(items)
  }
  return {
    push(items) {
      // Not `push(...items)`: a call takes a bounded number of arguments.
      for (const item of items) waiting.push(item)
      if (scheduled || waiting.length === 0) return
      scheduled = true
      nextFrame(flush)
    },
    clear() {
      waiting = []
    },
    flush,
  }
}

/** Hidden tabs draw no frames; their events must not pile up. */
const HIDDEN_MS = 500

/** `nextFrame` of a browser. */
export function browserFrame(callback: () => void): void {
  let called = false
  const once = () => {
    if (called) return
    called = true
    window.clearTimeout(timer)
    window.cancelAnimationFrame(frame)
    callback()
  }
  const timer = window.setTimeout(once, HIDDEN_MS)
  const frame = window.requestAnimationFrame(once)
}
