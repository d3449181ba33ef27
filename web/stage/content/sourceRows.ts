/** Source code, and which of its lines is at work. */
import { assertNever } from '../../../shared/assertNever.ts'
import type { EventOf, StackFrame } from '../../../shared/trace/events.ts'
import type { StageState, StepEvent } from '../../../shared/trace/fold.ts'
import type { ContentContext, Row, Token, Tone } from './content.ts'

export interface SourceView {
  readonly file: string
  readonly text: string
}

interface Place {
  readonly file: string
  readonly line: number
}

const ownFrame = (stack: readonly StackFrame[]): Place | null => stack.find((frame) => 'file' in frame) ?? null

/** The own line that called start_response; where a framework called it, the one that it had its answer from. */
export function callingFrame({ stack, answer }: EventOf<'app.startResponse'>): Place | null {
  const [first] = stack
  return first !== undefined && 'file' in first ? first : (answer ?? ownFrame(stack))
}

/** The last line of the shown file that a traceback goes through: Python's, or V8's. */
export function raisingFrame(traceback: string, file: string | null): Place | null {
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

/** The line that did a step: the definition where the application is called, which may be all that is known of a call. */
function lineOf(step: StepEvent, { call, returned }: StageState): Place | null {
  const called = call?.file != null && call.line !== null ? { file: call.file, line: call.line } : null
  switch (step.kind) {
    case 'app.called':
      return step.file !== null && step.line !== null ? { file: step.file, line: step.line } : null
    case 'app.startResponse':
      // Where only a framework's frames are left, what runs is still what the server called.
      return callingFrame(step) ?? called
    case 'app.yielded':
      // A list's chunks come from the line that returned it.
      return step.frame ?? returned?.frame ?? null
    case 'input.read':
    case 'app.wrote':
    case 'app.returned':
      return step.frame ?? null
    default:
      return assertNever(step)
  }
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

/** The line at work: that of the step under way or the last one, until the application is done. Null where it is not known. */
export function lineAtWork(state: StageState): Place | null {
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

/** The line that answered stays in sight when nothing of its file runs any more. */
export function lineThatAnswered(state: StageState): Place | null {
  const { startResponse, step, appClosed } = state
  if (startResponse?.answer !== undefined) return callingFrame(startResponse)
  return appClosed && (step?.kind === 'app.yielded' || step?.kind === 'app.returned') ? lineOf(step, state) : null
}

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
      rows.push({ id: `s${number}-${piece}`, tokens, mark: undefined, copy: piece === 0 ? `${line}\n` : '' })
      rest = rest.slice(breakAt).trimStart()
      piece++
    } while (rest !== '')
  }
  return { cols, lines, rows, firstRow }
}

const plain = (id: string, col: number, text: string, tone: Tone): Token => ({ id, col, text, tone, link: null })

function lastBreak(text: string, room: number): number {
  const at = text.lastIndexOf(' ', room)
  const indent = text.length - text.trimStart().length
  return at > indent + 6 ? at + 1 : room
}

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
