/** What a worker says of its application and of each request, checked: the application shares its process. */
import * as z from 'zod'
import type { AppEvent, ReadMethod } from '../../../shared/gateway/types.ts'
import type { StackFrame } from '../../../shared/trace/events.ts'
import { isRuleId, type RuleId } from '../../../shared/wsgi/referee.ts'

/** The worker's own limits (MOST_HEADERS, MOST_FRAMES with as many that are folded, MOST_FILES): more, it never says. */
const MOST_HEADERS = 1000
const MOST_FRAMES = 201
const MOST_FILES = 500

const Files = z.array(z.string()).max(MOST_FILES)

const runtime = {
  version: z.string(),
  executable: z.string(),
  /** The application's own files, as far as they have been imported; after a failure also those that it is about. */
  files: Files.default([]),
}

export const Hello = z.object({
  ...runtime,
  callable: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  attribute: z.string(),
})
export type Hello = z.infer<typeof Hello>

/** What an import fails for besides not being installed. */
const Missing = z.discriminatedUnion('kind', [
  /** A file of the application's own is taken for another module, one of Python's own where `standard`. */
  z.object({ kind: z.literal('hidden'), module: z.string(), file: z.string(), standard: z.boolean() }),
  /** The package is there, without that part. */
  z.object({ kind: z.literal('part'), parent: z.string(), file: z.string().nullable() }),
  /** It belongs to the standard library, but not to that of this interpreter. */
  z.object({ kind: z.literal('standard'), module: z.string() }),
])
export type Missing = z.infer<typeof Missing>

const beyondPython = {
  missing: Missing.nullish(),
  /** A C extension that embedded CPython cannot load: the file that would be the missing module elsewhere. */
  extension: z.string().nullish(),
  /** What embedded CPython does not have, in a word: `threads`. */
  lacks: z.string().nullish(),
}

const named = { ...runtime, attribute: z.string() }

/** Why an application could not be loaded; `loadFailure.ts` words it. */
export const Failed = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('attribute'), ...runtime, has: z.array(z.string()) }),
  z.object({ reason: z.literal('callable'), ...named, type: z.string() }),
  /** `call`: what it was called with. */
  z.object({ reason: z.literal('factory'), ...named, call: z.string(), type: z.string() }),
  z.object({ reason: z.literal('literals'), ...named, call: z.string() }),
  /** It can be called, but not with two arguments for an iterable; `made`: it is what the factory made. */
  z.object({
    reason: z.literal('unfit'),
    ...named,
    made: z.boolean(),
    kind: z.enum(['asgi', 'coroutine', 'asyncGenerator', 'asyncFactory', 'factory', 'arguments']),
    takes: z.string(),
    type: z.string(),
  }),
  /** The name of the file's package is that of another, which was imported. */
  z.object({ reason: z.literal('otherModule'), ...runtime, name: z.string(), found: z.string().nullable() }),
  z.object({
    reason: z.enum(['module', 'import']),
    ...runtime,
    name: z.string(),
    traceback: z.string(),
    ...beyondPython,
  }),
  z.object({
    reason: z.literal('raised'),
    ...runtime,
    ...beyondPython,
    type: z.string(),
    message: z.string(),
    traceback: z.string(),
    file: z.string().nullish(),
    line: z.int().nullish(),
  }),
])
export type Failed = z.infer<typeof Failed>

class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame'

  constructor(text: string) {
    super(text.slice(0, 200))
  }
}

/** Its own kinds beside those of AppEvent: it does not know all that `called` says. */
type WorkerEvent = Exclude<AppEvent, { kind: 'queued' | 'called' | 'died' }> | { kind: 'begun' } | Handshake
type Handshake =
  | { kind: 'hello'; facts: Hello }
  | { kind: 'failed'; facts: Failed }
  /** It is a Python that can run a worker; nothing of the application has been loaded. */
  | { kind: 'started' }
  /** It waits for what somebody types at the terminal, below `prompt`. */
  | { kind: 'asks'; prompt: string }
  | { kind: 'answered' }
  /** More of the application's own files have been imported. */
  | { kind: 'imported'; files: string[] }
  /** The text of one of its files, in a coding that Node does not know; before the file is named elsewhere. */
  | { kind: 'source'; file: string; text: string }

export interface Frame {
  /** The request it is about; 0 for none. */
  id: number
  events: { nanoseconds: number; event: WorkerEvent }[]
}

/** @throws Error when it is not what the worker's own code sends. */
export function parseFrame(head: string, payload: Uint8Array): Frame {
  const frame: unknown = JSON.parse(head)
  if (!Array.isArray(frame) || typeof frame[0] !== 'number' || !Array.isArray(frame[1])) throw new MalformedFrame(head)
  let taken = 0
  const events = frame[1].map((raw: unknown) => {
    if (!Array.isArray(raw)) throw new MalformedFrame(head)
    const length = raw[0] === 'chunk' || raw[0] === 'write' ? size(raw, 2) : 0
    const event = parseEvent(raw, payload.subarray(taken, taken + length))
    taken += length
    return { nanoseconds: size(raw, 1), event }
  })
  if (taken !== payload.length) throw new MalformedFrame(head)
  return { id: frame[0], events }
}

/** `data` are the bytes of a chunk or a write. */
function parseEvent(raw: unknown[], data: Uint8Array): WorkerEvent {
  switch (raw[0]) {
    case 'called':
      return { kind: 'begun' }
    case 'startResponse':
      return {
        kind: 'startResponse',
        status: text(raw, 2),
        headers: headers(raw[3], raw),
        excInfo: raw[4] === null ? null : ExcInfo.parse(raw[4]),
        stack: stack(raw[5], raw),
        ...(raw[6] == null ? {} : { answer: OwnFrame.parse(raw[6]) }),
      }
    case 'caught':
      return {
        kind: 'caught',
        type: text(raw, 2),
        message: text(raw, 3),
        traceback: text(raw, 4),
        stack: stack(raw[5], raw),
      }
    case 'chunk':
    case 'write':
      return raw.length > 3 ? { kind: raw[0], data, rest: size(raw, 3) } : { kind: raw[0], data }
    case 'returned':
      return { kind: 'returned', length: raw[2] === null ? null : size(raw, 2) }
    case 'exhausted':
    case 'closed':
      return { kind: raw[0] }
    case 'raised':
      return {
        kind: 'raised',
        type: text(raw, 2),
        message: text(raw, 3),
        traceback: text(raw, 4),
        ...(raw[5] === null ? {} : { rule: ruleId(raw, 5) }),
        ...(Array.isArray(raw[6]) && raw[6].length > 0 ? { stack: stack(raw[6], raw) } : {}),
      }
    case 'noticed':
      return { kind: 'noticed', rule: ruleId(raw, 2) }
    case 'logged':
      return { kind: 'logged', source: LogSource.parse(raw[2]), text: text(raw, 3) }
    case 'inputRead':
      return {
        kind: 'inputRead',
        method: Method.parse(raw[2]) satisfies ReadMethod,
        asked: raw[3] === null ? null : size(raw, 3),
        returned: size(raw, 4),
        offset: size(raw, 5),
      }
    case 'environChanged':
      return {
        kind: 'environChanged',
        key: text(raw, 2),
        before: raw[3] === null ? null : text(raw, 3),
        after: raw[4] === null ? null : text(raw, 4),
        noticedAt: NoticedAt.parse(raw[5]),
      }
    case 'started':
    case 'answered':
      return { kind: raw[0] }
    case 'asks':
      return { kind: 'asks', prompt: text(raw, 2) }
    case 'hello':
      return { kind: 'hello', facts: Hello.parse(raw[2]) }
    case 'failed':
      return { kind: 'failed', facts: Failed.parse(raw[2]) }
    case 'imported':
      return { kind: 'imported', files: Files.parse(raw[2]) }
    case 'source':
      return { kind: 'source', file: text(raw, 2), text: text(raw, 3) }
    default:
      throw new MalformedFrame(JSON.stringify(raw))
  }
}

const ExcInfo = z.object({ type: z.string(), message: z.string() })
const LogSource = z.enum(['wsgi.errors', 'stdout', 'stderr'])
const Method = z.enum(['read', 'readline', 'readlines', 'iterate'])
const NoticedAt = z.enum(['startResponse', 'returned'])
const OwnFrame = z.object({ file: z.string(), line: z.int(), function: z.string() })
const Stack = z
  .array(z.union([OwnFrame, z.object({ folded: z.int().positive(), of: z.array(z.string()) })]))
  .max(MOST_FRAMES)

function text(raw: unknown[], index: number): string {
  const value = raw[index]
  if (typeof value !== 'string') throw new MalformedFrame(JSON.stringify(raw))
  return value
}

function ruleId(raw: unknown[], index: number): RuleId {
  const value = text(raw, index)
  if (!isRuleId(value)) throw new MalformedFrame(JSON.stringify(raw))
  return value
}

function size(raw: unknown[], index: number): number {
  const value = raw[index]
  if (typeof value !== 'number' || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new MalformedFrame(JSON.stringify(raw))
  return value
}

// By hand: this runs for every request, a schema would take longer than the rest of the frame.
function headers(value: unknown, raw: unknown[]): [string, string][] {
  if (!Array.isArray(value) || value.length > MOST_HEADERS) throw new MalformedFrame(JSON.stringify(raw))
  return value.map((pair: unknown): [string, string] => {
    if (!Array.isArray(pair)) throw new MalformedFrame(JSON.stringify(raw))
    return [text(pair, 0), text(pair, 1)]
  })
}

function stack(value: unknown, raw: unknown[]): StackFrame[] {
  if (!Array.isArray(value)) throw new MalformedFrame(JSON.stringify(raw))
  return value.length === 0 ? [] : Stack.parse(value)
}
