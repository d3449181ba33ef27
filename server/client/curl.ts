/** A `curl` command line as the request that it means. */
import { CURL, type Flag } from './commands.ts'
import { BAD_COMMAND, ClientError } from './words.ts'

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
}

/** The one server that this client connects to. */
export interface GatewayAddress {
  host: string
  port: number
}

/** curl's exit codes: CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_COULDNT_CONNECT, CURLE_READ_ERROR. */
const CODE = { protocol: 1, url: 3, elsewhere: 7, file: 26 } as const

interface Given {
  include: boolean
  head: boolean
  verbose: boolean
  method: string | null
  headers: string[]
  data: string[]
  http10: boolean
  pathAsIs: boolean
  urls: string[]
}

/** `words` are those after `curl`. @throws ClientError */
export function parseCurl(words: readonly string[], gateway: GatewayAddress, userAgent: string): CurlRequest {
  const given = readFlags(words)
  const [url, second] = given.urls
  if (url === undefined) throw new ClientError(BAD_COMMAND, `no URL; for example: curl -i localhost:${gateway.port}/`)
  if (second !== undefined) throw new ClientError(BAD_COMMAND, `one URL at a time; ${second} is one too many`)
  const { hostname, authority, target } = parseUrl(url, gateway, given.pathAsIs)
  const body = given.data.length === 0 ? null : given.data.join('&')
  if (body !== null && given.head) throw new ClientError(BAD_COMMAND, '-I asks for a head, -d sends a body: not both')
  const method = given.method ?? (given.head ? 'HEAD' : body === null ? 'GET' : 'POST')
  return {
    method,
    target,
    version: given.http10 ? 'HTTP/1.0' : 'HTTP/1.1',
    headers: headersOf(given.headers, authority, userAgent, body),
    body,
    include: given.include || given.head,
    verbose: given.verbose,
    hostname,
  }
}

function readFlags(words: readonly string[]): Given {
  const given: Given = {
    include: false,
    head: false,
    verbose: false,
    method: null,
    headers: [],
    data: [],
    http10: false,
    pathAsIs: false,
    urls: [],
  }
  let onlyUrls = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const parameterOf = (flag: Flag, attached: string): string => {
      const value = attached === '' ? words[++i] : attached
      if (value === undefined) throw new ClientError(BAD_COMMAND, `option ${word}: requires parameter ${flag.value}`)
      return value
    }
    if (onlyUrls || !/^-./.test(word)) given.urls.push(word)
    else if (word === '--') onlyUrls = true
    else if (word.startsWith('--')) {
      const flag = CURL.flags.find(({ long }) => long === word)
      if (flag === undefined) throw unknownFlag(word)
      apply(given, flag, flag.value === null ? '' : parameterOf(flag, ''))
    } else {
      // Short flags stand together (`-iv`); the first that takes a value takes what is behind it (`-Xpost`).
      for (let rest = word.slice(1); rest !== ''; ) {
        const letter = rest.charAt(0)
        const flag = CURL.flags.find(({ short }) => short === `-${letter}`)
        if (flag === undefined) throw unknownFlag(`-${letter}`)
        rest = rest.slice(1)
        apply(given, flag, flag.value === null ? '' : parameterOf(flag, rest))
        if (flag.value !== null) break
      }
    }
  }
  return given
}

function unknownFlag(flag: string): ClientError {
  const known = CURL.flags.map(({ short, long }) => short ?? long).join(' ')
  return new ClientError(BAD_COMMAND, `option ${flag}: is not one this small curl knows (it knows ${known})`)
}

function apply(given: Given, flag: Flag, value: string): void {
  switch (flag.long) {
    case '--include':
      given.include = true
      return
    case '--head':
      given.head = true
      return
    case '--verbose':
      given.verbose = true
      return
    case '--http1.0':
      given.http10 = true
      return
    case '--path-as-is':
      given.pathAsIs = true
      return
    case '--request':
      given.method = value
      return
    case '--header':
      if (value.startsWith('@')) throw noFiles(flag, value)
      given.headers.push(value)
      return
    case '--data':
    case '--data-binary':
      if (value.startsWith('@')) throw noFiles(flag, value)
      given.data.push(value)
  }
}

const noFiles = (flag: Flag, value: string): ClientError =>
  new ClientError(CODE.file, `${flag.long} ${value}: there are no files here; give the data itself`)

/** As curl does: `Name: value` adds or replaces, `Name:` removes what curl would send, `Name;` sends it empty. */
function headersOf(lines: readonly string[], authority: string, userAgent: string, body: string | null) {
  const own: [string, string][] = [
    ['Host', authority],
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
  ]
  const behind: [string, string][] =
    body === null
      ? []
      : [
          ['Content-Length', String(body.length)],
          ['Content-Type', 'application/x-www-form-urlencoded'],
        ]
  const added: [string, string][] = []
  const replaced = new Set<string>()
  for (const line of lines) {
    const [, name = '', mark, value = ''] = /^([^:;]*)([:;])(.*)$/s.exec(line) ?? []
    if (mark === undefined) continue
    if (/[\r\n\0]/.test(line)) {
      throw new ClientError(BAD_COMMAND, 'a header has one line; send other bytes with the raw request instead')
    }
    if (mark === ':') replaced.add(name.toLowerCase())
    const text = value.replace(/^[ \t]+/, '')
    if (mark === ';' ? text === '' : text !== '') added.push([name, text])
  }
  if (replaced.has('transfer-encoding')) replaced.add('content-length')
  const kept = ([name]: [string, string]): boolean => !replaced.has(name.toLowerCase())
  // curl sends a Host of the person's own in the place of its own.
  const host = added.filter(([name]) => name.toLowerCase() === 'host')
  const others = added.filter(([name]) => name.toLowerCase() !== 'host')
  return [...host, ...own.filter(kept), ...others, ...behind.filter(kept)]
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

function parseUrl(url: string, gateway: GatewayAddress, pathAsIs: boolean) {
  const authorityHere = `${gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host}:${gateway.port}`
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'http') {
    throw new ClientError(CODE.protocol, `protocol "${scheme}" is not spoken here, only http`)
  }
  if (hasControls(url))
    throw new ClientError(CODE.url, 'URL rejected: blanks and control characters have to be percent-encoded')
  if (url.startsWith('/')) {
    const authority = LOOPBACK.includes(gateway.host) ? `localhost:${gateway.port}` : authorityHere
    return { hostname: authority.replace(/:\d+$/, ''), authority, target: targetOf(url, pathAsIs) }
  }
  const [, authority = '', rest = ''] = /^([^/?#]*)(.*)$/s.exec(scheme === undefined ? url : url.slice(7)) ?? []
  const [, hostname, port = '80'] = /^(\[[0-9A-Fa-f:.]+\]|[^:@[\]]+)(?::(\d{1,5}))?$/.exec(authority) ?? []
  if (hostname === undefined)
    throw new ClientError(CODE.url, `URL rejected: ${JSON.stringify(authority)} is no host and port`)
  const here = [...LOOPBACK, gateway.host, `[${gateway.host}]`]
  if (!here.includes(hostname.toLowerCase()) || Number(port) !== gateway.port) {
    throw new ClientError(
      CODE.elsewhere,
      `${hostname}:${port} is somewhere else: this terminal connects only to this gateway, ${authorityHere}`,
    )
  }
  return { hostname, authority, target: targetOf(rest, pathAsIs) }
}

function hasControls(url: string): boolean {
  return [...url].some((char) => char <= ' ' || char === '\x7f')
}

function targetOf(rest: string, pathAsIs: boolean): string {
  const [beforeFragment = ''] = rest.split('#', 1)
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(beforeFragment) ?? []
  const full = path === '' ? '/' : path
  return (pathAsIs ? full : withoutDotSegments(full)) + query
}

/** RFC 3986 section 5.2.4, which curl does unless told --path-as-is. */
function withoutDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (last) kept.push('')
  }
  return `/${kept.join('/')}`
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
