/** A request that came from elsewhere than the page's own terminal: who sent it, and what was sent and has come back. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { StageState } from '../../shared/trace/fold.ts'
import { foldedOf } from '../../shared/trace/folded.ts'
import { type RequestMessage, requestOf } from '../../shared/trace/message.ts'

/** Whose client it is, by its User-Agent; `program`: it does not say. */
export type ClientKind = 'browser' | 'terminal' | 'program'

export interface OutsideRequest {
  readonly kind: ClientKind
  /** `curl/7.88.1`; empty where it does not say. */
  readonly agent: string
  /** `127.0.0.1:51234` */
  readonly peer: string
  /** How to send the same from a terminal; null before it has been read, and where it is no request. */
  readonly command: string | null
  /** What has come back by now; empty before anything has. */
  readonly answer: string
}

/** The client of the page's terminal says so; what is typed there byte for byte is known by its connection. */
const OWN_AGENT = /^wsgiscope\b/

/** @param ownPorts those that connections of the page's own terminal had. */
export function outsideOf(
  events: readonly TraceEvent[],
  playhead: number,
  ownPorts: ReadonlySet<number>,
): OutsideRequest | null {
  const opened = events.find((event) => event.kind === 'connection.opened')
  if (opened === undefined || ownPorts.has(opened.peer.port)) return null
  const request = requestOf(events)
  const sentAgent = fieldOf(request, 'user-agent')
  if (OWN_AGENT.test(sentAgent)) return null
  const state = foldedOf(events).at(playhead)
  if (state.opened === null) return null
  const isRead = state.environ !== null || state.refused !== null
  // The head tells who it is.
  const agent = state.requestLine === null ? '' : sentAgent
  const { host, port } = opened.peer
  return {
    kind: kindOf(agent),
    agent: shortAgent(agent),
    peer: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    command: isRead && request.method !== '' ? curlCommand(request, opened.local) : null,
    answer: answerOf(state),
  }
}

const fieldOf = ({ headers }: RequestMessage, name: string): string =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? ''

const kindOf = (agent: string): ClientKind =>
  agent.startsWith('Mozilla/') ? 'browser' : /^(curl|Wget|HTTPie|xh|aria2)\b/i.test(agent) ? 'terminal' : 'program'

/** Of a browser, what it calls itself last but for what it claims to be compatible with. */
const LONGEST_AGENT = 40

function shortAgent(agent: string): string {
  const named = /(Firefox|Edg|OPR|Chrome|Version)\/[\d.]+/.exec(agent)?.[0]
  const short = agent.startsWith('Mozilla/') ? (named ?? 'Mozilla') : agent
  return short.length > LONGEST_AGENT ? `${short.slice(0, LONGEST_AGENT)}…` : short
}

/** More of a body than this is left out. */
const BODY_SHOWN = 400

/** Fields that curl sends by itself, or that say how a connection is to be used. */
const OF_CURL = new Set(['host', 'user-agent', 'accept', 'content-length', 'connection', 'accept-encoding'])

/** The request as somebody would type it: what a browser adds for itself is left out. */
function curlCommand(request: RequestMessage, local: { host: string; port: number }): string {
  const { method, target, headers, body } = request
  const isBrowser = fieldOf(request, 'user-agent').startsWith('Mozilla/')
  const authority = fieldOf(request, 'host') || `${local.host}:${local.port}`
  const words = ['curl', '-i']
  const text = body === null || body.length === 0 ? null : latin1Decode(body.subarray(0, BODY_SHOWN))
  const usual = method === 'HEAD' ? '-I' : method === (text === null ? 'GET' : 'POST') ? null : `-X ${method}`
  if (usual !== null) words.push(usual)
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (OF_CURL.has(lower) || (isBrowser && lower !== 'content-type')) continue
    if (text !== null && lower === 'content-type' && value === 'application/x-www-form-urlencoded') continue
    words.push(`-H ${quoted(`${name}: ${value}`)}`)
  }
  if (text !== null) words.push(`-d ${quoted(text)}${body !== null && body.length > BODY_SHOWN ? '…' : ''}`)
  return [...words, quoted(target.startsWith('/') ? `${authority}${target}` : target)].join(' ')
}

/** For a POSIX shell; nothing in it can command a terminal, or anything else that prints it. */
function quoted(text: string): string {
  const shown = readable(text)
  return /^[\w./:=@%+-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}

/** Control characters have pictures of their own (U+2400 and after). */
const readable = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(/\p{Cc}/gu, (char) =>
      char === '\n' || char === '\t' ? char : String.fromCharCode(0x2400 + (char.charCodeAt(0) & 31)),
    )

/** More of an answer than this is counted by the card of the response. */
const ANSWER_SHOWN = 2048

function answerOf({ outbound, outboundStart, sentTo }: StageState): string {
  if (outboundStart === null || sentTo <= outboundStart) return ''
  const end = Math.min(sentTo, outboundStart + ANSWER_SHOWN)
  const bytes = outbound.slice({ start: outboundStart, end })
  if (bytes === null) return ''
  return readable(new TextDecoder().decode(bytes)) + (sentTo > end ? '…' : '')
}
