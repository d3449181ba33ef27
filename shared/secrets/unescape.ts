/** A text with its escapes undone, of whatever kind they are: a secret is searched for as it was meant. */
import type { Span } from '../bytes/span.ts'

export interface Unescaped {
  text: string
  /** Where characters of `text` stand in the original. */
  origin(span: Span): Span
}

/**
 * Percent-encoding; backslashes of JSON, Python and JavaScript; character references of HTML. NUL goes: ASCII in UTF-16 is full
 * of them.
 */
const ESCAPE =
  /%([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\x([0-9a-f]{2})|\\([0-7]{3})|\\([nrtbf"'\\/])|&#x([0-9a-f]{1,6});|&#([0-9]{1,7});|&(amp|lt|gt|quot|apos);|\0+/gi

const NAMED: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/** An escape within an escape, as in JSON within JSON within a query. */
const ROUNDS = 3

/** One for each round in which something was undone. */
export function unescapings(original: string): Unescaped[] {
  const found: Unescaped[] = []
  let from: Unescaped = { text: original, origin: (span) => span }
  for (let round = 0; round < ROUNDS; round++) {
    const next = unescapeOnce(from.text)
    if (next === null) break
    const { origin } = from
    from = { text: next.text, origin: (span) => origin(next.origin(span)) }
    found.push(from)
  }
  return found
}

/** Null where there is nothing to undo. */
function unescapeOnce(original: string): Unescaped | null {
  const parts: string[] = []
  /** Where an escape was undone: its place in the result, and by how much longer the original is behind it. */
  const places: number[] = []
  const longer: number[] = []
  let copied = 0
  let length = 0
  for (const match of original.matchAll(ESCAPE)) {
    const [whole] = match
    const meant = meaningOf(match)
    parts.push(original.slice(copied, match.index), meant)
    length += match.index - copied + meant.length
    copied = match.index + whole.length
    places.push(length)
    longer.push(copied - length)
  }
  if (parts.length === 0) return null
  parts.push(original.slice(copied))
  const at = (index: number): number => index + (longer[lastUpTo(places, index)] ?? 0)
  return { text: parts.join(''), origin: ({ start, end }) => ({ start: at(start), end: at(end) }) }
}

function meaningOf([
  whole,
  percent,
  u,
  big,
  x,
  octal,
  letter,
  hexReference,
  reference,
  entity,
]: RegExpExecArray): string {
  const hex = percent ?? u ?? big ?? x ?? hexReference
  if (hex !== undefined) return character(Number.parseInt(hex, 16))
  if (octal !== undefined) return character(Number.parseInt(octal, 8))
  if (reference !== undefined) return character(Number(reference))
  const name = letter ?? entity
  return name === undefined ? whole.replace(/^\0+$/, '') : (NAMED[name.toLowerCase()] ?? name)
}

const character = (code: number): string => (code > 0x10ffff ? '' : String.fromCodePoint(code))

/** The index of the last number that is not above `value`; -1 where all are. `numbers` rise. */
function lastUpTo(numbers: readonly number[], value: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
