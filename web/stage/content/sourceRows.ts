/** Source code, and which of its lines is at work. */
import { assertNever } from '../../../shared/assertNever.ts'
import type { EventOf, StackFrame } from '../../../shared/trace/events.ts'
import type { StageState, StepEvent } from '../../../shared/trace/fold.ts'
import type { ContentContext, Row, Token, Tone } from './content.ts'

export interface SourceView {
  readonly file: string
  readonly text: string
}

/** A line of one of the application's files, counted from 1. */
export interface SourceLine {
  readonly file: string
  readonly line: number
}

const ownFrame = (stack: readonly StackFrame[]): SourceLine | null => stack.find((frame) => 'file' in frame) ?? null

/** The own line that called start_response; where a framework called it, the one that it had its answer from. */
export function callingFrame({ stack, answer }: EventOf<'app.startResponse'>): SourceLine | null {
  const [first] = stack
  return first !== undefined && 'file' in first ? first : (answer ?? ownFrame(stack))
}

/** The last line of the shown file that a traceback goes through: Python's, or V8's. */
export function raisingFrame(traceback: string, file: string | null): SourceLine | null {
  if (file === null) return null
  let found: number | null = null
  for (const line of traceback.split('\n')) {
    if (!line.includes(file)) continue
    const python = /^\s*File ".*", line (\d+)/.exec(line)?.[1]
    const v8 = /^\s*at .*:(\d+):\d+\)?$/.exec(line)?.[1]
    // V8 puts the innermost call first.
    if (python !== undefined) found = Number(python)
    else if (v8 !== undefined) found ??= Number(v8)
  }
  return found === null ? null : { file, line: found }
}

/** The exception that made the answer, whoever caught it; the server's own 500 or a framework's. */
export function raisedIn({ flight, raised, caught }: StageState): EventOf<'app.raised'> | EventOf<'app.caught'> | null {
  const flying = flight?.event
  if (flying?.kind === 'app.raised' || flying?.kind === 'app.caught') return flying
  return raised?.kind === 'app.raised' ? raised : caught
}

/** The line that runs: that of what the application did last, as far as it is known; null where none of its own does. */
export function lineAtWork(state: StageState): SourceLine | null {
  const flying = state.flight?.event
  if (state.refused !== null || (flying?.kind !== 'app.raised' && state.raised?.kind === 'app.died')) return null
  const raised = raisedIn(state)
  if (raised !== null) {
    return ownFrame(raised.stack ?? []) ?? raisingFrame(raised.traceback, state.call?.file ?? null)
  }
  if (state.line !== null) return state.line
  const step = stepOf(state)
  return step === null || state.appClosed ? null : lineOf(step, state)
}

/** What the application does: the step that is under way, or the last one. */
function stepOf({ flight, step }: StageState): StepEvent | null {
  const flying = flight?.event
  switch (flying?.kind) {
    case 'app.called':
    case 'input.read':
    case 'app.startResponse':
    case 'app.wrote':
    case 'app.returned':
    case 'app.yielded':
      return flying
    default:
      return step
  }
}

function lineOf(step: StepEvent, state: StageState): SourceLine | null {
  switch (step.kind) {
    case 'app.called':
      return lineCalled({ ...state, call: step })
    case 'app.startResponse':
      // Where only a framework's frames are left, what runs is still what the server called.
      return callingFrame(step) ?? lineCalled(state)
    case 'app.yielded':
      return step.frame ?? lineOfList(state)
    case 'input.read':
    case 'app.wrote':
    case 'app.returned':
      return step.frame ?? null
    default:
      return assertNever(step)
  }
}

/** A list's pieces come from the line that returned it; a generator is run by nobody who did. */
const lineOfList = ({ returned }: StageState): SourceLine | null =>
  returned !== null && returned.length !== null ? (returned.frame ?? null) : null

/** The line that gave what was sent, or of a framework the one that it had it from, stays in sight when none runs any more. */
export function lineThatAnswered(state: StageState): SourceLine | null {
  const { startResponse, returned, chunks } = state
  const last = chunks.at(-1)?.event
  const gave = last === undefined ? returned?.frame : (last.frame ?? lineOfList(state))
  return gave ?? (startResponse?.answer === undefined ? null : callingFrame(startResponse))
}

/** The line that defines what the server called. */
export const lineCalled = ({ call }: StageState): SourceLine | null =>
  call?.file != null && call.line !== null ? { file: call.file, line: call.line } : null

/** The line that called start_response. */
export const lineThatCalledBack = ({ startResponse }: StageState): SourceLine | null =>
  startResponse === null || startResponse.inferred ? null : callingFrame(startResponse)

/** The line that read last. */
export const lineThatReads = ({ reads }: StageState): SourceLine | null => reads.at(-1)?.frame ?? null

/** Which file the card shows: the one at work or that answered, else where the callable is defined. */
export function fileShown(state: StageState, fallback: string | null): string | null {
  return lineAtWork(state)?.file ?? lineThatAnswered(state)?.file ?? state.call?.file ?? fallback
}

/** Source code is neutral: only values have colours. Long lines wrap under their own indentation. */
export function sourceRows(
  source: SourceView,
  atWork: number | null,
  { cols }: ContentContext,
  how: 'now' | 'past' = 'now',
): Row[] {
  const { lines, rows, firstRow } = plainRows(source, cols)
  const statement = atWork === null ? null : statementAround(lines, atWork)
  const from = statement === null ? undefined : firstRow[statement.from - 1]
  if (statement === null || from === undefined) return rows
  const to = firstRow[statement.to] ?? rows.length
  return rows.map((row, at) => (at >= from && at < to ? { ...row, mark: how } : row))
}

interface PlainSource {
  readonly cols: number
  readonly lines: readonly string[]
  readonly rows: Row[]
  /** Index of the first row of each line. */
  readonly firstRow: readonly number[]
}

/** Of each text, its rows at the width they were drawn with last: a text does not change while it is shown. */
const drawn = new WeakMap<SourceView, PlainSource>()

function plainRows(source: SourceView, cols: number): PlainSource {
  const known = drawn.get(source)
  if (known?.cols === cols) return known
  const plain = wrapSource(source.text, cols)
  drawn.set(source, plain)
  return plain
}

/** The row on which a line begins. */
export const lineRow = (line: number): string => `s${line}-0`

function wrapSource(text: string, cols: number): PlainSource {
  const lines = text.replace(/\n$/, '').split('\n')
  const gutter = String(lines.length).length + 2
  const rows: Row[] = []
  const firstRow: number[] = []
  for (const [index, line] of lines.entries()) {
    const number = index + 1
    firstRow.push(rows.length)
    const code = line.replaceAll('\t', '    ')
    const indent = code.length - code.trimStart().length
    const hanging = Math.min(indent + 2, Math.max(0, cols - gutter - 14))
    const width = Math.max(8, cols - gutter)
    let rest = code
    let piece = 0
    do {
      const room = piece === 0 ? width : width - hanging
      const breakAt = rest.length <= room ? rest.length : lastBreak(rest, room)
      const tokens: Token[] = []
      if (piece === 0) tokens.push(plain(`n${number}`, 0, String(number).padStart(gutter - 2), 'label'))
      tokens.push(
        plain(`c${number}-${piece}`, gutter + (piece === 0 ? 0 : hanging), rest.slice(0, breakAt).trimEnd(), 'plain'),
      )
      rows.push({
        id: piece === 0 ? lineRow(number) : `s${number}-${piece}`,
        tokens,
        mark: undefined,
        copy: piece === 0 ? `${line}\n` : '',
      })
      rest = rest.slice(breakAt).trimStart()
      piece++
    } while (rest !== '')
  }
  return { cols, lines, rows, firstRow }
}

const plain = (id: string, col: number, text: string, tone: Tone): Token => ({ id, col, text, tone, link: null })

/**
 * Where a line of code is broken: behind a blank, an opening bracket or a comma, or before a dot; never in
 * the middle of a name or a number, where there is any other place.
 */
function lastBreak(text: string, room: number): number {
  const indent = text.length - text.trimStart().length
  const lastOf = (where: RegExp, least: number): number | undefined =>
    Array.from(text.slice(0, room + 1).matchAll(where), ({ index, 0: sign }) => index + sign.length).findLast(
      (end) => end <= room && end > indent + least,
    )
  // A blank that leaves most of the row empty comes after what else there is.
  const blank = lastOf(/ /g, Math.max(LEAST, (room - indent) * WORTHWHILE))
  const within = /[([{,](?![)\]}])|(?=\.\D)/g
  return blank ?? lastOf(within, LEAST) ?? lastOf(/ /g, LEAST) ?? lastOf(/(?<=\w)(?=\W)|(?<=\W)(?=\w)/g, LEAST) ?? room
}

/** So many cells of a row are used at the least; where a line can be broken elsewhere, this part of it. */
const LEAST = 6
const WORTHWHILE = 0.4

/** A call may span lines: from the reported one until its brackets are closed, at most a dozen. */
export function statementAround(lines: readonly string[], line: number): { from: number; to: number } {
  let depth = 0
  for (let at = line; at <= Math.min(lines.length, line + 11); at++) {
    for (const char of lines[at - 1] ?? '') {
      if ('([{'.includes(char)) depth++
      else if (')]}'.includes(char)) depth--
    }
    if (depth <= 0) return { from: line, to: at }
  }
  return { from: line, to: line }
}
