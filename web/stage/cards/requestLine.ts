/** Card 2: the four parts of the request line. */

import type { Span } from '../../../shared/bytes/span.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { readable } from '../../readable.ts'
import { type ContentContext, linkTo, type Origin, type Row, type Token } from '../content/content.ts'
import { copied } from '../content/copied.ts'
import { cellWidth, cut, visibleString } from '../text.ts'
import type { CardDefinition } from './card.ts'

export interface LinePart {
  readonly name: Origin
  readonly label: string
  readonly text: string
  readonly span: Span
}

/** The parts as they stand in the target, undecoded. A target without a path (`*`) is shown whole. */
export function lineParts(state: StageState, words: ContentContext['words']): LinePart[] {
  const event = state.requestLine
  if (event === null) return []
  const { method, target, path, query, version } = event.spans
  const textOf = (span: Span): string => event.target.slice(span.start - target.start, span.end - target.start)
  const parts: LinePart[] = [{ name: 'method', label: words.requestLine.method, text: event.method, span: method }]
  if (path === null) parts.push({ name: 'path', label: words.requestLine.target, text: event.target, span: target })
  else parts.push({ name: 'path', label: words.requestLine.path, text: textOf(path), span: path })
  if (query !== null) parts.push({ name: 'query', label: words.requestLine.query, text: textOf(query), span: query })
  parts.push({ name: 'version', label: words.requestLine.version, text: event.version, span: version })
  return parts
}

export function requestLineRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const parts = lineParts(state, words)
  const beside = Math.ceil(Math.max(0, ...parts.map(({ label }) => cellWidth(label)))) + 2
  return parts.flatMap((part): Row[] => {
    const label: Token = { id: `label-${part.name}`, col: 0, text: part.label, tone: 'label', link: null }
    const pieces = cut(part.text === '' ? words.requestLine.empty : visibleString(part.text), cols - beside)
    const own = pieces.map((text, index): Row => {
      const id = `${part.name}${index}`
      const token: Token = { id, col: beside, text, tone: part.name, link: linkTo(part.span) }
      return { id, tokens: index === 0 ? [label, token] : [token] }
    })
    return copied(own, readable(part.text))
  })
}

export const requestLineCard: CardDefinition = {
  id: 'requestLine',
  number: '2',
  title: (words) => words.titles.requestLine,
  shortTitle: (words) => words.shortTitles.requestLine,
  isReached: ({ requestLine, flight }) => requestLine !== null || flight?.event.kind === 'request.line',
  rows: requestLineRows,
  landing: new Set(['request.line']),
  hidden: (rows) =>
    new Set(rows.flatMap((row) => row.tokens.filter(({ tone }) => tone !== 'label').map(({ id }) => id))),
  notes: () => [],
  idle: (_, words) => words.requestLine.idle,
}
