/**
 * A command for a POSIX shell that sends the same request again, to the address at which it arrived: Host names a site, not the
 * machine (RFC 9110 section 7.2). The order of fields of different names is curl's own; it means nothing (section 5.3).
 */
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { type RequestMessage, requestOf } from '../../shared/trace/message.ts'
import { firstOfKind } from '../../shared/trace/query.ts'
import type { ExportContext } from './context.ts'
import { beginningOnly } from './readable.ts'
import { legible, printfFormat, shellWord } from './shellWords.ts'
import { addressOf, pathOf } from './url.ts'

/** From this length on, one version or another of curl asks with Expect: 100-continue before it sends a body. */
const EXPECTS = 1024

export function toCurl(events: readonly TraceEvent[], { header, masked }: ExportContext): string {
  const request = requestOf(events)
  const refused = firstOfKind(events, 'gateway.refused')
  if (request.method === '') {
    return `# curl cannot send this request: its first line could not be read (${refused?.code ?? 'incomplete'}).\n`
  }
  const authority = addressOf(firstOfKind(events, 'connection.opened')?.local ?? header.gateway)
  const url = `http://${authority}${isPlain(request.target) ? request.target : pathOf(request.target)}`
  const sent = refused === null ? completed(request) : request
  const { pipe, flags: body } = bodyFlags(sent)
  const words = [
    'curl -i',
    // A proxy that the environment names would connect to that address on another machine.
    "--noproxy '*'",
    ...methodFlags(sent),
    ...(request.version === 'HTTP/1.0' ? ['--http1.0'] : []),
    ...targetFlags(request.target, url),
    ...headerFlags(sent, authority),
    ...body,
    shellWord(url),
  ]
  const notes = notesOn(request, masked.request)
  if (refused !== null) {
    notes.unshift(
      `The gateway refused this request with ${refused.status} ${refused.code}: curl may send it differently.`,
    )
  }
  return `${notes.map((note) => `# ${note}\n`).join('')}${pipe}${words.join(' \\\n  ')}\n`
}

/** What goes out differently from what came in. A shell may take a pasted comment for a command: no note has more than plain words. */
function notesOn(request: RequestMessage, masked: readonly string[]): string[] {
  const { method, version, body, bodyLength, headers, trailers, torn } = request
  const notes: string[] = []
  if (masked.length > 0) {
    const names = masked.map((name) => name.replace(/[^\w. -]/g, '_').slice(0, 60)).join(', ')
    notes.push(`Masked with asterisks: ${names}. The address of this file with ?secrets=1 behind it has the values.`)
  }
  const partial = beginningOnly(body?.length ?? 0, bodyLength)
  if (partial !== undefined) notes.push(`Of the body this sends ${partial}.`)
  if (torn === 'head') notes.push('The head of this request did not come to its end: curl sends one that is complete.')
  if (torn === 'body') notes.push(`The body did not come to its end: this sends the ${bodyLength} bytes that came.`)
  if (trailers > 0) notes.push(`curl cannot send trailer fields: ${trailers} of them are left out.`)
  if (version !== 'HTTP/1.0' && version !== 'HTTP/1.1') notes.push(`curl cannot send ${version}: this sends HTTP/1.1.`)
  if (method === 'HEAD' && body !== null) {
    const own = headers.some(([name]) => name.toLowerCase() === 'connection')
      ? 'in the place of the own one'
      : 'as well'
    notes.push(
      `A HEAD with a body makes curl wait for a body: this asks for the end of the connection ${own}. A chunked answer ends with code 18.`,
    )
  }
  return notes
}

/** A body that is not all there is sent as one that is: curl would promise the rest, and the server would wait for it. */
function completed(request: RequestMessage): RequestMessage {
  if (request.torn !== 'body' && request.bodyLength === (request.body?.length ?? 0)) return request
  const headers = request.headers.filter(([name]) => request.chunked || name.toLowerCase() !== 'content-length')
  return { ...request, headers, body: request.body ?? new Uint8Array(0) }
}

function methodFlags({ method, body }: RequestMessage): string[] {
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
function headerFlags({ method, headers, body, chunked }: RequestMessage, authority: string): string[] {
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
      if (lower === 'connection') return !closes
      return !(lower === 'content-length' && body !== null && value === String(body.length))
    })
    .map(([name, value]) => `--header ${shellWord(value === '' ? `${name};` : `${name}: ${value}`)}`)
  return [...own, ...removed]
}

/** Linux passes no argument longer than 128 KiB (MAX_ARG_STRLEN in linux/binfmts.h, its NUL included). */
const LONGEST_ARGUMENT = 128 * 1024 - 1

/** Text is an argument. What nobody can read there, or no argument can hold, comes through a pipe. */
function bodyFlags({ body }: RequestMessage): { pipe: string; flags: string[] } {
  if (body === null) return { pipe: '', flags: [] }
  const bytes = latin1Decode(body)
  if (bytes.length <= LONGEST_ARGUMENT && legible(bytes) !== null) {
    return { pipe: '', flags: [`--data-raw ${shellWord(bytes)}`] }
  }
  return { pipe: `printf '${printfFormat(bytes)}' | `, flags: ['--data-binary @-'] }
}
