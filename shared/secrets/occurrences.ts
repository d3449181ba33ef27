/** Finds many values in a text in one pass, however many they are and however alike: by a tree of their characters. */
import type { Span } from '../bytes/span.ts'

/** What may follow, by character code; `ends` where a value ends here. */
interface Node {
  next: Map<number, Node> | null
  ends: boolean
}

/** Values begin with so many characters at least; most places in a text are passed over by these. */
const PREFIX = 4
const BITS = 1 << 16

export class Occurrences {
  readonly #root: Node = { next: new Map(), ends: false }
  readonly #beginnings = new Uint8Array(BITS)

  /** @param values none shorter than four characters; long ones take time at each place where they nearly stand */
  constructor(values: Iterable<string>) {
    for (const value of values) {
      this.#beginnings[hashAt(value, 0)] = 1
      let node = this.#root
      for (let i = 0; i < value.length; i++) {
        node.next ??= new Map()
        const code = value.charCodeAt(i)
        const next: Node = node.next.get(code) ?? { next: null, ends: false }
        node.next.set(code, next)
        node = next
      }
      node.ends = true
    }
  }

  /** By rising start; those that overlap or adjoin are one. */
  in(text: string): Span[] {
    const spans: { start: number; end: number }[] = []
    const beginnings = this.#beginnings
    for (let start = 0; start + PREFIX <= text.length; start++) {
      if (beginnings[hashAt(text, start)] === 0) continue
      const end = this.#endOf(text, start)
      if (end === start) continue
      const last = spans.at(-1)
      if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
      else spans.push({ start, end })
    }
    return spans
  }

  /** Of the longest value that begins at `start`; `start` where none does. */
  #endOf(text: string, start: number): number {
    let node: Node | undefined = this.#root
    let end = start
    for (let at = start; node !== undefined; at++) {
      if (node.ends) end = at
      node = node.next?.get(text.charCodeAt(at))
    }
    return end
  }
}

function hashAt(text: string, at: number): number {
  const first = text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)
  return (Math.imul(first, 961) + text.charCodeAt(at + 2) * 31 + text.charCodeAt(at + 3)) & (BITS - 1)
}
