/** What was run before, newest last; the line that was begun is kept while one looks back. */
import * as z from 'zod'
import type { Keep } from '../keep.ts'

const LIMIT = 200
const Saved = z.array(z.string().max(16 * 1024)).max(LIMIT)

export class History {
  readonly #keep: Keep
  #lines: string[]
  #at: number
  #begun = ''

  constructor(keep: Keep) {
    this.#keep = keep
    this.#lines = read(keep.read('history'))
    this.#at = this.#lines.length
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** A line that is the same as the one before it is kept once. */
  add(line: string): void {
    if (line.trim() !== '' && this.#lines.at(-1) !== line) {
      this.#lines = [...this.#lines, line].slice(-LIMIT)
      this.#keep.write('history', JSON.stringify(this.#lines))
    }
    this.#at = this.#lines.length
    this.#begun = ''
  }

  /** The line before, or null where there is none. */
  older(current: string): string | null {
    if (this.#at === 0) return null
    if (this.#at === this.#lines.length) this.#begun = current
    this.#at -= 1
    return this.#lines[this.#at] ?? null
  }

  /** The line after; at last the one that was begun; null when already there. */
  newer(): string | null {
    if (this.#at === this.#lines.length) return null
    this.#at += 1
    return this.#lines[this.#at] ?? this.#begun
  }
}

function read(saved: string | null): string[] {
  if (saved === null) return []
  try {
    const parsed = Saved.safeParse(JSON.parse(saved))
    return parsed.success ? parsed.data : []
  } catch {
    return []
  }
}
