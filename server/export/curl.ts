/**
 * A command for a POSIX shell that sends the same request again, to the address at which it arrived: Host names a site, not the
 * machine (RFC 9110 section 7.2).
 */
import { curlWords } from '../../shared/commandLine/curlWords.ts'
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { type RequestMessage, requestOf } from '../../shared/trace/message.ts'
import { variableOf } from '../../shared/trace/packetMessage.ts'
import { firstOfKind, hasKind } from '../../shared/trace/query.ts'
import type { ExportContext } from './context.ts'
import { beginningOnly } from './readable.ts'
import { addressOf } from './url.ts'

/** Shows the head of the answer; and a proxy that the environment names would connect to that address on another machine. */
const LEAD = ['curl -i', "--noproxy '*'"]

export function toCurl(events: readonly TraceEvent[], { header, masked }: ExportContext): string {
  const request = requestOf(events)
  const refused = firstOfKind(events, 'gateway.refused')
  if (request.method === '') {
    return `# curl cannot send this request: its first line could not be read (${refused?.code ?? 'incomplete'}).\n`
  }
  const isPacket = hasKind(events, 'uwsgi.packet')
  const arrived = isPacket ? undefined : firstOfKind(events, 'connection.opened')?.local
  const front = frontOf(events, header)
  const authority = front ?? addressOf(arrived ?? header.gateway)
  const { pipe, words } = curlWords(refused === null ? completed(request) : request, authority)
  const notes = notesOn(request, masked.request)
  if (isPacket) {
    const where = front === null ? 'the port for that' : 'the server in front, as the packet names it'
    notes.unshift(`This came as a packet of uwsgi, which curl cannot send: it goes out as HTTP, to ${where}.`)
  }
  if (refused !== null) {
    notes.unshift(
      `The gateway refused this request with ${refused.status} ${refused.code}: curl may send it differently.`,
    )
  }
  return `${notes.map((note) => `# ${note}\n`).join('')}${pipe}${[...LEAD, ...words].join(' \\\n  ')}\n`
}

/** Behind a tap for uwsgi there is no HTTP: who was asked is in the packet. Null where this gateway can be. */
function frontOf(events: readonly TraceEvent[], { tap }: TraceHeader): string | null {
  const packet = tap?.protocol === 'uwsgi' ? firstOfKind(events, 'uwsgi.packet') : null
  if (packet === null) return null
  const [, host] = /^([\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i.exec(variableOf(packet, 'HTTP_HOST')) ?? []
  const [port] = /^\d{1,5}$/.exec(variableOf(packet, 'SERVER_PORT')) ?? []
  return `${host ?? 'localhost'}:${port ?? '80'}`
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
