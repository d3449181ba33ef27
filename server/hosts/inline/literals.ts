/** What a factory is called with, as it stands on the command line: JavaScript's literals, and nothing that would run. */

export class NotLiterals extends Error {
  override readonly name = 'NotLiterals'
}

export type Literal = string | number | boolean | null | Literal[] | { [key: string]: Literal }

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** @throws NotLiterals for anything else: names, calls, template strings. */
export function parseLiterals(text: string): Literal[] {
  return new Reader(text).list(null)
}

class Reader {
  #rest: string

  constructor(text: string) {
    this.#rest = text.trim()
  }

  /** Values with commas between them, until `end`, or until nothing is left. */
  list(end: string | null): Literal[] {
    const values: Literal[] = []
    while (!this.#ends(end)) {
      values.push(this.#value())
      if (!this.#take(/,/y) && !this.#isAt(end)) throw new NotLiterals(this.#rest)
    }
    return values
  }

  #value(): Literal {
    if (this.#take(/\[/y)) return this.list(']')
    if (this.#take(/\{/y)) return this.#object()
    const string = this.#take(/'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*"/y)
    if (string) return unquoted(string)
    const number = this.#take(/[+-]?(?:0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?![\w.])/iy)
    if (number) return /^[+-]/.test(number) ? Number(`${number[0]}1`) * Number(number.slice(1)) : Number(number)
    const word = WORDS.get(this.#take(/[a-z]+/y))
    if (word === undefined) throw new NotLiterals(this.#rest)
    return word
  }

  #object(): Literal {
    const entries: [string, Literal][] = []
    while (!this.#ends('}')) {
      const key = this.#take(/[\p{ID_Start}_$][\p{ID_Continue}$]*|'[^'\\\n]*'|"[^"\\\n]*"/uy)
      if (!key || !this.#take(/:/y)) throw new NotLiterals(this.#rest)
      entries.push([/^['"]/.test(key) ? key.slice(1, -1) : key, this.#value()])
      if (!this.#take(/,/y) && !this.#isAt('}')) throw new NotLiterals(this.#rest)
    }
    return Object.fromEntries(entries)
  }

  #isAt(end: string | null): boolean {
    return end === null ? this.#rest === '' : this.#rest.startsWith(end)
  }

  /** Takes the end, where it is there. */
  #ends(end: string | null): boolean {
    const at = this.#isAt(end)
    if (at && end !== null) this.#rest = this.#rest.slice(end.length).trimStart()
    if (!at && this.#rest === '') throw new NotLiterals('')
    return at
  }

  /** What `form` finds here, without the blanks behind it; empty where it finds nothing. */
  #take(form: RegExp): string {
    const found = form.exec(this.#rest)?.[0] ?? ''
    this.#rest = this.#rest.slice(found.length).trimStart()
    return found
  }
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' }

const unquoted = (text: string): string =>
  text
    .slice(1, -1)
    .replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\}|(.))/gi, (_all, two, four, any, letter) => {
      const code = two ?? four ?? any
      return code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16))
    })
