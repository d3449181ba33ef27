/**
 * Tells when files are not what they were. It looks at each of them a few times a second, by its name: that is the same
 * on every system and every file system, and does not mind editors that write another file and rename it, or files that
 * go and come back. fs.watch() does not work on network file systems and in containers' mounts ("Availability" in Node's
 * documentation of it), and loses a file that is replaced. Only files that were imported are looked at, so they are few.
 */
import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

const INTERVAL_MS = 250
const MISSING = 'missing'
/** Those of an application that somebody wrote are far fewer; what one says of itself may be anything. */
const MOST_FILES = 10_000
/** Like no file. */
const UNKNOWN = 'unknown'

export class FileWatch {
  readonly #onChange: (files: string[]) => void
  /** What each file was when it was loaded. */
  readonly #known = new Map<string, string>()
  /** What those that differ were at the last look. */
  #differing = new Map<string, string>()
  #timer: NodeJS.Timeout | null = null
  #looking = false
  #closed = false

  /** `onChange` is told once of changed files, when they have come to rest: when two looks at them saw the same. */
  constructor(onChange: (files: string[]) => void) {
    this.#onChange = onChange
  }

  /**
   * Looks at these files too. They were read since `since`, in milliseconds of Unix time: one that was written later may
   * be another one than what was read, and counts as changed.
   */
  add(files: Iterable<string>, since: number): void {
    // A request that is finished while the server stops may import something.
    if (this.#closed) return
    for (const file of files) {
      if (this.#known.size >= MOST_FILES) break
      if (this.#known.has(file)) continue
      this.#known.set(file, printSince(file, since))
    }
    if (this.#known.size > 0) this.#timer ??= setInterval(() => void this.#look(), INTERVAL_MS).unref()
  }

  /** Looks at no others. */
  keepOnly(files: ReadonlySet<string>): void {
    for (const file of this.#known.keys()) if (!files.has(file)) this.#known.delete(file)
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#known.clear()
  }

  async #look(): Promise<void> {
    // A slow file system is asked again when it has answered.
    if (this.#looking) return
    this.#looking = true
    const files = [...this.#known.keys()]
    const prints = await Promise.all(files.map(printOf))
    this.#looking = false
    const differing = new Map<string, string>()
    files.forEach((file, index) => {
      const now = prints[index] ?? MISSING
      if (this.#known.has(file) && this.#known.get(file) !== now) differing.set(file, now)
    })
    const before = this.#differing
    this.#differing = differing
    if (differing.size === 0 || ![...differing].every(([file, now]) => before.get(file) === now)) return
    for (const [file, now] of differing) this.#known.set(file, now)
    this.#differing = new Map()
    this.#onChange([...differing.keys()])
  }
}

const print = ({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string =>
  `${mtimeMs} ${size} ${ino}`

/** Of one that was written after `since`, what it was by then is not known. */
function printSince(file: string, since: number): string {
  try {
    const found = statSync(file)
    return found.mtimeMs > since ? UNKNOWN : print(found)
  } catch {
    return MISSING
  }
}

async function printOf(file: string): Promise<string> {
  try {
    return print(await stat(file))
  } catch {
    // Not there, or not to be looked at: that it was is what matters.
    return MISSING
  }
}
