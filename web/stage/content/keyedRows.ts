/** A name and its value: an entry of the environ, a variable of a packet. */
import { cellWidth, cut, wrapValue } from '../text.ts'
import type { Link, Row, Token, Tone } from './content.ts'

/** One more than the longest of the names that every request has. */
const VALUE_COL = 16

export interface Keyed {
  /** Of the first row, and what those of the others begin with. */
  readonly id: string
  readonly key: string
  readonly keyLink: Link | null
  readonly text: string
  readonly tone: Tone
  readonly link: Link | null
}

/** The name, then its value on the same row where both fit with `more` cells behind them, else below it, wrapped. */
export function keyedRows({ id, key, keyLink, text, tone, link }: Keyed, cols: number, more = 0): Row[] {
  const name = (rowId: string, piece: string): Token => ({
    id: rowId,
    col: 0,
    text: piece,
    tone: 'plain',
    link: keyLink,
  })
  const value = (piece: string, index: number, col: number): Token => ({
    id: `${id}=${index}`,
    col,
    text: piece,
    tone,
    link,
  })
  // Values stand in a column of their own; one that is too long for it moves left before it moves below.
  const behind = key.length + 1
  const width = cellWidth(text) + more
  const valueCol = Math.max(VALUE_COL, behind) + width <= cols ? Math.max(VALUE_COL, behind) : behind
  if (valueCol + width <= cols) return [{ id, tokens: [name(id, key), value(text, 0, valueCol)] }]
  const below = wrapValue(text, cols - 2, 0).map((piece, index) => ({
    id: `${id}=${index}`,
    tokens: [value(piece.text, index, 2)],
  }))
  const keys = cut(key, cols).map((piece, index): Row => {
    const rowId = index === 0 ? id : `${id}~${index}`
    return { id: rowId, tokens: [name(rowId, piece)] }
  })
  return [...keys, ...below]
}
