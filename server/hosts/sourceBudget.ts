/**
 * How much an application may name and show of its files, in the whole run. What names them shares a process with the
 * application, and may send any name: one of no file, or a file's name spelled in a thousand ways.
 */
import { isAbsolute, resolve } from 'node:path'

export interface SourceLimits {
  /** Different names that are looked at. */
  names: number
  /** Characters of all texts that are shown; of each file, the newest counts. */
  characters: number
  /** Names under which one file is shown: links can make any number of them. */
  spellings: number
}

/** More than any application that somebody wrote by hand has. */
export const SOURCE_LIMITS: SourceLimits = { names: 5_000, characters: 64 * 1024 * 1024, spellings: 8 }

/** The longest path that a system opens (PATH_MAX of Linux). */
const LONGEST_NAME = 4096

export class SourceBudget {
  readonly limits: SourceLimits
  readonly #onSpent: (what: string) => void
  readonly #names = new Set<string>()
  readonly #shown = new Map<string, number>()
  #characters = 0
  readonly #spent = new Set<string>()

  /** `onSpent` is told once of each limit that is reached, in a line for people. */
  constructor(onSpent: (what: string) => void, limits = SOURCE_LIMITS) {
    this.#onSpent = onSpent
    this.limits = limits
  }

  /** Whether a file of this name may be looked at. Names are absolute, in the one spelling that has no `.`, `..` and `//`. */
  admits(name: string): boolean {
    if (this.#names.has(name)) return true
    if (name.length > LONGEST_NAME || name.includes('\0') || !isAbsolute(name) || resolve(name) !== name) return false
    if (this.#names.size >= this.limits.names) {
      this.#tell(`the application names more than ${this.limits.names} files: the others are not shown nor watched`)
      return false
    }
    this.#names.add(name)
    return true
  }

  /** Whether a text of so many characters may be shown under this name, in the place of an earlier one. */
  shows(name: string, characters: number): boolean {
    const total = this.#characters - (this.#shown.get(name) ?? 0) + characters
    if (total > this.limits.characters) {
      const most = `${this.limits.characters / 1024 ** 2} MiB`
      this.#tell(`the application's files have more than ${most} of text: the others are not shown`)
      return false
    }
    this.#characters = total
    this.#shown.set(name, characters)
    return true
  }

  #tell(what: string): void {
    if (this.#spent.has(what)) return
    this.#spent.add(what)
    this.#onSpent(what)
  }
}
