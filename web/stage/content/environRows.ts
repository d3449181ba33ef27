/** Card 3: the environ, grouped by where each entry comes from. */
import { spansOverlap } from '../../../shared/bytes/span.ts'
import type { EnvironEntry } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { cut, pythonRepr, wrapProse } from '../text.ts'
import { type ContentContext, type Link, linkTo, type Row, type Token, type Tone } from './content.ts'

export type EnvironGroup = 'request' | 'socket' | 'server'

export const groupOf = (entry: EnvironEntry): EnvironGroup =>
  entry.from === 'socket' ? 'socket' : entry.from === 'server' ? 'server' : 'request'

/** An entry has the colour of the bytes it was made from. */
export function toneOf(entry: EnvironEntry, state: StageState): Tone {
  if (entry.from === 'server') return 'server'
  if (typeof entry.from === 'string') return 'plain'
  const span = entry.from.spans[0]
  if (span === undefined) return entry.key === 'QUERY_STRING' ? 'query' : 'plain'
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

/** Entries in the order in which they are drawn, and in which they land. */
export function grouped(entries: readonly EnvironEntry[]): EnvironEntry[] {
  const groups: Record<EnvironGroup, EnvironEntry[]> = { request: [], socket: [], server: [] }
  for (const entry of entries) groups[groupOf(entry)].push(entry)
  return [...groups.request, ...groups.socket, ...groups.server]
}

export function environRows(state: StageState, { cols, words }: ContentContext): Row[] {
  if (state.environ === null) return []
  const rows: Row[] = []
  const label = (id: string, text: string, mark?: 'rule'): void => {
    for (const [index, line] of wrapProse(text, cols).entries()) {
      const token: Token = { id: `${id}${index}`, col: 0, text: line, tone: 'label', link: null }
      rows.push({ id: `${id}${index}`, tokens: [token], mark: index === 0 ? mark : undefined })
    }
  }
  let group: EnvironGroup | null = null
  for (const entry of grouped(state.environ)) {
    if (groupOf(entry) !== group) {
      group = groupOf(entry)
      label(`group-${group}`, words.environ.groups[group])
    }
    rows.push(...entryRows(entry, toneOf(entry, state), cols))
  }
  if (state.environChanges.length > 0) {
    label('changes', words.environ.changed, 'rule')
    for (const [index, change] of state.environChanges.entries()) {
      const id = `change${index}`
      for (const [piece, part] of cut(change.key, cols).entries()) {
        const key = `${id}~${piece}`
        rows.push({ id: key, tokens: [{ id: key, col: 0, text: part, tone: 'plain', link: null }] })
      }
      const text = `${change.before ?? '(absent)'} → ${change.after ?? '(removed)'}`
      for (const [piece, part] of cut(text, cols - 2).entries()) {
        rows.push({
          id: `${id}-${piece}`,
          tokens: [{ id: `${id}-${piece}`, col: 2, text: part, tone: 'soft', link: null }],
        })
      }
    }
  }
  return rows
}

/** One more than the longest of the keys that every request has. */
const VALUE_COL = 16

/** The key, then its value on the same row where both fit, else below it, wrapped. */
function entryRows(entry: EnvironEntry, tone: Tone, cols: number): Row[] {
  const link = valueLink(entry)
  const keyLink = entry.keySpans === undefined ? link : linkTo(...entry.keySpans)
  const key: Token = { id: entry.key, col: 0, text: entry.key, tone: 'plain', link: keyLink }
  const text = valueText(entry)
  // Values stand in a column of their own; one that is too long for it moves left before it moves below.
  const behind = entry.key.length + 1
  const valueCol = Math.max(VALUE_COL, behind) + text.length <= cols ? Math.max(VALUE_COL, behind) : behind
  const value = (piece: string, index: number, col: number): Token => ({
    id: `${entry.key}=${index}`,
    col,
    text: piece,
    tone,
    link,
  })
  if (valueCol + text.length <= cols) {
    return [{ id: entry.key, tokens: [key, value(text, 0, valueCol)] }]
  }
  const below = cut(text, cols - 2).map((piece, index) => ({
    id: `${entry.key}=${index}`,
    tokens: [value(piece, index, 2)],
  }))
  const keys = cut(entry.key, cols).map((piece, index): Row => {
    const id = index === 0 ? entry.key : `${entry.key}~${index}`
    return { id, tokens: [{ ...key, id, text: piece }] }
  })
  return [...keys, ...below]
}
