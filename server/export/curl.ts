/** A command line for a POSIX shell (with $'…', as bash, zsh and ksh have it) that sends the same request again. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { ExportContext } from './exportExchange.ts'
import { beginningOnly, type RequestMessage, requestOf, urlOf } from './message.ts'
import { firstOfKind } from './streams.ts'

/** From this length on, curl asks with Expect: 100-continue before it sends a body. */
const EXPECTS = 1024 * 1024

export function toCurl(events: readonly TraceEvent[], { header }: ExportContext): string {
  const request = requestOf(events)
  const refused = firstOfKind(events, 'gateway.refused')
  if (request.method === '') {
    return `# curl cannot send this request: its first line could not be read (${refused?.code ?? 'incomplete'}).\n`
  }
  const opened = firstOfKind(events, 'connection.opened')
  const local = opened?.local ?? header.gateway
  const url = urlOf(request, local)
  const { pipe, flags: body } = bodyFlags(request)
  const words = [
    'curl -i',
    ...methodFlags(request),
    ...(request.version === 'HTTP/1.0' ? ['--http1.0'] : []),
    ...targetFlags(request.target, url),
    ...headerFlags(request, url),
    ...body,
    quote(url),
  ]
  const notes: string[] = []
  if (refused !== null) {
    notes.push(`The gateway refused this request (${refused.status} ${refused.code}); curl may send it differently.`)
  }
  const partial = beginningOnly(request.body?.length ?? 0, request.bodyLength)
  if (partial !== undefined) notes.push(`Of the body this sends ${partial}.`)
  return `${notes.map((note) => `# ${note}\n`).join('')}${pipe}${words.join(' \\\n  ')}\n`
}

function methodFlags({ method, body }: RequestMessage): string[] {
  if (method === 'HEAD') return ['--head']
  return method === (body === null ? 'GET' : 'POST') ? [] : [`--request ${quote(method)}`]
}

function targetFlags(target: string, url: string): string[] {
  const flags: string[] = []
  if (/\/\.{1,2}(\/|$|\?)/.test(target)) flags.push('--path-as-is')
  if (/[[\]{}]/.test(url)) flags.push('--globoff')
  // What is no path (`*`, an absolute form) does not go into the URL; bytes above 127 some versions encode there.
  if (!target.startsWith('/') || /[^ -~]/.test(target)) flags.push(`--request-target ${quote(target)}`)
  return flags
}

/** All the request's own headers, but what curl works out itself; and none of those that curl adds unasked. */
function headerFlags({ headers, body, chunked, version }: RequestMessage, url: string): string[] {
  const authority = url.replace(/^http:\/\//, '').split(/[/?#]/, 1)[0]
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const unasked = ['User-Agent', 'Accept']
  if (body !== null) unasked.push('Content-Type')
  if (body !== null && body.length >= EXPECTS) unasked.push('Expect')
  const removed = unasked
    .filter((name) => !names.has(name.toLowerCase()))
    .map((name) => `--header ${quote(`${name}:`)}`)
  if (version === 'HTTP/1.0' && !names.has('host')) removed.push(`--header ${quote('Host:')}`)
  const own = headers
    .filter(([name, value]) => {
      const lower = name.toLowerCase()
      if (lower === 'host') return value !== authority
      return !(lower === 'content-length' && body !== null && !chunked)
    })
    .map(([name, value]) => `--header ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`)
  return [...own, ...removed]
}

/** Linux passes no argument longer than 128 KiB (MAX_ARG_STRLEN in linux/binfmts.h, its NUL included). */
const LONGEST_ARGUMENT = 128 * 1024 - 1

/** A NUL byte cannot stand in an argument: such a body comes through a pipe, and so does one that is too long for one. */
function bodyFlags({ body }: RequestMessage): { pipe: string; flags: string[] } {
  if (body === null) return { pipe: '', flags: [] }
  const text = latin1Decode(body)
  if (!text.includes('\0') && !text.startsWith('@') && text.length <= LONGEST_ARGUMENT) {
    return { pipe: '', flags: [`--data-binary ${quote(text)}`] }
  }
  const escaped = text.replace(/[^ -~]|[\\%']/g, (char) =>
    char === '%' ? '%%' : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
  return { pipe: `printf '${escaped}' | `, flags: ['--data-binary @-'] }
}

/** One word for the shell: a native string, byte for byte. */
export function quote(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text
  if (/^[ -~\n\t]*$/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`
  // Octal, always three digits: \xHH would swallow a hexadecimal digit behind it in some shells.
  const escaped = text.replace(/[^ -~]|[\\']/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `$'${escaped}'`
}
