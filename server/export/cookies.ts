/** Cookies as HAR 1.2 has them ("cookies"): of a request pairs, of a response with what they are stored by (RFC 6265). */
import { readable } from './readable.ts'

export interface HarCookie {
  name: string
  value: string
  path?: string
  domain?: string
  /** ISO 8601. */
  expires?: string
  httpOnly?: boolean
  secure?: boolean
  /** What HAR has no place for, such as SameSite. */
  comment?: string
}

/** Of all Cookie fields (RFC 6265 section 4.2.1). */
export const cookiesSent = (headers: readonly [string, string][]): HarCookie[] =>
  headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(';'))
    .filter((pair) => pair.trim() !== '')
    .map(pairOf)

/** Of all Set-Cookie fields (section 5.2). @param receivedAt Unix time in milliseconds, from which Max-Age counts */
export const cookiesSet = (headers: readonly [string, string][], receivedAt: number): HarCookie[] =>
  headers
    .filter(([name]) => name.toLowerCase() === 'set-cookie')
    .map(([, value]) => {
      const [pair = '', ...attributes] = value.split(';')
      return { ...pairOf(pair), ...attributesOf(attributes, receivedAt) }
    })

/** Section 5.2: without an equals sign, browsers take it for a value without a name. */
function pairOf(pair: string): { name: string; value: string } {
  const equals = pair.indexOf('=')
  return { name: readable(pair.slice(0, Math.max(0, equals)).trim()), value: readable(pair.slice(equals + 1).trim()) }
}

function attributesOf(attributes: readonly string[], receivedAt: number): Omit<HarCookie, 'name' | 'value'> {
  const known: Omit<HarCookie, 'name' | 'value'> = {}
  const others: string[] = []
  let maxAge: number | null = null
  for (const attribute of attributes) {
    const { name, value } = attribute.includes('=') ? pairOf(attribute) : { name: attribute.trim(), value: '' }
    const lower = name.toLowerCase()
    const date = Date.parse(value.replace(/(\d{1,2})-(\w{3})-(\d{2,4})/, '$1 $2 $3'))
    if (lower === 'path') known.path = value
    else if (lower === 'domain') known.domain = value
    else if (lower === 'httponly') known.httpOnly = true
    else if (lower === 'secure') known.secure = true
    else if (lower === 'max-age' && /^-?\d+$/.test(value)) maxAge = Number(value)
    else if (lower === 'expires' && !Number.isNaN(date)) known.expires = new Date(date).toISOString()
    else if (name !== '') others.push(value === '' ? name : `${name}=${value}`)
  }
  if (maxAge !== null) {
    // Section 5.3: Max-Age has precedence. What is past at once is at the beginning of time.
    const expires = maxAge <= 0 ? 0 : Math.min(receivedAt + maxAge * 1000, LATEST)
    known.expires = new Date(expires).toISOString()
    others.push(`Max-Age=${maxAge}`)
  }
  return others.length === 0 ? known : { ...known, comment: others.join('; ') }
}

/** The end of the last year that ISO 8601 writes with four digits. */
const LATEST = Date.UTC(9999, 11, 31)
