/**
 * The texts of the application's files. Each holds for the version of the application that it was told for, and for all
 * later ones until the next: what an old version has served is shown with the old text.
 */
import type { EventOf, TraceEvent } from './events.ts'

type Source = EventOf<'app.source'>

/** How many characters of texts that have been replaced are kept. The newest of each file always is. */
const MOST_REPLACED = 4 * 1024 * 1024

const versionOf = (of: { version?: number | undefined }): number => of.version ?? 1

/** The version of the application that an exchange has called; null before it has called any. */
export function versionCalled(events: readonly TraceEvent[]): number | null {
  const called = events.find((event) => event.kind === 'app.called')
  return called === undefined ? null : versionOf(called)
}

export class SourceTexts {
  /** Of each file, by rising version. */
  readonly #byFile = new Map<string, Source[]>()
  readonly #mostReplaced: number
  #replaced = 0
  #told = 0

  /** `mostReplaced` is for tests. */
  constructor(mostReplaced = MOST_REPLACED) {
    this.#mostReplaced = mostReplaced
  }

  /** How many there ever were. */
  get told(): number {
    return this.#told
  }

  get firstFile(): string | null {
    return this.#byFile.keys().next().value ?? null
  }

  /** Those that are kept. */
  get all(): Source[] {
    return [...this.#byFile.values()].flat()
  }

  /** The text that held in `version`; the newest where that is null. */
  find(file: string, version: number | null): Source | undefined {
    const texts = this.#byFile.get(file)
    return version === null ? texts?.at(-1) : texts?.findLast((text) => versionOf(text) <= version)
  }

  /** Of every file, the text that held in `version`; the newest where that is null. */
  heldIn(version: number | null): Source[] {
    return [...this.#byFile.keys()].flatMap((file) => this.find(file, version) ?? [])
  }

  /** Returns those that are not kept any more, the oldest first. */
  add(source: Source): Source[] {
    this.#told++
    const texts = this.#byFile.get(source.file) ?? []
    this.#byFile.set(source.file, texts)
    // Nearly always at the end: a request that an old version still serves may be the first to point into a file.
    const after = texts.findLastIndex((text) => versionOf(text) <= versionOf(source))
    texts.splice(after + 1, 0, source)
    if (texts.length > 1) this.#replaced += (texts.at(-1) === source ? (texts.at(-2) ?? source) : source).text.length
    return this.#shrink()
  }

  clear(): void {
    this.#byFile.clear()
    this.#replaced = 0
    this.#told = 0
  }

  #shrink(): Source[] {
    const gone: Source[] = []
    while (this.#replaced > this.#mostReplaced) {
      let oldest: Source[] | null = null
      for (const texts of this.#byFile.values()) {
        if (texts.length > 1 && (oldest?.[0]?.seq ?? Number.POSITIVE_INFINITY) > (texts[0]?.seq ?? 0)) oldest = texts
      }
      const first = oldest?.shift()
      if (first === undefined) break
      this.#replaced -= first.text.length
      gone.push(first)
    }
    return gone
  }
}
