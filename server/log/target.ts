/** What a trace is written to, as whoever writes it sees it. */

export interface TraceTarget {
  readonly name: string
  /** Bytes that wait in memory for a reader; infinite while nothing more may wait. */
  readonly queued: number
  /** Why they wait. */
  readonly obstacle: Obstacle
  /** `bytes` are the caller's again when it returns. @throws what the operating system says. */
  write(bytes: Uint8Array): void
  /** Lets go of it. Of what is queued, a reader is given as much as it takes within a moment. */
  close(): Promise<void>
}

/** Said behind the name of the target: `is not read`, `was not read`. */
export interface Obstacle {
  is: string
  was: string
}

export interface TargetListener {
  /** It takes no more. */
  onGone(error: Error): void
  /** A line for people. */
  say(text: string): void
}
