/**
 * A request as words of a curl command that sends it again. The order of fields of different names is curl's own; it means
 * nothing (RFC 9110 section 5.3).
 */
import { latin1Decode } from '../bytes/latin1.ts'
import { legible, printfFormat, shellWord } from './shellWords.ts'

/** Native strings, and the body without framing. */
export interface SentRequest {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | null
  readonly chunked: boolean
}

export interface CurlWords {
  /** What prints the body, with the pipe behind it; empty where the body is an argument, or there is none. */
  readonly pipe: string
  /** Flags and the URL. */
  readonly words: readonly string[]
}

/** From this length on, one version or another of curl asks with Expect: 100-continue before it sends a body. */
const EXPECTS = 1024

/**
 * @param authority where it is sent to, as in a URL.
 * @param unsaid headers that this curl sends without being told, whatever they are: none of them needs a flag.
 */
export function curlWords(
  request: SentRequest,
  authority: string,
  unsaid: (name: string, value: string) => boolean = () => false,
): CurlWords {
  const { target, version } = request
  const url = `http://${authority}${isPlain(target) ? target : pathOf(target)}`
  const { pipe, flags: body } = bodyFlags(request)
  const words = [
    ...methodFlags(request),
    ...(version === 'HTTP/1.0' ? ['--http1.0'] : []),
    ...targetFlags(target, url),
    ...headerFlags(request, authority, unsaid),
    ...body,
    shellWord(url),
  ]
  return { pipe, words }
}

/** Path and query of a target; of one that has none (`*`, an authority, an absolute form), the root. */
const pathOf = (target: string): string => (target.startsWith('/') ? target : '/')

function methodFlags({ method, body }: SentRequest): string[] {
  if (method === 'HEAD' && body === null) return ['--head']
  // No answer to HEAD has a body, whatever its Content-Length says: curl does not know, and would wait.
  if (method === 'HEAD') return ['--request HEAD', '--ignore-content-length']
  return method === (body === null ? 'GET' : 'POST') ? [] : [`--request ${shellWord(method)}`]
}

/** What can stand in a URL as it is: no asterisk, no absolute form, no bytes above 127, which some versions encode there. */
const isPlain = (target: string): boolean => /^\/[!-~]*$/.test(target)

function targetFlags(target: string, url: string): string[] {
  if (!isPlain(target)) return [`--request-target ${shellWord(target)}`, ...(url.includes('[') ? ['--globoff'] : [])]
  const flags: string[] = []
  if (/\/(\.|%2e){1,2}(\/|$|\?)/i.test(target)) flags.push('--path-as-is')
  if (/[[\]{}]/.test(url)) flags.push('--globoff')
  return flags
}

/** All the request's own headers, but what curl works out itself; and none of those that curl adds unasked. */
function headerFlags(
  { method, headers, body, chunked }: SentRequest,
  authority: string,
  unsaid: (name: string, value: string) => boolean,
): string[] {
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const closes = method === 'HEAD' && body !== null
  const unasked = ['User-Agent', 'Accept']
  if (body !== null) unasked.push('Content-Type')
  if (body !== null && (chunked || body.length > EXPECTS)) unasked.push('Expect')
  const removed = unasked
    .filter((name) => !names.has(name.toLowerCase()))
    .map((name) => `--header ${shellWord(`${name}:`)}`)
  if (!names.has('host')) removed.push("--header 'Host:'")
  if (closes) removed.push("--header 'Connection: close'")
  const own = headers
    .filter(([name, value]) => {
      const lower = name.toLowerCase()
      if (lower === 'host') return value !== authority
      if (unsaid(lower, value)) return false
      if (lower === 'connection') return !closes
      return !(lower === 'content-length' && body !== null && value === String(body.length))
    })
    .map(([name, value]) => `--header ${shellWord(value === '' ? `${name};` : `${name}: ${value}`)}`)
  return [...own, ...removed]
}

/** Linux passes no argument longer than 128 KiB (MAX_ARG_STRLEN in linux/binfmts.h, its NUL included). */
const LONGEST_ARGUMENT = 128 * 1024 - 1

/** Text is an argument. What nobody can read there, or no argument can hold, comes through a pipe. */
function bodyFlags({ body }: SentRequest): { pipe: string; flags: string[] } {
  if (body === null) return { pipe: '', flags: [] }
  const bytes = latin1Decode(body)
  if (bytes.length <= LONGEST_ARGUMENT && legible(bytes) !== null) {
    return { pipe: '', flags: [`--data-raw ${shellWord(bytes)}`] }
  }
  return { pipe: `printf '${printfFormat(bytes)}' | `, flags: ['--data-binary @-'] }
}
