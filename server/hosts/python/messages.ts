/**
 * The heads of the frames (frames.ts): twin of wsgiscope_worker/frames.py, where the same ones stand field by field in the
 * same order. What a worker sends is checked: the application shares its process.
 *
 * To the worker:
 *   [0, config]                          first of all, the application to load, as a mapping:
 *     file                               absolute path, or null: then `module` is imported by its name
 *     module, byName                     its name; whether `file` is imported under it
 *     attributes                         dotted names, the first that there is is taken
 *     call                               arguments, as they are written: what is taken is a factory; or null
 *     folder                             the application's, absolute: in front of sys.path
 *     argv0                              sys.argv[0]
 *     codings                            those of sources that the server can decode
 *     shipped                            it lies in the installed package: no bytecode is written
 *     multiprocess                       wsgi.multiprocess
 *     noTerminal                         why nobody can be asked at the terminal, or null
 *     changed                            files whose bytecode is not to be trusted
 *   [0, id, trace, environ, bodyFile, credit]
 *                                        a request; trace 0 or 1; environ without what the worker makes itself;
 *                                        bodyFile a path, or null: then the payload is the body; credit in bytes
 *   [1, id, credit]                      the client takes so many bytes more
 *   [2, id]                              nobody waits for the rest of its response
 * To the server:
 *   [id, [[kind, nanoseconds, ...], ...]]
 *                                        what happened, in its order; id 0 is no request; nanoseconds by
 *                                        time.monotonic_ns(); the payload is the bytes of its chunk and write events
 * Kinds of no request, with what follows the nanoseconds:
 *   started                              it is a Python that can run a worker
 *   hello           facts                the application is loaded: Hello in facts.ts
 *   failed          facts                it cannot be used: Failed in facts.ts
 *   imported        files                more of the application's own files have been imported
 *   source          file, text           of one in a coding that Node does not know, before it is named elsewhere
 *   asks            prompt               somebody is asked at the terminal, until it is
 *   answered
 * Kinds of a request; a line that is logged may be of none:
 *   called                               the application is about to be called
 *   environChanged  key, before, after, at
 *                                        before, after: as repr() shows them; null where there was, or is, none;
 *                                        at: startResponse or returned
 *   inputRead       method, asked, returned, offset, frame
 *                                        of wsgi.input, in bytes; asked null: all there is
 *                                        frame {file, line, function}: who read, or null
 *   startResponse   status, headers, excInfo, stack, answer
 *                                        excInfo {type, message} or null; stack caller first, of {file, line, function}
 *                                        and {folded, of}; answer the frame it comes from, or null
 *   caught          type, message, traceback, stack
 *                                        the exception that a framework has made a 500 of
 *   write           length, rest, frame  bytes given to write(); rest: how many of them are still to come, if any, or null;
 *                                        frame: who gave them, if it is known
 *   chunk           length, rest, frame  the same of a chunk of the iterable
 *   returned        length, frame        the application has; len() of the iterable, or null; frame: where, if it is known
 *   exhausted                            the iterable has ended
 *   raised          type, message, traceback, rule, stack
 *                                        rule: the one that was broken, or null
 *   noticed         rule                 it was broken without an exception
 *   logged          source, text         a line; source wsgi.errors, stdout or stderr
 *   closed                               the request is over
 */
import * as z from 'zod'
import type { AppEvent, ReadMethod } from '../../../shared/gateway/types.ts'
import { OwnFrame, type StackFrame } from '../../../shared/trace/events.ts'
import { isRuleId, type RuleId } from '../../../shared/wsgi/referee.ts'
import { Failed, Files, Hello } from './facts.ts'

/** Those of wsgiscope_worker/limits.py, and of MOST_FRAMES as many again that are folded: more, it never says. */
const MOST_HEADERS = 1000
const MOST_FRAMES = 201

/** The kinds of frame that a worker is sent; the first of each head. */
export const CALL = 0
export const MORE = 1
export const ABORT = 2

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
      return { kind: raw[0], data, ...(raw[3] == null ? {} : { rest: size(raw, 3) }), ...frameAt(raw, 4) }
    case 'returned':
      return { kind: 'returned', length: raw[2] === null ? null : size(raw, 2), ...frameAt(raw, 3) }
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
        ...frameAt(raw, 6),
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
const Stack = z
  .array(z.union([OwnFrame, z.object({ folded: z.int().positive(), of: z.array(z.string()) })]))
  .max(MOST_FRAMES)

const frameAt = (raw: unknown[], index: number): { frame?: OwnFrame } =>
  raw[index] == null ? {} : { frame: OwnFrame.parse(raw[index]) }

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
