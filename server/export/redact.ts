/**
 * Authorization, Cookie and Set-Cookie values, masked at the same length wherever a trace carries them. The spans of the
 * parsed headers say where; a request that was refused before its headers were parsed, a neighbour in the same segment
 * and the response are searched for such lines as well. What was found is then masked wherever else it turns up: in the
 * body of an application that prints its environ, in a traceback, in a local variable.
 */
import { latin1Decode, latin1Encode } from '../../shared/bytes/latin1.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { eventsOfKind, type Stream, sliceOf, streamOf } from './streams.ts'

const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|set-cookie)$/i
const SECRET_KEY = /^HTTP_(PROXY_)?(AUTHORIZATION|COOKIE)$/
const SECRET_LINE =
  /(?<=^|\n)((?:proxy-)?authorization|(?:set-)?cookie)[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)/gi

/** Shorter values than this are masked only where they stand as such: they are too likely to be something else. */
const TELLING = 6

const mask = (text: string): string => '*'.repeat(text.length)

export function redact(events: readonly TraceEvent[]): TraceEvent[] {
  const secrets = [...secretsOf(events)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
  const telling = secrets.filter((secret) => secret.length >= TELLING)
  const hide = (text: string): string => telling.reduce((hidden, secret) => hidden.replaceAll(secret, mask), text)
  const masked = {
    'socket.received': maskStream(streamOf(events, 'socket.received'), events, secrets),
    'socket.sent': maskStream(streamOf(events, 'socket.sent'), [], secrets),
  }
  const { stream, startOf } = chunksOf(events)
  const chunks = maskStream(stream, [], secrets)
  return events.map((event) => {
    if (event.kind === 'socket.received' || event.kind === 'socket.sent') {
      if (event.bytes === null) return event
      return {
        ...event,
        bytes: new Uint8Array(sliceOf(masked[event.kind], event.start, event.start + event.bytes.length)),
      }
    }
    if (event.kind === 'app.wrote' || event.kind === 'app.yielded') {
      const start = startOf.get(event.seq)
      if (start === undefined || event.bytes === null) return event
      return { ...event, bytes: new Uint8Array(sliceOf(chunks, start, start + event.bytes.length)) }
    }
    return maskFields(event, hide)
  })
}

/** The header fields of the request whose values are masked. */
export const maskedNames = (events: readonly TraceEvent[]): string[] => [
  ...new Set(eventsOfKind(events, 'request.header').flatMap(({ name }) => (SECRET_HEADER.test(name) ? [name] : []))),
]

function secretsOf(events: readonly TraceEvent[]): Set<string> {
  const secrets = new Set<string>()
  for (const event of events) {
    if (event.kind === 'request.header' && SECRET_HEADER.test(event.name)) secrets.add(event.value)
    else if (event.kind === 'environ.built') {
      for (const { key, value } of event.entries) if (SECRET_KEY.test(key)) secrets.add(value)
    } else if (event.kind === 'uwsgi.packet') {
      for (const { key, value } of event.vars) if (SECRET_KEY.test(key)) secrets.add(value)
    } else if (event.kind === 'app.startResponse') {
      for (const [name, value] of event.headers) if (SECRET_HEADER.test(name)) secrets.add(value)
    }
  }
  for (const kind of ['socket.received', 'socket.sent'] as const) {
    for (const { text } of runsOf(streamOf(events, kind))) {
      for (const [, , value = ''] of text.matchAll(SECRET_LINE)) secrets.add(value.trimEnd())
    }
  }
  return secrets
}

/** What the application gave, as if it were one stream: a secret may lie across two chunks. */
function chunksOf(events: readonly TraceEvent[]): { stream: Stream; startOf: Map<number, number> } {
  const stream: Stream = { pieces: [] }
  const startOf = new Map<number, number>()
  let start = 0
  for (const event of events) {
    if ((event.kind !== 'app.wrote' && event.kind !== 'app.yielded') || event.bytes === null) continue
    stream.pieces.push({ start, length: event.length, bytes: event.bytes, at: event.at })
    startOf.set(event.seq, start)
    start += event.bytes.length
  }
  return { stream, startOf }
}

/** The stream with every secret masked, and what the headers' spans cover. */
function maskStream(stream: Stream, events: readonly TraceEvent[], secrets: readonly string[]): Stream {
  const spans = eventsOfKind(events, 'request.header')
    .filter(({ name }) => SECRET_HEADER.test(name))
    .map(({ spans }) => spans.value)
  for (const packet of eventsOfKind(events, 'uwsgi.packet')) {
    for (const { key, spans: own } of packet.vars) if (SECRET_KEY.test(key)) spans.push(own.value)
  }
  const pieces = runsOf(stream).map(({ start, text }) => {
    let hidden = text.replace(SECRET_LINE, (line: string, _name: string, value: string) =>
      value === '' ? line : line.slice(0, -value.length) + mask(value.trimEnd()) + value.slice(value.trimEnd().length),
    )
    for (const secret of secrets) if (secret.length >= TELLING) hidden = hidden.replaceAll(secret, mask)
    for (const span of spans) {
      const from = Math.max(0, span.start - start)
      const to = Math.min(hidden.length, span.end - start)
      if (from < to) hidden = hidden.slice(0, from) + '*'.repeat(to - from) + hidden.slice(to)
    }
    return { start, length: hidden.length, bytes: latin1Encode(hidden), at: 0 }
  })
  return { pieces }
}

/** Pieces that adjoin, joined. */
function runsOf(stream: Stream): { start: number; text: string }[] {
  const runs: { start: number; parts: Uint8Array[]; end: number }[] = []
  for (const { start, bytes } of stream.pieces) {
    const last = runs.at(-1)
    if (last !== undefined && last.end === start) {
      last.parts.push(bytes)
      last.end += bytes.length
    } else runs.push({ start, parts: [bytes], end: start + bytes.length })
  }
  return runs.map(({ start, parts }) => ({ start, text: latin1Decode(Buffer.concat(parts)) }))
}

function maskFields(event: TraceEvent, hide: (text: string) => string): TraceEvent {
  switch (event.kind) {
    case 'request.line':
      return { ...event, target: hide(event.target) }
    case 'request.header':
      return { ...event, value: SECRET_HEADER.test(event.name) ? mask(event.value) : hide(event.value) }
    case 'uwsgi.packet': {
      const vars = event.vars.map((one) => ({ ...one, value: maskIf(SECRET_KEY.test(one.key), one.value, hide) }))
      return { ...event, vars }
    }
    case 'environ.built': {
      const entries = event.entries.map((one) => ({ ...one, value: maskIf(SECRET_KEY.test(one.key), one.value, hide) }))
      return { ...event, entries }
    }
    case 'environ.changed': {
      const secret = SECRET_KEY.test(event.key)
      const hidden = (text: string | null) => (text === null ? null : maskIf(secret, text, hide))
      return { ...event, before: hidden(event.before), after: hidden(event.after) }
    }
    case 'app.startResponse': {
      const headers = event.headers.map(([name, value]): [string, string] => [
        name,
        maskIf(SECRET_HEADER.test(name), value, hide),
      ])
      return { ...event, headers }
    }
    case 'app.line':
      return {
        ...event,
        locals: Object.fromEntries(Object.entries(event.locals).map(([name, value]) => [name, hide(value)])),
      }
    case 'app.raised':
    case 'app.caught':
      return { ...event, message: hide(event.message), traceback: hide(event.traceback) }
    case 'app.died':
      return { ...event, reason: hide(event.reason) }
    case 'log.line':
    case 'app.source':
      return { ...event, text: hide(event.text) }
    case 'referee.finding':
    case 'gateway.refused':
      return { ...event, message: hide(event.message) }
    default:
      return event
  }
}

const maskIf = (secret: boolean, value: string, hide: (text: string) => string): string =>
  secret ? mask(value) : hide(value)
