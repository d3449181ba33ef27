/**
 * The first so many items of a list that only grows, and that others may see more of. A copy costs nothing, so that every
 * state of a fold can have its own.
 */
export class PrefixList<T> implements Iterable<T> {
  readonly #items: T[]
  #length: number

  constructor(items: T[] = [], length = items.length) {
    this.#items = items
    this.#length = length
  }

  get length(): number {
    return this.#length
  }

  /** Counted from the end where negative; undefined where there is none. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.#length + index : index
    return place < this.#length ? this.#items[place] : undefined
  }

  /** One more item. Where another copy has grown further already, it is the one that stands there: what is added is the same. */
  push(item: T): void {
    if (this.#items.length === this.#length) this.#items.push(item)
    this.#length++
  }

  /** The same items; what either is given from now on, the other does not see. */
  copy(): PrefixList<T> {
    return new PrefixList(this.#items, this.#length)
  }

  slice(from = 0, to = this.#length): T[] {
    return this.#items.slice(from, Math.min(to, this.#length))
  }

  *[Symbol.iterator](): Generator<T> {
    for (let at = 0; at < this.#length; at++) {
      const item = this.#items[at]
      if (item !== undefined) yield item
    }
  }
}
