/** The texts of an event: all but those that are part of its structure, so that a field that is new is not forgotten. */
import { TraceEvent } from '../../shared/trace/events.ts'

/**
 * What a text becomes. `name` is what it goes by, where it is the value of something: a header field, an environ key, a local
 * variable; `target` and `source` for a request target and the text of a program.
 */
export type TextMap = (text: string, about: { name?: string; is?: 'target' | 'source' }) => string

/** Keys of an event whose texts are chosen by wsgiscope, or are names, and names of files. */
const STRUCTURE = new Set([
  ...['kind', 'method', 'version', 'name', 'key', 'type', 'file', 'changed', 'language', 'callable', 'function', 'of'],
  ...[
    'rule',
    'section',
    'level',
    'by',
    'via',
    'protocol',
    'code',
    'stage',
    'from',
    'noticedAt',
    'transform',
    'separator',
  ],
  ...['source', 'host', 'runtime', 'listing', 'edited', 'dropped', 'framing'],
])

/** Its bytes stay as they are. */
export function mapTexts(event: TraceEvent, map: TextMap): TraceEvent {
  switch (event.kind) {
    case 'socket.received':
    case 'socket.sent':
    case 'app.wrote':
    case 'app.yielded':
    case 'response.serialized':
      return event
    case 'request.line':
      return { ...event, target: map(event.target, { is: 'target' }) }
    case 'app.source':
      return { ...event, text: map(event.text, { is: 'source' }) }
    case 'environ.changed': {
      const { key: name, before, after } = event
      const mapped = (text: string | null) => (text === null ? null : map(text, { name }))
      return { ...event, before: mapped(before), after: mapped(after) }
    }
    default:
      return TraceEvent.parse(mapNode(event, '', map))
  }
}

function mapNode(node: unknown, key: string, map: TextMap): unknown {
  if (typeof node === 'string') return STRUCTURE.has(key) ? node : map(node, {})
  if (Array.isArray(node)) {
    const [name, value]: unknown[] = node
    // A header field as start_response takes it.
    const isField = key === 'field' && typeof name === 'string' && typeof value === 'string'
    if (isField) return [name, map(value, { name })]
    return node.map((item: unknown) => mapNode(item, key === 'headers' ? 'field' : key, map))
  }
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node)
  const name = entries.find(([own, text]) => (own === 'name' || own === 'key') && typeof text === 'string')?.[1]
  return Object.fromEntries(
    entries.map(([own, value]: [string, unknown]) => {
      if (key === 'locals' && typeof value === 'string') return [own, map(value, { name: own })]
      if (own === 'value' && typeof value === 'string' && typeof name === 'string') return [own, map(value, { name })]
      return [own, mapNode(value, own, map)]
    }),
  )
}
