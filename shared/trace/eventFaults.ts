/** What can be wrong with an event by itself, and which bytes it points at. */
import type { Span } from '../bytes/span.ts'
import type { TraceEvent } from './events.ts'

/** `start-end`. */
export const spanText = ({ start, end }: Span): string => `${start}-${end}`

const lengthFault = ({ length, bytes }: { length: number; bytes: Uint8Array | null }): string | null =>
  bytes === null || bytes.length === length ? null : `length is ${length}, but ${bytes.length} bytes are there`

/** What is wrong with an event whatever came before it. */
export function ownFault(event: TraceEvent): string | null {
  switch (event.kind) {
    case 'socket.received':
    case 'socket.sent':
    case 'app.wrote':
    case 'app.yielded':
      return lengthFault(event)
    case 'environ.built':
      return repeated(event.entries.map(({ key }) => key))
    case 'request.line': {
      const { target, authority, path, query } = event.spans
      for (const part of [authority, path, query]) {
        if (part !== null && (part.start < target.start || part.end > target.end)) {
          return `the span ${spanText(part)} is not within the target's, ${spanText(target)}`
        }
      }
      return null
    }
    case 'referee.finding':
      return event.about !== null && event.about > event.seq ? `it is about ${event.about}, a later event` : null
    default:
      return null
  }
}

function repeated(keys: readonly string[]): string | null {
  const seen = new Set<string>()
  for (const key of keys) {
    if (seen.has(key)) return `the key ${JSON.stringify(key.slice(0, 60))} is there twice`
    seen.add(key)
  }
  return null
}

/** All spans of bytes that came which an event points at. */
export function inboundSpans(event: TraceEvent): readonly (Span | null | undefined)[] {
  switch (event.kind) {
    case 'request.line':
      return Object.values(event.spans)
    case 'request.header':
      return [event.spans.name, event.spans.value]
    case 'request.body':
      return event.spans
    case 'uwsgi.packet':
      return event.vars.flatMap(({ spans }) => [spans.key, spans.value])
    case 'environ.built':
      return event.entries.flatMap(({ from, keySpans }) => [
        ...(typeof from === 'string' ? [] : from.spans),
        ...(keySpans ?? []),
      ])
    case 'gateway.refused':
    case 'referee.finding':
      return [event.span]
    case 'tap.bytesOnly':
      return event.from === 'client' ? [event.span] : []
    case 'server.received':
      return [{ start: event.start, end: event.start + event.length }]
    default:
      return []
  }
}
