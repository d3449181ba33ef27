/** An entry of the environ: who it was made from, and how its value is written. */
import { spansOverlap } from '../../../shared/bytes/span.ts'
import type { EnvironEntry } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import type { EnvironGroup } from '../cardId.ts'
import { type Link, linkTo, type Tone } from '../content/content.ts'
import { pythonRepr } from '../text.ts'
import { variableTone } from './variableTone.ts'

export const groupOf = (entry: EnvironEntry): EnvironGroup =>
  entry.from === 'socket' ? 'socket' : entry.from === 'server' ? 'server' : 'request'

/** An entry has the colour of the bytes it was made from. */
export function toneOf(entry: EnvironEntry, state: StageState): Tone {
  if (entry.from === 'server') return 'server'
  if (typeof entry.from === 'string') return 'plain'
  const span = entry.from.spans[0]
  if (span === undefined) return entry.key === 'QUERY_STRING' ? 'query' : 'plain'
  if (state.uwsgi !== null && entry.type === 'str') return variableTone(entry.key)
  const line = state.requestLine?.spans
  if (line !== undefined) {
    // The request as a whole is none of its parts.
    if (span.start <= line.method.start && span.end > line.version.end) return 'plain'
    if (spansOverlap(span, line.method)) return 'method'
    if (spansOverlap(span, line.version)) return 'version'
    if (line.query !== null && spansOverlap(span, line.query) && entry.key === 'QUERY_STRING') return 'query'
    if (line.authority !== null && spansOverlap(span, line.authority) && entry.key === 'HTTP_HOST') return 'header'
    if (spansOverlap(span, line.target)) return 'path'
  }
  return state.body?.spans.some((body) => spansOverlap(body, span)) ? 'body' : 'header'
}

/** Of an object, the type says enough: where it lies in memory, or how it was opened, is no part of the request. */
const withoutDetails = (repr: string): string => repr.replace(/^<([\w.]+) .*>$/, '<$1>')

export function valueText({ type, value }: EnvironEntry): string {
  if (type === 'str') return pythonRepr(value)
  return type === 'file' ? withoutDetails(value) : value
}

export function valueLink(entry: EnvironEntry): Link | null {
  if (typeof entry.from === 'string') return null
  const spans = entry.from.spans.filter((span) => span.end > span.start)
  return spans.length === 0 ? null : linkTo(...spans)
}
