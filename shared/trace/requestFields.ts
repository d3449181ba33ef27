/** The header fields of a request, where they stand in its connection's inbound stream. */
import { latin1Decode } from '../bytes/latin1.ts'
import type { EventOf, TraceEvent } from './events.ts'
import { eventsOfKind, firstOfKind } from './query.ts'
import { runFrom, streamOf } from './streams.ts'

export type RequestField = Pick<EventOf<'request.header'>, 'name' | 'value' | 'spans' | 'dropped'>

/** Without trailers. The sixty-line server never reads them: there, they are what lies between its first line and an empty one. */
export function requestFields(events: readonly TraceEvent[]): RequestField[] {
  const line = firstOfKind(events, 'request.line')
  const isRead = firstOfKind(events, 'connection.opened')?.listing === undefined
  if (isRead || line === null)
    return eventsOfKind(events, 'request.header').filter(({ dropped }) => dropped !== 'trailer')
  const { end } = line.spans.version
  const [head = ''] = latin1Decode(runFrom(streamOf(events, 'socket.received'), end)).split(/\r?\n\r?\n/, 1)
  return [...head.matchAll(/^([^:\s]+):[ \t]*(.*?)[ \t]*\r?$/gm)].map(
    ({ index, 0: whole, 1: name = '', 2: value = '' }) => {
      const start = end + index
      const from = start + whole.indexOf(value, name.length + 1)
      const spans = { name: { start, end: start + name.length }, value: { start: from, end: from + value.length } }
      return { name, value, spans, dropped: null }
    },
  )
}
