/** Where a call came from, out of the text of a JavaScript stack. */
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StackFrame } from '../../../shared/trace/events.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const SERVER = ['../../', '../../../shared/'].map((part) => fileURLToPath(new URL(part, import.meta.url)))
const RULES = fileURLToPath(new URL('../../../shared/wsgi/startResponse', import.meta.url))
const FRAME = /^ {4}at (?:async )?(?:(.*) \()?(.+?):(\d+):\d+\)?$/

interface Frame {
  function: string
  file: string
  line: number
}

/** Stacks by the places they go through in the code that runs; an application has few, and each is looked up once. */
const KNOWN = new Map<string, readonly StackFrame[]>()
const MOST_KNOWN = 1000

/** The frames above this server's own, caller first: those of files below `folder`, the others folded and counted. */
export function callerStack(folder: string): StackFrame[] {
  const key = `${folder}\n${places()}`
  const known = KNOWN.get(key)
  if (known !== undefined) return [...known]
  const stack = ownStack(new Error().stack ?? '', folder)
  // Each reload of an application brings new places, and leaves the old ones.
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear()
  KNOWN.set(key, stack)
  return [...stack]
}

/** The same of the frames that an error came through, out of the text of its stack; innermost first. */
export const raisingStack = (stack: string, folder: string): StackFrame[] => ownStack(stack, folder)

/** Whether it is the application that threw what has this stack: its own files are in it, or nothing of this server is. */
export function isOfApplication(stack: string, folder: string): boolean {
  const files = [...parse(stack)].map(({ file }) => file)
  const isOwn = (file: string) => file.startsWith(folder + sep)
  return files.some(isOwn) || !files.some((file) => SERVER.some((part) => file.startsWith(part)))
}

/** Where this was called from, not yet traced back to the source, which takes a hundred times as long. */
function places(): string {
  const prepare = Error.prepareStackTrace
  let text = ''
  Error.prepareStackTrace = (_, sites) => {
    for (const site of sites) {
      text += `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()} ${site.getFunctionName()}\n`
    }
    return ''
  }
  const { stack } = new Error()
  if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
  else Error.prepareStackTrace = prepare
  return text === '' ? (stack ?? '') : text
}

function ownStack(stack: string, folder: string): StackFrame[] {
  const frames: StackFrame[] = []
  let folded = 0
  let inApplication = false
  for (const frame of parse(stack)) {
    if (isServer(frame.file)) {
      if (inApplication) break // below are those that brought the request
      continue
    }
    inApplication = true
    if (!frame.file.startsWith(folder + sep) || frame.file.includes(`${sep}node_modules${sep}`)) {
      folded++
      continue
    }
    if (folded > 0) frames.push({ folded })
    folded = 0
    frames.push({ file: frame.file, line: frame.line, function: frame.function })
  }
  return folded > 0 ? [...frames, { folded }] : frames
}

/** An error's stack as the application's author should see it: without the frames of this server and of Node itself. */
export function ownTraceback(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => {
      const frame = parseLine(line)
      return frame === null || !(isServer(frame.file) || frame.file.startsWith('node:'))
    })
    .map((line) => line.replace(/file:\/\/[^\s?]+\?[^\s:]*(?=:\d)/, (url) => fileURLToPath(url.replace(/\?.*/, ''))))
    .join('\n')
}

const isServer = (file: string): boolean => file.startsWith(HERE) || file.startsWith(RULES)

function* parse(stack: string): Generator<Frame> {
  for (const line of stack.split('\n')) {
    const frame = parseLine(line)
    if (frame !== null && !frame.file.startsWith('node:')) yield frame
  }
}

function parseLine(line: string): Frame | null {
  const match = FRAME.exec(line)
  if (match === null) return null
  const [, name = '', place = '', lineNumber = '0'] = match
  const url = place.replace(/\?.*$/, '')
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  return { function: name === '' ? '<module>' : name, file, line: Number(lineNumber) }
}

export interface RunningPlace {
  file: string
  line: number
  /** Directly below is a callback of setImmediate(), which Node cannot leave without losing its place in the queue. */
  inImmediate: boolean
}

const MOST_FRAMES = 200

/** Where the application is, innermost, of what has called this; null where it is not among that. */
export function runningIn(folder: string): RunningPlace | null {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = MOST_FRAMES
  const text = new Error().stack ?? ''
  Error.stackTraceLimit = stackTraceLimit
  const own = [...parse(text)].find(({ file }) => file.startsWith(folder + sep))
  if (own === undefined) return null
  const inImmediate = text.includes('processImmediate') && !/runNextTicks|processTicksAndRejections/.test(text)
  return { file: own.file, line: own.line, inImmediate }
}
