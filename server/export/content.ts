/** A body as it was meant: without its content codings (RFC 9110 section 8.4), and as text where it is text. */
import type { Transform } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { listElements } from '../../shared/http1/grammar.ts'
import { utf8Of } from './readable.ts'

export interface Content {
  /** Without the codings that could be undone. */
  bytes: Uint8Array
  /** In the charset that the message names; null where it is no text. */
  text: string | null
  /** The codings that were undone, in that order. */
  undone: readonly string[]
  /** Whether what it says cannot be seen in the bytes of the connection, but only after decoding. */
  opaque: boolean
  /** Sent as application/x-www-form-urlencoded. */
  isForm: boolean
  /** What could not be decoded here, though somebody else may: all of it, or what is beyond the limit. */
  unread: 'all' | 'rest' | null
  /** What is to be said of it. */
  remarks: readonly string[]
}

/** No more is decoded: a small body may stand for gigabytes. */
export const MOST_DECODED = 8 * 1024 * 1024

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Transform>> = {
  // A body that was cut off is read as far as it goes.
  gzip: () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
  // RFC 9110 section 8.4.1.2: with a zlib header; some send it without.
  deflate: ([first = 0, second = 0]) =>
    (first & 15) === 8 && (first * 256 + second) % 31 === 0
      ? createInflate({ finishFlush: constants.Z_SYNC_FLUSH })
      : createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }),
}

/** What of a body is there, `body`, with the header fields of its message. */
export async function contentOf(body: Uint8Array, headers: readonly [string, string][]): Promise<Content> {
  const undone: string[] = []
  const remarks: string[] = []
  let bytes = body
  let unread: Content['unread'] = null
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(contentTypeOf(headers))
  const codings = listElements(headerOf(headers, 'content-encoding')).filter((name) => !/^(identity)?$/.test(name))
  for (const coding of body.length === 0 ? [] : codings.reverse()) {
    const decoded = await decode(bytes, coding.replace(/^x-/, ''))
    unread ??= decoded.unread ?? null
    if (decoded.remark !== undefined) remarks.push(decoded.remark)
    if (decoded.bytes === null) return { bytes, text: utf8Of(bytes), undone, opaque: true, isForm, unread, remarks }
    bytes = decoded.bytes
    undone.push(coding)
  }
  const charset = charsetOf(bytes, headers)
  const opaque = codings.length > 0 || !READ_AS_IT_IS.test(charset)
  return { bytes, text: textOf(bytes, charset), undone, opaque, isForm, unread, remarks }
}

/** Charsets in which ASCII is ASCII, and nothing else looks like it. */
const READ_AS_IT_IS = /^(utf-?8|us-ascii|iso-8859-\d+|windows-125\d|)$/i

interface Decoded {
  /** Null where nothing could be decoded. */
  bytes: Uint8Array | null
  remark?: string
  unread?: 'all' | 'rest'
}

async function decode(bytes: Uint8Array, coding: string): Promise<Decoded> {
  const decoder = DECODERS[coding]?.(bytes)
  if (decoder === undefined) {
    return { bytes: null, unread: 'all', remark: `the content coding ${coding} was not undone` }
  }
  const parts: Buffer[] = []
  let length = 0
  try {
    decoder.end(bytes)
    for await (const part of decoder) {
      parts.push(part)
      length += part.length
      if (length > MOST_DECODED) break
    }
  } catch (error) {
    // zlib says what is wrong with the bytes.
    const why = error instanceof Error ? error.message : String(error)
    if (length === 0) return { bytes: null, remark: `this is not ${coding}: ${why}` }
    return { bytes: Buffer.concat(parts), remark: `not ${coding} to its end: ${why}` }
  }
  const whole = Buffer.concat(parts)
  if (length <= MOST_DECODED) return { bytes: whole }
  const remark = `the first ${MOST_DECODED} bytes of what the ${coding} stands for: it goes on`
  return { bytes: whole.subarray(0, MOST_DECODED), unread: 'rest', remark }
}

const BOMS: readonly [charset: string, mark: string][] = [
  ['utf-8', '\xef\xbb\xbf'],
  ['utf-16be', '\xfe\xff'],
  ['utf-16le', '\xff\xfe'],
]

/** What its first bytes say, its Content-Type, its own first lines; empty where nothing does. */
function charsetOf(bytes: Uint8Array, headers: readonly [string, string][]): string {
  const type = contentTypeOf(headers)
  const beginning = Buffer.from(bytes.subarray(0, 1024)).toString('latin1')
  const mark = BOMS.find(([, bom]) => beginning.startsWith(bom))
  if (mark !== undefined) return mark[0]
  const told = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1]
  if (told !== undefined) return told.toLowerCase()
  if (!/html|xml/i.test(type)) return ''
  return (/<(?:meta|\?xml)[^>]*(?:charset|encoding)\s*=\s*["']?([\w-]+)/i.exec(beginning)?.[1] ?? '').toLowerCase()
}

/** Null where these bytes are no text in that charset, nor in UTF-8. */
function textOf(bytes: Uint8Array, charset: string): string | null {
  try {
    // What was cut off within a character goes without it.
    return new TextDecoder(charset || 'utf-8', { fatal: true, ignoreBOM: !charset.startsWith('utf-16') }).decode(
      bytes,
      { stream: true },
    )
  } catch {
    // A name that nobody knows (RangeError), or bytes that are something else (TypeError).
    return utf8Of(bytes)
  }
}

/** Of all fields of that name, joined; `name` in lower case. Empty where there is none. */
export const headerOf = (headers: readonly [string, string][], name: string): string =>
  headers
    .filter(([given]) => given.toLowerCase() === name)
    .map(([, value]) => value)
    .join(', ')

export const contentTypeOf = (headers: readonly [string, string][]): string => headerOf(headers, 'content-type')
