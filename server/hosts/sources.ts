/** The texts of the application's own files, as they were when it was loaded: what has been called is shown with them. */
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { HostOptions } from './host.ts'
import { SOURCE_LIMITS, SourceBudget } from './sourceBudget.ts'

/** What a viewer can be shown; a larger file is not source that somebody wrote. */
const MOST_BYTES = 1024 * 1024

interface Text {
  /** Null for what is no text to show. */
  text: string | null
  /** The version that it was read for first, without a change since. */
  since: number
}

/** Numbers the versions of an application: another one whenever a file of its own has another text. */
export class Sources {
  private readonly onSource: HostOptions['onSource']
  private readonly budget: SourceBudget
  private readonly language: 'python' | 'typescript'
  private readonly within: string | null
  private latest: LoadedSources | null = null
  private readonly told = new Set<string>()

  /** `within`: where all of it lies, for an application that may not see more than that and might name what it likes. */
  constructor(
    { onSource, onLog }: Pick<HostOptions, 'onSource' | 'onLog'>,
    language: 'python' | 'typescript',
    within: string | null = null,
    limits = SOURCE_LIMITS,
  ) {
    this.onSource = onSource
    this.budget = new SourceBudget((what) => onLog('server', what), limits)
    this.language = language
    this.within = within
  }

  /** Those that may be looked at: an application that sees one folder only may name others all the same. */
  admitted(files: readonly string[]): string[] {
    const { within } = this
    return files.filter((file) => this.budget.admits(file) && (within === null || liesIn(within, file)))
  }

  /** The application has just been loaded from these files. */
  load(files: Iterable<string>): LoadedSources {
    const { latest } = this
    const loaded = new LoadedSources((latest?.version ?? 0) + 1, latest, this.within, this.budget, (file, text) =>
      this.tell(file, text),
    )
    loaded.include(files)
    if (latest !== null && loaded.changed.length === 0) {
      latest.include(files)
      return latest
    }
    this.latest = loaded
    return loaded
  }

  private tell(file: string, { text, since }: Text): void {
    const key = `${since} ${file}`
    if (text === null || this.told.has(key)) return
    this.told.add(key)
    if (!this.budget.shows(file, text.length)) return
    const language = /\.(py|[mc]?[jt]s)$/.test(file) ? this.language : 'text'
    this.onSource({ file, language, text, ...(since > 1 ? { version: since } : {}) })
  }
}

/** The files of one version, each with its text as it was when it was read first. */
export class LoadedSources {
  /** From 1. */
  readonly version: number
  private readonly before: ReadonlyMap<string, Text>
  private readonly within: string | null
  private readonly budget: SourceBudget
  private readonly texts = new Map<string, Text>()
  /** By where links lead: what one file holds is read once, and shown under a few names. */
  private readonly read = new Map<string, { text: string | null; names: number }>()
  private readonly tell: (file: string, text: Text) => void

  constructor(
    version: number,
    before: LoadedSources | null,
    within: string | null,
    budget: SourceBudget,
    tell: (file: string, text: Text) => void,
  ) {
    this.version = version
    this.within = within
    this.budget = budget
    this.before = before?.texts ?? new Map()
    this.tell = tell
  }

  get files(): string[] {
    return [...this.texts.keys()]
  }

  /** Files whose text is another one than that of the version before. */
  get changed(): string[] {
    return this.files.filter((file) => {
      const before = this.before.get(file)
      return before !== undefined && before.text !== this.texts.get(file)?.text
    })
  }

  /** These belong to it as well. Their text is what is read now, unless it was read already. */
  include(files: Iterable<string>): void {
    for (const file of files) this.textOf(file)
  }

  /** Makes sure that the text of a file has been told. */
  report(file: string): void {
    this.tell(file, this.textOf(file))
  }

  private textOf(file: string): Text {
    const known = this.texts.get(file)
    if (known !== undefined) return known
    if (!this.budget.admits(file)) return { text: null, since: this.version }
    const text = this.within === null || liesIn(this.within, file) ? this.textAt(file) : null
    const before = this.before.get(file)
    const read = before?.text === text ? before : { text, since: this.version }
    this.texts.set(file, read)
    return read
  }

  private textAt(file: string): string | null {
    let real: string
    try {
      real = realpathSync(file)
    } catch {
      // It is not there, or is being replaced at this moment: there is nothing to show then.
      return null
    }
    const known = this.read.get(real)
    const found = known ?? { text: readText(real), names: 0 }
    this.read.set(real, found)
    return found.names++ < this.budget.limits.spellings ? found.text : null
  }
}

/** Whether a file lies in a folder, wherever links lead; one that is not there, by its name. Never throws. */
export function liesIn(folder: string, file: string): boolean {
  try {
    return realpathSync(file).startsWith(realpathSync(folder) + sep)
  } catch {
    return !file.includes('\0') && resolve(file) === file && file.startsWith(folder + sep)
  }
}

/** As much as the file says it has: what is no real file (a FIFO, one of /proc) may keep its reader waiting. */
function readText(file: string): string | null {
  try {
    if (!statSync(file).isFile()) return null
    const fd = openSync(file, 'r')
    try {
      const { size } = fstatSync(fd)
      if (size > MOST_BYTES) return null
      const bytes = Buffer.allocUnsafe(size)
      return bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0))
    } finally {
      closeSync(fd)
    }
  } catch {
    // It is being replaced at this moment, or may not be read: there is nothing to show then.
    return null
  }
}
