/** The URL of a request, as RFC 3986 has it: whatever the request said, it can be parsed. */
import type { RequestMessage } from '../../shared/trace/message.ts'

/** Of a path or a query, what may stand there as it is (section 3.3 and 3.4); a percent sign only before two digits. */
const TO_ENCODE = /%(?![0-9a-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/gi

/** reg-name or IP-literal, and a port (section 3.2). */
const AUTHORITY = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})*(?::\d*)?$|^\[[0-9a-f:.]+\](?::\d*)?$/i

const encoded = (text: string): string =>
  text.replace(TO_ENCODE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

/** `http://host:port/path?query`, from the request's own Host where it has one that can stand there. */
export function urlOf(request: RequestMessage, local: { host: string; port: number }): string {
  const absolute = /^(https?):\/\/([^/?]*)(.*)$/is.exec(request.target)
  const [, scheme = 'http', named, rest] = absolute ?? []
  const host = named ?? request.headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
  const authority =
    host !== '' && AUTHORITY.test(host.replace(/^[^@]*@/, '')) ? host : addressOf(local).replace(/%25[^\]]*/, '')
  const target = rest ?? request.target
  const path = target.startsWith('/') ? target : target.startsWith('?') ? `/${target}` : '/'
  return `${scheme.toLowerCase()}://${encodedUserinfo(authority)}${encoded(path)}`
}

/** Section 3.2.1. */
const encodedUserinfo = (authority: string): string => {
  const at = authority.indexOf('@')
  return at === -1
    ? authority
    : `${encoded(authority.slice(0, at)).replaceAll(/[/?@]/g, encodeURIComponent)}${authority.slice(at)}`
}

/** As it stands in a URL. A wildcard is where nobody can connect to: loopback is among what it stands for. */
export function addressOf({ host, port }: { host: string; port: number }): string {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, '')
  if (plain === '' || plain === '0.0.0.0') return `127.0.0.1:${port}`
  if (plain === '::') return `[::1]:${port}`
  // RFC 6874: the zone of a link-local address.
  return plain.includes(':') ? `[${plain.replace('%', '%25')}]:${port}` : `${plain}:${port}`
}
