/** Card 2: the four parts of the request line. */

import type { Span } from '../../../shared/bytes/span.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { readable } from '../../readable.ts'
import { type ContentContext, linkTo, type Origin, type Row } from '../content/content.ts'
import { copied } from '../content/copied.ts'
import { cut, visibleString } from '../text.ts'
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
  const rows: Row[] = []
  for (const part of lineParts(state, words)) {
    rows.push({
      id: `label-${part.name}`,
      tokens: [{ id: `label-${part.name}`, col: 0, text: part.label, tone: 'label', link: null }],
    })
    const own = cut(part.text === '' ? words.requestLine.empty : visibleString(part.text), cols).map(
      (text, index): Row => {
        const id = `${part.name}${index}`
        return { id, tokens: [{ id, col: 0, text, tone: part.name, link: linkTo(part.span) }] }
      },
    )
    rows.push(...copied(own, readable(part.text)))
  }
  return rows
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
