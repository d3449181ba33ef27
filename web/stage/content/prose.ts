import { wrapProse } from '../text.ts'
import type { Row, Tone } from './content.ts'
import { copied } from './copied.ts'

/** A sentence as rows, wrapped. `ruled`: a dashed line above the first of them. */
export function proseRows(id: string, text: string, cols: number, tone: Tone = 'soft', ruled = false): Row[] {
  const rows = wrapProse(text, cols).map(
    (line, index): Row => ({
      id: `${id}${index}`,
      mark: ruled && index === 0 ? 'rule' : undefined,
      tokens: [{ id: `${id}${index}`, col: 0, text: line, tone, link: null }],
    }),
  )
  return copied(rows, text)
}
