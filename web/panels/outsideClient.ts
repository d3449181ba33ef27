/**
 * Who sent the request that is shown, where it was not this page's own terminal: what it said it is, what it sent, and what it
 * got. A function of the trace and the playhead, as the picture is: a terminal elsewhere cannot be looked into, its bytes can.
 */
import { concat } from '../../shared/bytes/concat.ts'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { curlWords } from '../../shared/commandLine/curlWords.ts'
import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'
import { onHop } from '../../shared/trace/hops.ts'
import { headersOf, type RequestMessage, requestOf, responseOf } from '../../shared/trace/message.ts'
import { bytesOf, eventsOfKind, firstOfKind, hasKind } from '../../shared/trace/query.ts'
import { requestExtent } from '../../shared/trace/requestExtent.ts'
import { between, streamOf } from '../../shared/trace/streams.ts'
import { readable } from '../readable.ts'
import { harmless } from '../terminal/ansi.ts'

/** So many bytes of a body, or of what is no message, are shown. */
export const SHOWN_BYTES = 2048

export interface OutsideClient {
  who: {
    /**
     * `terminal`: a command of a terminal; `browser`; `program`: anything else that says what it is; `silent`: what does not;
     * `front`: a server in front, which passes on by uwsgi what `agent` asked it for.
     */
    kind: 'terminal' | 'browser' | 'program' | 'silent' | 'front'
    /** As it was sent, but for a browser, whose own is a history of browsers: there the part that says which. */
    agent: string
    /** Null where the trace does not have the beginning of the connection. */
    address: string | null
  }
  /** Null until the playhead has reached the last of its bytes. */
  sent: Shown | null
  /** Null until the playhead has reached the first of its bytes. */
  got: Shown | null
}

export interface Shown {
  /** `command`: the request as curl would be told to send it; `bytes`: what was sent could not be read as a request. */
  as: 'command' | 'bytes' | 'answer'
  /** Nothing in it commands a terminal or turns a line around. */
  text: string
  /** Bytes of the body, or of what is no message, and how many of them are in `text`. */
  body: { shown: number; length: number } | null
  /** The body is no text, and only counted. */
  binary: boolean
}

const OWN_AGENT = 'wsgiscope'

/** Whether the server's own client sent it, which the page's terminal has its requests sent by: it says so in User-Agent. */
export const sentFromPage = (events: readonly TraceEvent[]): boolean => agentOf(events).startsWith(OWN_AGENT)

const agentOf = (events: readonly TraceEvent[]): string =>
  headersOf(events).find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? ''

/**
 * @param ownPorts those that connections of the page's own terminal had: what is typed there byte for byte says nothing of itself.
 * @returns null where there is nothing to say: no request, or one of the page's own terminal.
 */
export function outsideClient(
  all: readonly TraceEvent[],
  playhead: number,
  ownPorts: ReadonlySet<number>,
): OutsideClient | null {
  if (all.length === 0 || sentFromPage(all)) return null
  const events = onHop(all, 0)
  const from = firstOfKind(events, 'connection.opened')?.peer.port
  if (from !== undefined && ownPorts.has(from)) return null
  const reached = onHop(all.slice(0, Math.floor(playhead)), 0)
  const opened = firstOfKind(events, 'connection.opened')
  const isRead = reached.length >= readAt(events)
  const isPassedOn = hasKind(events, 'uwsgi.packet')
  return {
    who: (isPassedOn ? inFront : whoIs)(agentOf(events), opened),
    // No command sends a packet of uwsgi.
    sent: isRead && !isPassedOn ? sentBy(events, opened) : null,
    got: isRead ? gotBy(events, reached) : null,
  }
}

function inFront(agent: string, opened: EventOf<'connection.opened'> | null): OutsideClient['who'] {
  // A Unix domain socket gives its clients no address: there it is the socket that is told.
  const at = opened === null ? null : opened.peer.host === '' ? opened.local.host : addressText(opened.peer)
  return { kind: 'front', agent: printable(readable(agent)), address: at }
}

/** One more than the index of the event with which its last byte had come. */
function readAt(events: readonly TraceEvent[]): number {
  const { end } = requestExtent(events)
  let last = 0
  for (const [index, event] of events.entries()) {
    if (event.kind === 'request.line' || event.kind === 'uwsgi.packet') last = Math.max(last, index + 1)
    if (event.kind !== 'socket.received') continue
    last = index + 1
    if (event.start + event.length >= end) break
  }
  return last
}

const TERMINAL = /^(curl|wget|httpie|xh)\//i
/** What a browser calls itself, the names that others borrow last. */
const BROWSERS = [
  /\bFirefox\/[\d.]+/,
  /\bEdg\w*\/[\d.]+/,
  /\bOPR\/[\d.]+/,
  /\b(?:Headless)?Chrome\/[\d.]+/,
  /\bSafari\/[\d.]+/,
]

function whoIs(agent: string, opened: EventOf<'connection.opened'> | null): OutsideClient['who'] {
  const address = opened === null ? null : addressText(opened.peer)
  const named = printable(readable(agent))
  if (named === '') return { kind: 'silent', agent: '', address }
  if (named.startsWith('Mozilla/')) {
    const own = BROWSERS.map((pattern) => pattern.exec(named)?.[0]).find((found) => found !== undefined)
    return { kind: 'browser', agent: own ?? '', address }
  }
  return { kind: TERMINAL.test(named) ? 'terminal' : 'program', agent: named, address }
}

const addressText = ({ host, port }: { host: string; port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

function sentBy(events: readonly TraceEvent[], opened: EventOf<'connection.opened'> | null): Shown | null {
  const request = requestOf(events)
  const isRefused = firstOfKind(events, 'gateway.refused') !== null
  // What was not read as a request to its end is no command: the bytes are all that is known of it.
  if (request.method === '' || request.torn === 'head' || isRefused) {
    const { start } = requestExtent(events)
    const { pieces } = between(streamOf(events, 'socket.received'), start, Infinity)
    const bytes = concat(pieces.map((piece) => piece.bytes))
    return bytes.length === 0 ? null : bytesShown(bytes, lengthOf(pieces))
  }
  const { body, bodyLength } = request
  const shown = body === null ? null : body.subarray(0, SHOWN_BYTES)
  const { pipe, words } = curlWords(cut(request, shown), authorityOf(request, opened), curlUnsaid(request))
  return {
    as: 'command',
    text: printable(`${pipe}${['curl', ...words.map(short)].join(' ')}`),
    body: shown === null ? null : { shown: shown.length, length: bodyLength },
    binary: false,
  }
}

/** As people type them: the panel is narrow. */
const SHORT = { '--header ': '-H ', '--request ': '-X ', '--head': '-I', '--http1.0': '-0' } as const

function short(word: string): string {
  // -d takes what begins with an @ for the name of a file.
  if (/^--data-raw '?[^'"@]/.test(word)) return word.replace('--data-raw', '-d')
  for (const [long, flag] of Object.entries(SHORT)) {
    if (long.endsWith(' ') ? word.startsWith(long) : word === long) return flag + word.slice(long.length)
  }
  return word
}

/** With the beginning of its body; then what curl says of its length is not what was sent, and is left out. */
function cut(request: RequestMessage, body: Uint8Array | null): RequestMessage {
  if (body?.length === request.bodyLength) return request
  return { ...request, body, headers: request.headers.filter(([name]) => name.toLowerCase() !== 'content-length') }
}

/** Of the headers of a curl, those that it sends unless it is told otherwise: whoever typed the command did not type them. */
function curlUnsaid({ headers, body }: RequestMessage): (name: string, value: string) => boolean {
  const isCurl = headers.some(([name, value]) => name.toLowerCase() === 'user-agent' && value.startsWith('curl/'))
  return (name, value) =>
    isCurl &&
    ((name === 'user-agent' && value.startsWith('curl/')) ||
      (name === 'accept' && value === '*/*') ||
      (name === 'content-type' && value === 'application/x-www-form-urlencoded' && body !== null))
}

/** The Host that was asked for, where it can be an address of this server: its port is the one that was connected to. */
function authorityOf({ headers }: RequestMessage, opened: EventOf<'connection.opened'> | null): string {
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
  const port = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::(\d+))?$/i.exec(host)
  if (opened === null) return port === null ? 'localhost' : host
  return port !== null && Number(port[1] ?? 80) === opened.local.port ? host : addressText(opened.local)
}

function gotBy(events: readonly TraceEvent[], reached: readonly TraceEvent[]): Shown | null {
  const sent = eventsOfKind(reached, 'socket.sent')
  if (sent.length === 0) return null
  let read = 0
  const first = sent.filter((event) => {
    read += event.length
    return read - event.length < MOST_READ
  })
  const bytes = bytesOf(first, 'socket.sent')
  const sentLength = lengthOf(sent)
  const line = firstOfKind(events, 'request.line') ?? firstOfKind(events, 'uwsgi.packet')
  const { head, headLength, headGiven, body } = responseOf([...(line === null ? [] : [line]), ...first])
  if (head === null || headGiven) return { ...bytesShown(bytes, sentLength), as: 'answer' }
  // How long the body is without its framing is known when all of it is here; before, how much has been sent.
  const length = bytes.length === sentLength ? body.length : sentLength - headLength
  const shown = body.subarray(0, SHOWN_BYTES)
  const text = utf8Of(shown)
  return {
    as: 'answer',
    text: printable(`${readable(latin1Decode(head.raw))}${text ?? ''}`).replace(/\n+$/, ''),
    body: length === 0 ? null : { shown: text === null ? 0 : shown.length, length },
    binary: text === null,
  }
}

const lengthOf = (pieces: readonly { length: number }[]): number => pieces.reduce((sum, { length }) => sum + length, 0)

const bytesShown = (bytes: Uint8Array, length: number): Shown => {
  const shown = bytes.subarray(0, SHOWN_BYTES)
  const text = printable(utf8Of(shown) ?? latin1Decode(shown))
  return { as: 'bytes', text, body: { shown: shown.length, length }, binary: false }
}

/** A head of no more than that is looked for, and a body of `SHOWN_BYTES` behind it. */
const MOST_READ = 64 * 1024

/** Text where the bytes are UTF-8 but for a character that is cut off, null otherwise. */
function utf8Of(bytes: Uint8Array): string | null {
  // A NUL is valid UTF-8, and no text.
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    // The decoder's only complaint: these bytes are not UTF-8.
    return null
  }
}

/** What turns the direction of a line, or has no width. */
const UNSEEN = /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

const printable = (text: string): string =>
  harmless(text)
    .replaceAll('\r\n', '\n')
    .replace(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
