/**
 * Masks secrets in texts: what stands by a secret name, and each value that was found anywhere wherever else it turns up, as it
 * is or escaped, in base64, cut off at an end. A mask is as long as what it hides, so no offset moves. Bytes are masked as
 * native strings.
 */
import { base64Decode, base64Encode } from '../bytes/base64.ts'
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import type { Span } from '../bytes/span.ts'
import { unescapings } from './unescape.ts'

/** Shorter values are masked only where their name stands: they are too likely to be something else. */
const TELLING = 6

/** How many values are searched for: each costs a pass over every text. */
const MOST_VALUES = 500

/** So many of them are searched for in base64 as well, of which each has three forms. */
const MOST_IN_BASE64 = 30

export class SecretValues {
  readonly #values = new Set<string>()
  #encoded: string[] | null = null

  /** All that a secret may be: with its parts, and with its escapes undone. Too short ones, and those beyond the limit, are not searched for. */
  add(secret: string): void {
    for (const value of meaningsOf(secret)) {
      if (value.length < TELLING || this.#values.size >= MOST_VALUES) continue
      this.#values.add(value)
      this.#encoded = null
    }
  }

  /** Where one of them stands in the text, whole or cut off at one of its ends. Unordered. */
  spansIn(text: string): Span[] {
    const spans: Span[] = []
    if (this.#values.size === 0 || text.length < TELLING) return spans
    this.#encoded ??= [...this.#values].slice(0, MOST_IN_BASE64).flatMap(base64Forms)
    for (const value of this.#encoded) spans.push(...occurrences(text, value))
    for (const value of this.#values) spans.push(...occurrences(text, value), ...cutOff(text, value))
    for (const { text: meant, origin } of unescapings(text)) {
      for (const value of this.#values) for (const span of occurrences(meant, value)) spans.push(origin(span))
    }
    return spans
  }
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

function occurrences(text: string, value: string): Span[] {
  const spans: { start: number; end: number }[] = []
  for (let start = text.indexOf(value); start !== -1; start = text.indexOf(value, start + 1)) {
    const last = spans.at(-1)
    // One that begins within the one before it: `anana` twice in `ananana`.
    if (last !== undefined && start <= last.end) last.end = start + value.length
    else spans.push({ start, end: start + value.length })
  }
  return spans
}

/** Where the text ends, or was cut short by whoever printed it. */
const END = /["']?(?:…|\.{3})|$/g

/** The most places at which a text may have been cut short. */
const MOST_ENDS = 20

/** Its beginning at an end of the text, its end at the beginning: the rest was not kept, or not printed. */
function cutOff(text: string, value: string): Span[] {
  const spans: Span[] = []
  const longest = Math.min(value.length - 1, text.length)
  for (let length = longest; length >= TELLING; length--) {
    if (!text.startsWith(value.slice(-length))) continue
    spans.push({ start: 0, end: length })
    break
  }
  let ends = 0
  for (const { index } of text.length > 10_000 ? [{ index: text.length }] : text.matchAll(END)) {
    if (ends++ === MOST_ENDS) break
    for (let length = Math.min(longest, index); length >= TELLING; length--) {
      if (!text.startsWith(value.slice(0, length), index - length)) continue
      spans.push({ start: index - length, end: index })
      break
    }
  }
  return spans
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
