/** When a process is to stop, and when it has to be over. */

/** npm passes a Ctrl-C on to a process that the terminal has told already: two so close together are one. */
const SAME_KEYPRESS_MS = 100

/** What a server that ends in order takes at the most is less (STOP_MS in run.ts). */
const HARD_END_MS = 30_000

export interface Interruption {
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly promise: Promise<void>
  readonly asked: boolean
}

export interface Ends {
  /** A second SIGINT. */
  onImpatience: () => void
  /** So long after the first signal the process is still there: something that it waits for does not end. */
  onHardEnd: (seconds: number) => void
  /** In place of HARD_END_MS. */
  hardEndMs?: number
}

export function interruption({ onImpatience, onHardEnd, hardEndMs = HARD_END_MS }: Ends): Interruption {
  let askedAt: number | null = null
  const promise = new Promise<void>((resolve) => {
    const ask = (signal: NodeJS.Signals) => {
      if (askedAt === null) {
        askedAt = performance.now()
        setTimeout(() => onHardEnd(hardEndMs / 1000), hardEndMs).unref()
        resolve()
      } else if (signal === 'SIGINT' && performance.now() - askedAt > SAME_KEYPRESS_MS) onImpatience()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
  })
  return {
    promise,
    get asked() {
      return askedAt !== null
    },
  }
}
