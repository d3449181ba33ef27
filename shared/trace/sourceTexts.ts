/**
 * The texts of the application's files. Each holds for the version of the application that it was told for, and for all
 * later ones until the next: what an old version has served is shown with the old text.
 */
import type { EventOf } from './events.ts'

type Source = EventOf<'app.source'>

/** How many characters of texts that have been replaced are kept. The newest of each file always is. */
const MOST_REPLACED = 4 * 1024 * 1024

const versionOf = (of: { version?: number | undefined }): number => of.version ?? 1

/** The texts of each file, by rising version. A value: it never changes. */
export type Sources = ReadonlyMap<string, readonly Source[]>

/** The text of a file that held in `version`; the newest where that is null. */
export function sourceIn(sources: Sources, file: string, version: number | null = null): Source | undefined {
  const texts = sources.get(file)
  return version === null ? texts?.at(-1) : texts?.findLast((text) => versionOf(text) <= version)
}

/** The file that the application was loaded from: the first whose text was told. */
export const mainFileIn = (sources: Sources): string | null => sources.keys().next().value ?? null

export class SourceTexts {
  #sources: Sources = new Map()
  readonly #mostReplaced: number
  /** Characters of the texts that have been replaced and are kept. */
  #replaced = 0

  /** `mostReplaced` is for tests. */
  constructor(mostReplaced = MOST_REPLACED) {
    this.#mostReplaced = mostReplaced
  }

  /** Those that are kept now: another object after each `add`. */
  get sources(): Sources {
    return this.#sources
  }

  get firstFile(): string | null {
    return mainFileIn(this.#sources)
  }

  /** Those that are kept. */
  get all(): Source[] {
    return [...this.#sources.values()].flat()
  }

  /** As `sourceIn` says. */
  find(file: string, version: number | null): Source | undefined {
    return sourceIn(this.#sources, file, version)
  }

  /** Of every file, the text that held in `version`; the newest where that is null. */
  heldIn(version: number | null): Source[] {
    return [...this.#sources.keys()].flatMap((file) => this.find(file, version) ?? [])
  }

  /** Returns those that are not kept any more, the oldest first. */
  add(source: Source): Source[] {
    const texts = this.#sources.get(source.file) ?? []
    // Nearly always at the end: a request that an old version still serves may be the first to point into a file.
    const after = texts.findLastIndex((text) => versionOf(text) <= versionOf(source))
    const more = texts.toSpliced(after + 1, 0, source)
    const byFile = new Map(this.#sources).set(source.file, more)
    if (more.length > 1) this.#replaced += (more.at(-1) === source ? (more.at(-2) ?? source) : source).text.length
    const gone = this.#shrink(byFile)
    this.#sources = byFile
    return gone
  }

  clear(): void {
    this.#sources = new Map()
    this.#replaced = 0
  }

  #shrink(byFile: Map<string, readonly Source[]>): Source[] {
    const gone: Source[] = []
    while (this.#replaced > this.#mostReplaced) {
      let oldest: readonly Source[] | null = null
      for (const texts of byFile.values()) {
        if (texts.length > 1 && (oldest?.[0]?.seq ?? Number.POSITIVE_INFINITY) > (texts[0]?.seq ?? 0)) oldest = texts
      }
      const [first, ...others] = oldest ?? []
      if (first === undefined) break
      byFile.set(first.file, others)
      this.#replaced -= first.text.length
      gone.push(first)
    }
    return gone
  }
}
