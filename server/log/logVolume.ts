/**
 * Bounds what an application may log: one that prints in a loop fills neither a terminal, nor a disk, nor the trace. What
 * is over the bound is counted and said, at most once a second.
 */

export interface VolumeLimits {
  /** Characters at once, and a second from then on. */
  burst: number
  perSecond: number
  /** Of a single text, which may be a line or a traceback. */
  text: number
}

export const DEFAULT_VOLUME: VolumeLimits = { burst: 4 * 1024 * 1024, perSecond: 512 * 1024, text: 64 * 1024 }

/** What a text costs beyond its characters: a line of nothing is a line. */
const PER_TEXT = 100

const SAY_MS = 1000

export class LogVolume {
  readonly #now: () => number
  readonly #say: (text: string) => void
  readonly #limits: VolumeLimits
  #room: number
  #at: number
  #texts = 0
  #characters = 0
  #timer: NodeJS.Timeout | null = null

  /** `now` gives microseconds; `say` is given the line that tells what was left out. */
  constructor(now: () => number, say: (text: string) => void, limits = DEFAULT_VOLUME) {
    this.#now = now
    this.#say = say
    this.#limits = limits
    this.#room = limits.burst
    this.#at = now()
  }

  /** As much of the text as may be logged; null for nothing of it. */
  admit(text: string): string | null {
    const { burst, perSecond, text: longest } = this.#limits
    const now = this.#now()
    this.#room = Math.min(burst, this.#room + ((now - this.#at) * perSecond) / 1e6)
    this.#at = now
    if (this.#room <= 0) {
      this.#leaveOut(text.length)
      return null
    }
    const admitted =
      text.length > longest ? `${text.slice(0, longest)} … (${text.length - longest} more characters)` : text
    this.#room -= admitted.length + PER_TEXT
    return admitted
  }

  /** Says at once what has not been said yet. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#texts === 0) return
    const [texts, characters] = [this.#texts, this.#characters]
    this.#texts = 0
    this.#characters = 0
    this.#say(`left out: ${texts} lines of the application's log, ${characters} characters in all, as it logs too much`)
  }

  #leaveOut(characters: number): void {
    this.#texts++
    this.#characters += characters
    this.#timer ??= setTimeout(() => this.flush(), SAY_MS).unref()
  }
}
