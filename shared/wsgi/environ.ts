/**
 * PEP 3333, "environ Variables": the request as the application sees it. One entry for each key, in the order in which
 * they are shown: what the request line, the headers and the body say, then what the socket and the server add.
 */
import type { Field, FieldText, RequestHead } from '../http1/requestHead.ts'
import type { Piece } from '../http1/requestLine.ts'
import type { EnvironEntry } from '../trace/events.ts'
import type { Origins } from './environOrigins.ts'

/** What is the same for every request of a connection. */
export interface Surroundings {
  serverName: string
  serverPort: number
  peer: { host: string; port: number }
  multithread: boolean
  multiprocess: boolean
}

/**
 * SERVER_NAME for a name or an address of this machine: an IPv6 address stands in brackets (RFC 3875 4.1.14), so that
 * PEP 3333's "URL Reconstruction" gives a URL.
 */
export function serverName(host: string): string {
  // RFC 4291 2.5.5.2: of an IPv4 client, where one socket listens for both. RFC 3986 3.2.2 has no zone in a host.
  const name = host.replace(/^::ffff:(?=\d+(\.\d+){3}$)/i, '').replace(/%.*$/, '')
  return name.includes(':') ? `[${name}]` : name
}

export interface RequestBody {
  /** Bytes, without framing. */
  length: number
  /** start, end, start, end, … of its data in the stream. */
  spans: readonly number[]
}

/** The entries of the socket and the server, made once for a connection. */
export function surroundingEntries(about: Surroundings): EnvironEntry[] {
  // A client of a Unix domain socket has no address.
  if (about.peer.host === '') return [...serverEntries(about)]
  return [
    { key: 'REMOTE_ADDR', value: about.peer.host, type: 'str', from: 'socket' },
    { key: 'REMOTE_PORT', value: String(about.peer.port), type: 'str', from: 'socket' },
    ...serverEntries(about),
  ]
}

/**
 * Of the last server that was asked about: a process has one or two, and thousands of connections. Safe to share, since the
 * entries never change and are what would be made anew.
 */
let known: { about: Surroundings; entries: readonly EnvironEntry[] } | null = null

function serverEntries(about: Surroundings): readonly EnvironEntry[] {
  if (known === null || !sameServer(known.about, about)) known = { about, entries: makeServerEntries(about) }
  return known.entries
}

const sameServer = (a: Surroundings, b: Surroundings): boolean =>
  a.serverName === b.serverName &&
  a.serverPort === b.serverPort &&
  a.multithread === b.multithread &&
  a.multiprocess === b.multiprocess

function makeServerEntries(about: Surroundings): EnvironEntry[] {
  const bool = (value: boolean) => (value ? 'True' : 'False')
  const server = (key: string, value: string, type: EnvironEntry['type'] = 'str'): EnvironEntry => ({
    key,
    value,
    type,
    from: 'server',
  })
  return [
    server('SERVER_NAME', about.serverName),
    server('SERVER_PORT', String(about.serverPort)),
    server('wsgi.version', '(1, 0)', 'tuple'),
    server('wsgi.url_scheme', 'http'),
    server('wsgi.errors', '<wsgi.errors>', 'file'),
    server('wsgi.multithread', bool(about.multithread), 'bool'),
    server('wsgi.multiprocess', bool(about.multiprocess), 'bool'),
    server('wsgi.run_once', 'False', 'bool'),
    server('wsgi.input_terminated', 'True', 'bool'),
    server('wsgi.file_wrapper', '<wsgi.file_wrapper>', 'callable'),
  ]
}

/** RFC 3875 4.1.16: mounted nowhere, the server's root is the application's. */
export const SCRIPT_NAME: EnvironEntry = { key: 'SCRIPT_NAME', value: '', type: 'str', from: 'server' }
export const NO_PATH: EnvironEntry = { key: 'PATH_INFO', value: '', type: 'str', from: 'server' }
export const NO_QUERY: EnvironEntry = { key: 'QUERY_STRING', value: '', type: 'str', from: 'server' }
const EMPTY_INPUT: EnvironEntry = { key: 'wsgi.input', value: '<wsgi.input, 0 bytes>', type: 'file', from: 'server' }

/** `origins`: where in the stream the entries say that they come from. */
export function buildEnviron(
  head: RequestHead,
  body: RequestBody | null,
  surroundings: readonly EnvironEntry[],
  origins: Origins,
): EnvironEntry[] {
  const { line } = head
  const piece = (key: string, from: Piece): EnvironEntry => ({
    key,
    value: from.text,
    type: 'str',
    from: origins.identity(from),
  })
  const entries = [
    piece('REQUEST_METHOD', line.method),
    SCRIPT_NAME,
    line.path === null ? NO_PATH : pathEntry(line.path, origins),
    line.query === null ? NO_QUERY : piece('QUERY_STRING', line.query),
    piece('RAW_URI', line.target),
    piece('REQUEST_URI', line.target),
    piece('SERVER_PROTOCOL', line.version),
  ]
  // RFC 9112 3.2.2: the host in an absolute target takes the place of the Host header.
  if (line.authority !== null) entries.push(piece('HTTP_HOST', line.authority))
  addFields(entries, head.fields, origins)
  // The coding is undone, so the length is known, and said.
  if (head.framing === 'chunked' && body !== null) {
    entries.push({ key: 'CONTENT_LENGTH', value: String(body.length), type: 'str', from: origins.computed(body.spans) })
  }
  entries.push(inputEntry(body, origins))
  for (const entry of surroundings) entries.push(entry)
  return entries
}

/** PEP 3333 does as CGI does: PATH_INFO is decoded, and its bytes are latin-1 code points. */
function pathEntry(path: Piece, origins: Origins): EnvironEntry {
  // RFC 9110 4.2.3: an empty path of a URL is the same as "/".
  if (path.text === '') {
    return { key: 'PATH_INFO', value: '/', type: 'str', from: origins.computed([path.start, path.start]) }
  }
  return {
    key: 'PATH_INFO',
    value: percentDecode(path.text),
    type: 'str',
    from: origins.percent(path),
  }
}

/** RFC 3986 2.1, byte by byte; what is not a valid escape stays as it came, as CGI servers have always done. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function addFields(entries: EnvironEntry[], fields: readonly Field[], origins: Origins): void {
  const first = entries.length
  for (const field of fields) {
    if (field.dropped !== null) continue
    const key = environKey(field.name)
    const same = indexOfKey(entries, key, first)
    const earlier = entries[same]
    if (earlier === undefined) entries.push(origins.field(key, field))
    else entries[same] = joined(earlier, field, origins)
  }
}

function indexOfKey(entries: readonly EnvironEntry[], key: string, from: number): number {
  let i = from
  while (i < entries.length && entries[i]?.key !== key) i++
  return i
}

/** RFC 9110 5.3: repeated fields are one list. RFC 6265 5.4 has only one Cookie; RFC 9113 8.2.3 joins split ones by `; `. */
export function joined(earlier: EnvironEntry, field: FieldText, origins: Origins): EnvironEntry {
  const separator = earlier.key === 'HTTP_COOKIE' ? '; ' : ', '
  return origins.joined(earlier, field, `${earlier.value}${separator}${field.value}`, separator)
}

/** `body`: null where the request has none. */
export function inputEntry(body: RequestBody | null, origins: Origins): EnvironEntry {
  if (body === null || body.length === 0) return EMPTY_INPUT
  const value = `<wsgi.input, ${body.length} bytes>`
  return { key: 'wsgi.input', value, type: 'file', from: origins.computed(body.spans) }
}

/** RFC 3875 4.1: these two are never HTTP_*. */
const BARE_KEYS: Readonly<Record<string, string>> = {
  HTTP_CONTENT_TYPE: 'CONTENT_TYPE',
  HTTP_CONTENT_LENGTH: 'CONTENT_LENGTH',
}

/**
 * Names repeat from request to request; a client that invents names fills this only once. Safe to share: a key is a function of
 * its name, and what is kept is bounded.
 */
const KEYS = new Map<string, string>()
const MOST_KEYS = 1024
const LONGEST_KEPT = 64

/** RFC 3875 4.1.18: upper case, `-` to `_`, `HTTP_` in front. */
export function environKey(name: string): string {
  const known = KEYS.get(name)
  if (known !== undefined) return known
  const prefixed = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
  const key = BARE_KEYS[prefixed] ?? prefixed
  if (KEYS.size < MOST_KEYS && name.length <= LONGEST_KEPT) KEYS.set(name, key)
  return key
}
