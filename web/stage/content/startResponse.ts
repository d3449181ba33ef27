/** Card 4: what start_response was given, kept until the first chunk comes. */
import type { StageState } from '../../../shared/trace/fold.ts'
import { cut, pythonRepr } from '../text.ts'
import { type ContentContext, linkOut, type Row } from './content.ts'
import { proseRows } from './prose.ts'

export const headerPair = (name: string, value: string): string => `(${pythonRepr(name)}, ${pythonRepr(value)})`

export function startResponseRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const event = state.startResponse
  if (event === null) {
    return proseRows('idle', words.startResponse.idle, cols)
  }
  const rows: Row[] = event.inferred ? proseRows('inferred', words.startResponse.inferred, cols, 'label') : []
  for (const [index, text] of cut(pythonRepr(event.status), cols).entries()) {
    rows.push({
      id: `status${index}`,
      tokens: [{ id: `status${index}`, col: 0, text, tone: 'status', link: linkOut('status') }],
    })
  }
  for (const [n, [name, value]] of event.headers.entries()) {
    for (const [index, text] of cut(headerPair(name, value), cols).entries()) {
      const id = `header:${n}-${index}`
      rows.push({ id, tokens: [{ id, col: 0, text, tone: 'plain', link: linkOut(`header:${n}`) }] })
    }
  }
  const notes: string[] = []
  if (event.excInfo !== null) notes.push(words.startResponse.excInfo(event.excInfo.type))
  else if (state.startResponseCalls > 1) notes.push(words.startResponse.again)
  const kept = state.listing === null ? words.startResponse.kept : words.listing.keptHead
  notes.push(state.gateOpen ? words.startResponse.gone : kept)
  for (const [n, note] of notes.entries()) {
    rows.push(...proseRows(`note${n}-`, note, cols, 'soft', n === 0))
  }
  return rows
}
