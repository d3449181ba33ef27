/** A `curl` command line as the request that it means. */
import { BAD_COMMAND, ClientError } from './clientError.ts'
import { basicAuthorization, type CurlArguments, readCurlArguments } from './curlArguments.ts'
import { multipart } from './multipart.ts'
import { type GatewayAddress, parseUrl, redirected } from './url.ts'

/** One request, as native strings. */
export interface CurlRequest {
  method: string
  /** As it goes into the request line. */
  target: string
  version: 'HTTP/1.0' | 'HTTP/1.1'
  headers: [name: string, value: string][]
  /** Null for no body at all. */
  body: string | null
  include: boolean
  verbose: boolean
  /** As the person wrote it, for what -v prints. */
  hostname: string
  /** Whether redirects are followed, and how many at most. */
  follows: boolean
  redirects: number
  fail: CurlArguments['fail']
  compressed: boolean
  /** Options that are not carried out, and why. */
  notes: readonly string[]
  /** The request that follows a redirect with this status to this Location. @throws ClientError where it leads elsewhere. */
  redirectedTo(status: number, location: string): CurlRequest
}

interface Body {
  text: string
  type: string
}

/**
 * `words` are those after `curl`, `boundary` separates the parts of a form and is in none of their values, `piped` is what a
 * command before it printed.
 * @throws ClientError
 */
export function parseCurl(
  words: readonly string[],
  gateway: GatewayAddress,
  userAgent: string,
  boundary: string,
  piped: string | null = null,
): CurlRequest {
  const given = readCurlArguments(words, piped)
  const [url, second] = given.urls
  if (url === undefined) throw new ClientError(BAD_COMMAND, `no URL; for example: curl -i localhost:${gateway.port}/`)
  if (second !== undefined) throw new ClientError(BAD_COMMAND, `one URL at a time; ${second} is one too many`)
  return requestFor(given, url, bodyOf(given, boundary), gateway, userAgent)
}

function bodyOf(given: CurlArguments, boundary: string): Body | null {
  const { data, fields, json, head, get } = given
  if (fields.length > 0 && data.length > 0)
    throw new ClientError(BAD_COMMAND, '-F and -d are two kinds of body: not both')
  if ((fields.length > 0 || (data.length > 0 && !get)) && head) {
    throw new ClientError(BAD_COMMAND, '-I asks for a head, -d and -F send a body: not both')
  }
  if (fields.length > 0) {
    return { text: multipart(fields, boundary), type: `multipart/form-data; boundary=${boundary}` }
  }
  if (data.length === 0 || get) return null
  return json
    ? { text: data.join(''), type: 'application/json' }
    : { text: data.join('&'), type: 'application/x-www-form-urlencoded' }
}

function requestFor(
  given: CurlArguments,
  url: string,
  body: Body | null,
  gateway: GatewayAddress,
  agent: string,
): CurlRequest {
  const { hostname, authority, target, userinfo } = parseUrl(url, gateway, given.pathAsIs)
  const query = given.get ? given.data.join('&') : ''
  const full = query === '' ? target : `${target}${target.includes('?') ? '&' : '?'}${query}`
  const own = userinfo === null ? given.authorization : (given.authorization ?? basicAuthorization(userinfo))
  const method = given.method ?? (given.head ? 'HEAD' : body === null ? 'GET' : 'POST')
  return {
    method,
    target: given.requestTarget ?? full,
    version: given.http10 ? 'HTTP/1.0' : 'HTTP/1.1',
    headers: headersOf({ ...given, authorization: own }, authority, agent, body),
    body: body?.text ?? null,
    include: given.include || given.head,
    verbose: given.verbose,
    hostname,
    follows: given.follow,
    redirects: given.maxRedirects,
    fail: given.fail,
    compressed: given.compressed,
    notes: given.notes,
    redirectedTo(status, location) {
      // RFC 9110 sections 15.4.2 to 15.4.4: as browsers and curl do, a POST becomes a GET.
      const asGet = status === 303 ? method !== 'HEAD' : status <= 302 && method === 'POST'
      // -X holds for every request, as with curl.
      const next: CurlArguments = { ...given, notes: [], requestTarget: null, data: [] }
      return requestFor(next, redirected(location, authority, full), asGet ? null : body, gateway, agent)
    },
  }
}

/** What the client can undo (RFC 9110 section 8.4.1). */
const CODINGS = 'deflate, gzip, br'

/** As curl does: `Name: value` adds or replaces, `Name:` removes what curl would send, `Name;` replaces it with an empty one. */
function headersOf(given: CurlArguments, authority: string, userAgent: string, body: Body | null): [string, string][] {
  const agent = given.userAgent ?? userAgent
  const own: [string, string | null][] = [
    ['Host', authority],
    ['Authorization', given.authorization],
    ['Range', given.range === null ? null : `bytes=${given.range}`],
    ['User-Agent', agent === '' ? null : agent],
    ['Accept', given.json ? 'application/json' : '*/*'],
    ['Accept-Encoding', given.compressed ? CODINGS : null],
    ['Referer', given.referer],
    ['Cookie', given.cookies.length === 0 ? null : given.cookies.join('; ')],
  ]
  const behind: [string, string][] =
    body === null
      ? []
      : [
          ['Content-Length', String(body.text.length)],
          ['Content-Type', body.type],
        ]
  const added: [string, string][] = []
  const replaced = new Set<string>()
  for (const line of given.headers) {
    const [, name = '', mark, value = ''] = /^([^:;]*)([:;])(.*)$/s.exec(line) ?? []
    if (mark === undefined) continue
    refuseLineEnds(line)
    replaced.add(name.toLowerCase())
    const text = value.replace(/^[ \t]+/, '')
    if (mark === ';' ? text === '' : text !== '') added.push([name, text])
  }
  if (replaced.has('transfer-encoding')) replaced.add('content-length')
  const kept = <V>([name]: [string, V]): boolean => !replaced.has(name.toLowerCase())
  const sent = own.filter(kept).flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, value]]))
  for (const [, value] of sent) refuseLineEnds(value)
  // curl sends a Host of the person's own in the place of its own.
  const host = added.filter(([name]) => name.toLowerCase() === 'host')
  const others = added.filter(([name]) => name.toLowerCase() !== 'host')
  return [...host, ...sent, ...others, ...behind.filter(kept)]
}

function refuseLineEnds(line: string): void {
  if (/[\r\n\0]/.test(line)) {
    throw new ClientError(BAD_COMMAND, 'a header has one line; send other bytes with the raw request instead')
  }
}

/** The request as it goes over the wire: its head, and its body apart (-d and Expect send them apart). */
export function serializeRequest(request: CurlRequest): { head: string; body: string } {
  const lines = request.headers.map(([name, value]) => `${name}: ${value}`.trimEnd())
  const head = `${[`${request.method} ${request.target} ${request.version}`, ...lines].join('\r\n')}\r\n\r\n`
  if (request.body === null) return { head, body: '' }
  const chunked = request.headers.some(([name, value]) => /^transfer-encoding$/i.test(name) && /chunked/i.test(value))
  if (!chunked) return { head, body: request.body }
  const chunk = request.body === '' ? '' : `${request.body.length.toString(16)}\r\n${request.body}\r\n`
  return { head, body: `${chunk}0\r\n\r\n` }
}
