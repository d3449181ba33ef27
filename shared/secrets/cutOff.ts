/** Finds what is left of values where a text begins or ends within one: the rest was not kept, or not printed. */
import type { Span } from '../bytes/span.ts'

/** Where a text ends, or was cut short by whoever printed it. */
const END = /["']?(?:…|\.{3})|$/g

/** Nobody prints more than that and cuts it short. */
const LONGEST_PRINTED = 10_000

/** The most places in a text at which it may have been cut short. */
const MOST_ENDS = 20

export class CutOff {
  readonly #beginnings = new Set<string>()
  readonly #ends = new Set<string>()
  readonly #shortest: number
  #longest = 0

  /** @param shortest how many characters of a value say enough */
  constructor(values: Iterable<string>, shortest: number) {
    this.#shortest = shortest
    for (const value of values) {
      this.#longest = Math.max(this.#longest, value.length - 1)
      for (let length = shortest; length < value.length; length++) {
        this.#beginnings.add(value.slice(0, length))
        this.#ends.add(value.slice(-length))
      }
    }
  }

  in(text: string): Span[] {
    const spans: Span[] = []
    const start = this.#longestIn(this.#ends, text.length, (length) => text.slice(0, length))
    if (start > 0) spans.push({ start: 0, end: start })
    const ends = text.length > LONGEST_PRINTED ? [] : [...text.matchAll(END)].slice(0, MOST_ENDS)
    for (const end of new Set([...ends.map(({ index }) => index), text.length])) {
      const length = this.#longestIn(this.#beginnings, end, (own) => text.slice(end - own, end))
      if (length > 0) spans.push({ start: end - length, end })
    }
    return spans
  }

  #longestIn(known: ReadonlySet<string>, most: number, part: (length: number) => string): number {
    for (let length = Math.min(this.#longest, most); length >= this.#shortest; length--) {
      if (known.has(part(length))) return length
    }
    return 0
  }
}
