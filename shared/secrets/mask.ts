/**
 * Masks secrets in texts: what stands by a secret name, and each value that was found anywhere wherever else it turns up, as it
 * is or escaped, in base64, cut off at an end. A mask is as long as what it hides, so no offset moves. Bytes are masked as
 * native strings.
 */
import { base64Decode, base64Encode } from '../bytes/base64.ts'
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import type { Span } from '../bytes/span.ts'
import { CutOff } from './cutOff.ts'
import { Occurrences } from './occurrences.ts'
import { unescapings } from './unescape.ts'

/** Shorter values are masked only where their name stands: they are too likely to be something else. */
const TELLING = 6

/** A longer value is searched for in parts of this length, each by itself. */
const LONGEST_PART = 64

/** How many parts of values are searched for. */
const MOST_PARTS = 5000

/** What was found in texts of at least so many characters is remembered: several events may carry the same. */
const WORTH_REMEMBERING = 4096

interface Search {
  whole: Occurrences
  encoded: Occurrences
  cut: CutOff
}

export class SecretValues {
  readonly #parts = new Set<string>()
  #search: Search | null = null
  readonly #searched = new Map<string, readonly Span[]>()

  /** With all that it may mean. What is too short, and what is beyond the limit, is not searched for. */
  add(secret: string): void {
    if (this.#parts.size >= MOST_PARTS) return
    for (const value of meaningsOf(secret))
      if (value.length >= TELLING) for (const part of partsOf(value)) this.#parts.add(part)
    this.#search = null
    this.#searched.clear()
  }

  /** Where one of them stands in the text, whole or cut off at one of its ends. Unordered. */
  spansIn(text: string): readonly Span[] {
    if (this.#parts.size === 0 || text.length < TELLING) return []
    const known = this.#searched.get(text)
    if (known !== undefined) return known
    this.#search ??= {
      whole: new Occurrences(this.#parts),
      encoded: new Occurrences([...this.#parts].flatMap(base64Forms)),
      cut: new CutOff(this.#parts, TELLING),
    }
    const { whole, encoded, cut } = this.#search
    const spans = [...whole.in(text), ...encoded.in(text), ...cut.in(text)]
    for (const { text: meant, origin } of unescapings(text)) spans.push(...whole.in(meant).map(origin))
    if (text.length >= WORTH_REMEMBERING) this.#searched.set(text, spans)
    return spans
  }
}

function partsOf(value: string): string[] {
  if (value.length <= LONGEST_PART) return [value]
  const parts = [value.slice(-LONGEST_PART)]
  for (let at = 0; at + LONGEST_PART < value.length && parts.length < MOST_PARTS; at += LONGEST_PART) {
    parts.push(value.slice(at, at + LONGEST_PART))
  }
  return parts
}

/** The text with asterisks in the place of each character but those that end lines: these keep what stands around it in shape. */
export function starred(text: string, spans: readonly Span[]): string {
  let result = ''
  let at = 0
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (end <= at) continue
    const from = Math.max(at, start)
    result += text.slice(at, from) + text.slice(from, end).replace(/[^\r\n]/g, '*')
    at = end
  }
  return result + text.slice(at)
}

function meaningsOf(secret: string): Set<string> {
  const values = new Set([secret, secret.trim()])
  const [, parameters] = /^[A-Za-z][\w-]* +(\S.*)$/s.exec(secret) ?? []
  // RFC 9110 section 11.4: a scheme, and what follows it.
  if (parameters !== undefined) values.add(parameters)
  // RFC 7617: user, colon, password.
  const credentials = fromBase64(parameters ?? secret)
  const colon = credentials?.indexOf(':') ?? -1
  if (credentials !== null && colon >= 0) values.add(credentials).add(credentials.slice(colon + 1))
  for (const value of [...values]) {
    for (const { text } of unescapings(value)) values.add(text)
    for (const { text } of unescapings(value.replaceAll('+', ' '))) values.add(text)
    // The quotes around it, and what followed it in a text.
    values.add(value.replace(/^["']|["'),;\]}]+$/g, ''))
  }
  for (const value of [...values]) {
    values.add(value.replaceAll(' ', '+'))
    values.add(utf8Bytes(value))
    values.add(utf8Text(value))
  }
  return values
}

/** The text that these letters stand for, where it is made of readable characters. */
function fromBase64(letters: string): string | null {
  const given = letters.replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/]{4,}$/.test(given) || given.length % 4 === 1) return null
  const text = latin1Decode(base64Decode(given.padEnd(Math.ceil(given.length / 4) * 4, '=')))
  return /^[ -~\x80-\xff]+$/.test(text) ? text : null
}

/** The letters that stand for a value wherever it begins within a group of three bytes, without those that it shares with its neighbours. */
function base64Forms(value: string): string[] {
  const bytes = utf8Bytes(value)
  if (bytes.length < 2 * TELLING - 3) return []
  return [0, 1, 2].flatMap((before) => {
    const letters = base64Encode(latin1Encode('\0'.repeat(before) + bytes))
    const form = letters.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    const forUrls = form.replaceAll('+', '-').replaceAll('/', '_')
    return form === forUrls ? [form] : [form, forUrls]
  })
}

/** A native string of UTF-8; what is one already stays as it is. */
function utf8Bytes(text: string): string {
  if (/^[\0-\xff]*$/.test(text) && /[\x80-\xff]/.test(text) && utf8Text(text) !== text) return text
  const encoded = encodeURIComponent(
    text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '?'),
  )
  return encoded.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The text that a native string is the UTF-8 of; itself where it is none. */
function utf8Text(bytes: string): string {
  if (!/^[\0-\xff]*$/.test(bytes)) return bytes
  try {
    return decodeURIComponent(
      bytes.replace(/[^A-Za-z0-9]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`),
    )
  } catch {
    // The decoder's only complaint: these bytes are not UTF-8.
    return bytes
  }
}
