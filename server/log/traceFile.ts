/**
 * A trace in a file on a disk that may be full for a while: it always ends with a whole line, and goes on once there is
 * room again. What comes meanwhile is the sink's to leave out, and to count.
 */
import { closeSync, ftruncateSync, writeSync } from 'node:fs'
import type { Obstacle, TargetListener, TraceTarget } from './target.ts'

/** How often a disk that was full is tried again. */
const AGAIN_MS = 500

export class TraceFile implements TraceTarget {
  readonly name: string
  readonly #fd: number
  readonly #listener: TargetListener
  /** Where the last whole line ends. */
  #length = 0
  /** Lines that had no room: no more than what the sink had at hand when that was noticed. */
  #left: Uint8Array[] = []
  #obstacle: Obstacle = { is: 'has no room', was: 'had no room' }
  #again: NodeJS.Timeout | null = null

  /** @param fd of a file that is empty and opened for appending. */
  constructor(name: string, fd: number, listener: TargetListener) {
    this.name = name
    this.#fd = fd
    this.#listener = listener
  }

  get queued(): number {
    return this.#left.length > 0 ? Number.POSITIVE_INFINITY : 0
  }

  get obstacle(): Obstacle {
    return this.#obstacle
  }

  write(bytes: Uint8Array): void {
    if (this.#left.length === 0 && this.#append(bytes)) return
    this.#left.push(new Uint8Array(bytes))
    this.#again ??= setInterval(() => this.#tryAgain(), AGAIN_MS)
  }

  async close(): Promise<void> {
    this.#tryAgain()
    if (this.#again !== null) clearInterval(this.#again)
    const lacks = this.#left.reduce((sum, { length }) => sum + length, 0)
    if (lacks > 0) this.#listener.say(`the trace lacks its last ${lacks} bytes: ${this.name} ${this.#obstacle.is}`)
    closeSync(this.#fd)
  }

  #tryAgain(): void {
    try {
      while (this.#left[0] !== undefined) {
        if (!this.#append(this.#left[0])) return
        this.#left.shift()
      }
    } catch (error) {
      this.#left = []
      this.#listener.onGone(error instanceof Error ? error : new Error(String(error)))
    }
    if (this.#again !== null) clearInterval(this.#again)
    this.#again = null
  }

  /** All of it, or nothing where there is no room. @throws what else the operating system says. */
  #append(bytes: Uint8Array): boolean {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (!(error instanceof Error) || (code !== 'ENOSPC' && code !== 'EDQUOT')) throw error
      this.#obstacle = { is: `has no room (${error.message})`, was: 'had no room' }
      ftruncateSync(this.#fd, this.#length)
      return false
    }
    this.#length += bytes.length
    return true
  }
}
