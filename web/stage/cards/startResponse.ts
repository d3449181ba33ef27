/** Card 4: what start_response was given, kept until the first chunk comes. */
import type { StackFrame } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { readable } from '../../readable.ts'
import { type ContentContext, linkOut, type Row, type Token } from '../content/content.ts'
import { copied } from '../content/copied.ts'
import { proseRows } from '../content/prose.ts'
import { foldedFrames, frameName } from '../content/stackFrames.ts'
import { cut, pythonRepr, wrapProse, wrapValue } from '../text.ts'
import type { StageWords } from '../words.ts'
import { type CardDefinition, quiet } from './card.ts'

/** So many headers, and frames, are shown; the rest is counted. */
const MOST_HEADERS = 300
const MOST_FRAMES = 100

export const headerPair = (name: string, value: string): string => `(${pythonRepr(name)}, ${pythonRepr(value)})`

/** Until it is called, or until it is known that it will not be. */
const idleText = ({ raised, refused }: StageState, { startResponse }: StageWords): string =>
  raised === null && refused === null ? startResponse.idle : startResponse.notCalled

export function startResponseRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const event = state.startResponse
  if (event === null) {
    return proseRows('idle', idleText(state, words), cols)
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
  notes.push(state.gateOpen ? words.startResponse.gone : words.startResponse.kept)
  for (const [n, note] of notes.entries()) {
    rows.push(...proseRows(`note${n}-`, note, cols, 'soft', n === 0))
  }
  if (event.stack.length > 0 && !event.stack.some((frame) => 'file' in frame)) {
    rows.push(...proseRows('framework', words.startResponse.byFramework, cols))
  }
  return rows
}

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

/** Arguments and the notes below them land; the frames that called, and what was worked out, stand there at once. */
const lands = ({ tone }: Token): boolean => tone === 'plain' || tone === 'status' || tone === 'soft'

export const startResponseCard: CardDefinition = {
  id: 'startResponse',
  number: '4',
  title: (words) => words.titles.startResponse,
  shortTitle: (words) => words.shortTitles.startResponse,
  // The handle that the application is given is tethered to this card.
  isReached: ({ call, startResponse, flight }) =>
    call !== null ||
    startResponse !== null ||
    flight?.event.kind === 'app.called' ||
    flight?.event.kind === 'app.startResponse',
  rows: startResponseRows,
  landing: new Set(['app.startResponse']),
  hidden: (rows) => new Set(rows.flatMap((row) => row.tokens.filter(lands).map(({ id }) => id))),
  notes: ({ startResponse, gateOpen }, words) =>
    startResponse === null ? [] : [quiet(gateOpen ? words.startResponse.summaryGone : words.startResponse.summary)],
  idle: idleText,
  isChecked: ({ startResponse }) => startResponse !== null && !startResponse.inferred,
}
