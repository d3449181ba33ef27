/** The URL of a command, as far as it leads to this gateway. */
import { ClientError } from './clientError.ts'

/** The one server that this client connects to. */
export interface GatewayAddress {
  host: string
  port: number
}

export interface ParsedUrl {
  hostname: string
  /** What goes into Host. */
  authority: string
  target: string
  /** `user:password`, percent-decoded; null where there is none. */
  userinfo: string | null
}

/** curl's exit codes: CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_COULDNT_CONNECT. */
const CODE = { protocol: 1, url: 3, elsewhere: 7 } as const

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** @throws ClientError for one that is no URL, or leads elsewhere. */
export function parseUrl(url: string, gateway: GatewayAddress, pathAsIs: boolean): ParsedUrl {
  const authorityHere = `${gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host}:${gateway.port}`
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'http') {
    throw new ClientError(CODE.protocol, `protocol "${scheme}" is not spoken here, only http`)
  }
  if (hasControls(url))
    throw new ClientError(CODE.url, 'URL rejected: blanks and control characters have to be percent-encoded')
  if (url.startsWith('/')) {
    const authority = LOOPBACK.includes(gateway.host) ? `localhost:${gateway.port}` : authorityHere
    const target = targetOf(url, pathAsIs)
    return { hostname: authority.replace(/:\d+$/, ''), authority, target, userinfo: null }
  }
  const [, whole = '', rest = ''] = /^([^/?#]*)(.*)$/s.exec(scheme === undefined ? url : url.slice(7)) ?? []
  const [, userinfo = null, authority = ''] = /^(?:(.*)@)?(.*)$/s.exec(whole) ?? []
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
  return { hostname, authority, target: targetOf(rest, pathAsIs), userinfo: userinfo && percentDecoded(userinfo) }
}

function hasControls(url: string): boolean {
  return [...url].some((char) => char <= ' ' || char === '\x7f')
}

const percentDecoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

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

/** The URL that Location names (RFC 9110 section 10.2.2), where it was found at `authority` and `target`. */
export function redirected(location: string, authority: string, target: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(location)) return location
  if (location.startsWith('//')) return `http:${location}`
  const [path = '/'] = target.split(/[?#]/, 1)
  if (location.startsWith('/')) return `http://${authority}${location}`
  if (/^[?#]/.test(location)) return `http://${authority}${path}${location}`
  return `http://${authority}${path.slice(0, path.lastIndexOf('/') + 1)}${location}`
}
