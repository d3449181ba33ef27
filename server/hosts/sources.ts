/** The texts of the application's own files, as they were when it was loaded: what has been called is shown with them. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { HostOptions } from '../../shared/gateway/host.ts'
import { SOURCE_LIMITS, SourceBudget } from './sourceBudget.ts'
import { decodePython, decodeUtf8 } from './sourceText.ts'

/** What a viewer can be shown; a larger file is not source that somebody wrote. */
const MOST_BYTES = 1024 * 1024

type Decode = (file: string, bytes: Uint8Array) => string | null

interface Read {
  /** Null for what is no text to show. */
  text: string | null
  /** Another one where a byte of the file is another one, also where the text reads the same. */
  print: string
}

interface Text extends Read {
  /** The version that it was read for first, without a change since. */
  since: number
}

/** What is run, and not a template that was made into code. */
const SOURCE = /(\.(pyw?|wsgi|f?cgi|[mc]?[jt]s)|(^|\/)[^./]+)$/i

const NOTHING: Read = { text: null, print: '' }

/** Numbers the versions of an application: another one whenever a file of its own has other bytes. */
export class Sources {
  readonly #onSource: HostOptions['onSource']
  readonly #budget: SourceBudget
  readonly #language: 'python' | 'typescript'
  readonly #within: string | null
  #latest: LoadedSources | null = null
  readonly #told = new Set<string>()
  /** Those that were decoded by the interpreter, as they were last. */
  readonly #texts = new Map<string, string>()

  /** `within`: where all of it lies, for an application that may not see more than that and might name what it likes. */
  constructor(
    { onSource, onLog }: Pick<HostOptions, 'onSource' | 'onLog'>,
    language: 'python' | 'typescript',
    within: string | null = null,
    limits = SOURCE_LIMITS,
  ) {
    this.#onSource = onSource
    this.#budget = new SourceBudget((what) => onLog('server', what), limits)
    this.#language = language
    this.#within = within
  }

  /** Those that may be looked at: an application that sees one folder only may name others all the same. */
  admitted(files: readonly string[]): string[] {
    const within = this.#within
    return files.filter((file) => this.#budget.admits(file) && (within === null || liesIn(within, file)))
  }

  /** The application has just been loaded from these files. */
  load(files: Iterable<string>): LoadedSources {
    const latest = this.#latest
    const decode: Decode = (file, bytes) =>
      this.#language === 'python' ? (decodePython(bytes) ?? this.#texts.get(file) ?? null) : decodeUtf8(bytes)
    const version = (latest?.version ?? 0) + 1
    const loaded = new LoadedSources(version, latest, this.#within, this.#budget, decode, (file, text) =>
      this.#tell(file, text),
    )
    loaded.include(files)
    if (latest !== null && loaded.changed.length === 0) {
      latest.include(files)
      return latest
    }
    this.#latest = loaded
    return loaded
  }

  /** The interpreter has read a file whose coding is not known here. */
  decoded(file: string, text: string): void {
    if (text.length <= MOST_BYTES && this.#budget.admits(file)) this.#texts.set(file, text)
  }

  #tell(file: string, { text, since }: Text): void {
    const key = `${since} ${file}`
    if (text === null || this.#told.has(key)) return
    this.#told.add(key)
    if (!this.#budget.shows(file, text.length)) return
    const language = SOURCE.test(file) ? this.#language : 'text'
    this.#onSource({ file, language, text, ...(since > 1 ? { version: since } : {}) })
  }
}

/** The files of one version, each with its text as it was when it was read first. */
export class LoadedSources {
  /** From 1. */
  readonly version: number
  readonly #before: ReadonlyMap<string, Text>
  readonly #within: string | null
  readonly #budget: SourceBudget
  readonly #texts = new Map<string, Text>()
  /** By where links lead: what one file holds is read once, and shown under a few names. */
  readonly #read = new Map<string, Read & { names: number }>()
  readonly #decode: Decode
  readonly #tell: (file: string, text: Text) => void

  constructor(
    version: number,
    before: LoadedSources | null,
    within: string | null,
    budget: SourceBudget,
    decode: Decode,
    tell: (file: string, text: Text) => void,
  ) {
    this.version = version
    this.#within = within
    this.#budget = budget
    this.#decode = decode
    this.#before = before === null ? new Map() : before.#texts
    this.#tell = tell
  }

  get files(): string[] {
    return [...this.#texts.keys()]
  }

  /** Files whose bytes are others than that of the version before. */
  get changed(): string[] {
    return this.files.filter((file) => {
      const before = this.#before.get(file)
      return before !== undefined && before.print !== this.#texts.get(file)?.print
    })
  }

  /** These belong to it as well. Their text is what is read now, unless it was read already. */
  include(files: Iterable<string>): void {
    for (const file of files) this.#textOf(file)
  }

  /** Makes sure that the text of a file has been told. */
  report(file: string): void {
    this.#tell(file, this.#textOf(file))
  }

  #textOf(file: string): Text {
    const known = this.#texts.get(file)
    if (known !== undefined) return known
    if (!this.#budget.admits(file)) return { ...NOTHING, since: this.version }
    const found = this.#within === null || liesIn(this.#within, file) ? this.#readAt(file) : NOTHING
    const before = this.#before.get(file)
    const read = before?.print === found.print ? before : { ...found, since: this.version }
    this.#texts.set(file, read)
    return read
  }

  #readAt(file: string): Read {
    let real: string
    try {
      real = realpathSync(file)
    } catch {
      // It is not there, or is being replaced at this moment: there is nothing to show then.
      return NOTHING
    }
    const known = this.#read.get(real)
    const found = known ?? { ...readSource(real, (bytes) => this.#decode(file, bytes)), names: 0 }
    this.#read.set(real, found)
    return { text: found.names++ < this.#budget.limits.spellings ? found.text : null, print: found.print }
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
function readSource(file: string, decode: (bytes: Uint8Array) => string | null): Read {
  try {
    if (!statSync(file).isFile()) return NOTHING
    const fd = openSync(file, 'r')
    try {
      const { size, mtimeMs, ino } = fstatSync(fd)
      if (size > MOST_BYTES) return { text: null, print: `${size} ${mtimeMs} ${ino}` }
      const buffer = Buffer.allocUnsafe(size)
      const bytes = buffer.subarray(0, readSync(fd, buffer, 0, size, 0))
      return { text: decode(bytes), print: createHash('sha256').update(bytes).digest('base64') }
    } finally {
      closeSync(fd)
    }
  } catch {
    // It is being replaced at this moment, or may not be read: there is nothing to show then.
    return NOTHING
  }
}
