/** Card 4: what start_response was given, kept until the first chunk comes. */
import type { OwnFrame, StackFrame } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { cut, pythonRepr, readable, wrapProse, wrapValue } from '../text.ts'
import type { StageWords } from '../words.ts'
import { type ContentContext, linkOut, type Row } from './content.ts'
import { copied } from './copied.ts'
import { proseRows } from './prose.ts'

/** So many headers, and frames, are shown; the rest is counted. */
const MOST_HEADERS = 300
const MOST_FRAMES = 100

export const headerPair = (name: string, value: string): string => `(${pythonRepr(name)}, ${pythonRepr(value)})`

export function startResponseRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const event = state.startResponse
  if (event === null) {
    return proseRows('idle', words.startResponse.idle, cols)
  }
  const rows: Row[] = event.inferred ? proseRows('inferred', words.startResponse.inferred, cols, 'label') : []
  // Above what was given: below it, a long list of headers would push it out of sight.
  rows.push(...callerRows(event.stack, cols, words.startResponse))
  const status = cut(pythonRepr(event.status), cols).map((text, index): Row => {
    const id = `status${index}`
    return { id, tokens: [{ id, col: 0, text, tone: 'status', link: linkOut('status') }] }
  })
  rows.push(...copied(status, readable(event.status)))
  for (const [n, [name, value]] of event.headers.slice(0, MOST_HEADERS).entries()) {
    const pair = wrapValue(headerPair(name, value), cols).map(({ col, text }, index): Row => {
      const id = `header:${n}-${index}`
      return { id, tokens: [{ id, col, text, tone: 'plain', link: linkOut(`header:${n}`) }] }
    })
    rows.push(...copied(pair, `${name}: ${readable(value)}`))
  }
  if (event.headers.length > MOST_HEADERS) {
    rows.push(...proseRows('more-headers', words.more(event.headers.length - MOST_HEADERS), cols))
  }
  const notes: string[] = []
  if (event.excInfo !== null) notes.push(words.startResponse.excInfo(event.excInfo.type))
  else if (state.startResponseCalls > 1) notes.push(words.startResponse.again)
  const kept = state.listing === null ? words.startResponse.kept : words.listing.keptHead
  notes.push(state.gateOpen ? words.startResponse.gone : kept)
  for (const [n, note] of notes.entries()) {
    rows.push(...proseRows(`note${n}-`, note, cols, 'soft', n === 0))
  }
  if (event.stack.length > 0 && !event.stack.some((frame) => 'file' in frame)) {
    rows.push(...proseRows('framework', words.startResponse.byFramework, cols))
  }
  return rows
}

const fileName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** `Stamp.__call__.<locals>.stamping` is `stamping` to whoever wrote it. */
const shortName = (name: string): string => name.split('<locals>.').at(-1) ?? name

/** `shop.py:12 login` */
export const frameName = (frame: OwnFrame): string =>
  `${fileName(frame.file)}:${frame.line} ${shortName(frame.function)}`

/** `… 3 frames of werkzeug, flask` */
export const foldedFrames = (
  frame: { folded: number; of?: string[] | undefined },
  words: StageWords['startResponse'],
) => words.folded(frame.folded, frame.of?.join(', ') ?? '')

const indented = (id: string, text: string, cols: number): Row[] =>
  wrapProse(text, cols - 2).map((line, index) => ({
    id: `${id}${index}`,
    tokens: [{ id: `${id}${index}`, col: 2, text: line, tone: 'soft', link: null }],
  }))

/**
 * Who called, innermost first. Where all the frames are of the application's own files there is nothing to say that the
 * application's card does not show.
 */
function callerRows(stack: readonly StackFrame[], cols: number, words: StageWords['startResponse']): Row[] {
  if (!stack.some((frame) => 'folded' in frame)) return []
  const rows: Row[] = []
  for (const [n, frame] of stack.slice(0, MOST_FRAMES).entries()) {
    const caller = 'file' in frame ? frameName(frame) : foldedFrames(frame, words)
    if (n === 0) rows.push(...proseRows('caller', words.calledBy(caller), cols))
    else rows.push(...indented(`caller${n}-`, caller, cols))
  }
  return rows
}
