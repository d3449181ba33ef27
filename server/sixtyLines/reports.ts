/** What trace_lines.py reports of the sixty-line server, checked: the application shares its process. */
import * as z from 'zod'
import { latin1Encode } from '../../shared/bytes/latin1.ts'
import { OwnFrame, StackFrame } from '../../shared/trace/events.ts'
import { Failed } from '../hosts/python/facts.ts'

const Bytes = z.string().transform((text) => latin1Encode(text))
const Pairs = z.array(z.tuple([z.string(), z.string()]))
const Size = z.int().nonnegative()
/** Where the application's own code did it, if that is known. */
const Frame = OwnFrame.nullable()
/** Of the body: how long, and the bytes unless they are too many to report. */
const Piece = { length: Size, bytes: Bytes.nullable(), frame: Frame }
/** MOST_FRAMES in wsgiscope_worker/limits.py, and those that are folded between them. */
const MOST_FRAMES = 201
const runtime = { version: z.string(), executable: z.string() }

const Report = z.discriminatedUnion('kind', [
  /** Python runs, and nothing of the application has been loaded. */
  z.object({ kind: z.literal('started') }),
  /** The application cannot be used. */
  z.object({ kind: z.literal('failed'), failed: Failed }),
  z.object({
    kind: z.literal('listening'),
    port: z.int(),
    callable: z.string(),
    file: z.string().nullable(),
    line: z.int().nullable(),
    ...runtime,
  }),
  /** `port`: where the connection comes from. */
  z.object({ kind: z.literal('accepted'), port: z.int() }),
  z.object({ kind: z.literal('received'), bytes: Bytes }),
  z.object({ kind: z.literal('parsed'), method: z.string(), path: z.string(), version: z.string() }),
  z.object({
    kind: z.literal('environ'),
    entries: z.array(
      z.object({ key: z.string(), value: z.string(), type: z.enum(['str', 'bool', 'tuple', 'file', 'callable']) }),
    ),
  }),
  z.object({ kind: z.literal('called') }),
  z.object({
    kind: z.literal('read'),
    method: z.enum(['read', 'readline', 'readlines', 'iterate']),
    returned: Size,
    offset: Size,
    frame: Frame,
  }),
  z.object({
    kind: z.literal('startResponse'),
    status: z.string(),
    headers: Pairs,
    excInfo: z.object({ type: z.string(), message: z.string() }).nullable(),
    stack: z.array(StackFrame).max(MOST_FRAMES),
  }),
  /** `closes`: what it returned has a close(). */
  z.object({ kind: z.literal('returned'), length: Size.nullable(), closes: z.boolean(), frame: Frame }),
  z.object({ kind: z.literal('wrote'), ...Piece }),
  z.object({ kind: z.literal('yielded'), ...Piece }),
  /** About to send these, and all that was written and yielded behind them. */
  z.object({ kind: z.literal('sending'), status: z.string(), headers: Pairs }),
  z.object({ kind: z.literal('sent') }),
  z.object({ kind: z.literal('line'), line: z.int(), locals: z.record(z.string(), z.string()) }),
  /** `application`: the exception came out of it. */
  z.object({
    kind: z.literal('died'),
    type: z.string(),
    message: z.string(),
    traceback: z.string(),
    application: z.boolean(),
    ...runtime,
  }),
])
export type Report = z.infer<typeof Report>
export type ReportOf<K extends Report['kind']> = Extract<Report, { kind: K }>

/** Null where it is not what trace_lines.py sends. */
export function readReport(line: string): Report | null {
  try {
    return Report.parse(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}
