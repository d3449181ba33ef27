/**
 * The messages between server and page, over `/live`: msgpack, or JSON with `?format=json` (there, every `bytes` is
 * base64). The page speaks first, with `resume`; the server answers `hello`, then a `snapshot` or the missing `events`,
 * then the tail. A page that cannot keep up is sent a new `snapshot` instead of what it missed. Of exchanges that are long
 * over, a snapshot has the summaries; their events are fetched with `exchange.get` when somebody looks.
 */
import * as z from 'zod'
import { Role } from './roles.ts'
import { LogLine, TraceEvent, TraceHeader } from './trace/events.ts'
import { ExchangeSummary } from './trace/summary.ts'

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'these are not bytes')

export const ServerMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    /** wsgiscope's own version. */
    version: z.string(),
    header: TraceHeader,
    /** What is served; null behind a tap. */
    app: z
      .object({
        spec: z.string(),
        language: z.enum(['python', 'typescript']),
        callable: z.string(),
        file: z.string().nullable(),
        line: z.int().nullable(),
        runtime: z.string(),
      })
      .nullable(),
    /** What this page may do. */
    role: Role,
  }),
  /** Replaces all the page has. Long ones come in parts: `part` counts from 0, `last` marks the end. */
  z.object({
    type: z.literal('snapshot'),
    part: z.int().nonnegative(),
    last: z.boolean(),
    /** By rising `id`, those whose events are not in here. */
    exchanges: z.array(ExchangeSummary),
    /** What those exchanges have in the log. */
    lines: z.array(LogLine),
    /** What concerns the whole server, connections that are open, the newest exchanges, and those under way. */
    events: z.array(TraceEvent),
    /** The `seq` of the event that the tail goes on with: what to resume from. */
    next: z.int().nonnegative(),
    /** Exchanges that the server no longer keeps. */
    letGo: z.int().nonnegative(),
  }),
  z.object({ type: z.literal('events'), events: z.array(TraceEvent) }),
  /**
   * All events of an exchange until now, as `TraceIndex.eventsOf` gives them, in one part or several; null where they were
   * let go.
   */
  z.object({
    type: z.literal('exchange'),
    id: z.int().positive(),
    last: z.boolean(),
    events: z.array(TraceEvent).nullable(),
  }),
  /** Every second while something happens: exact totals of the run, whatever was traced. */
  z.object({
    type: z.literal('counts'),
    requests: z.int(),
    answered: z.int(),
    perSecond: z.number(),
    tracedPerSecond: z.number(),
  }),
  /** The bytes of an event that travelled without them; null where they were let go. */
  z.object({ type: z.literal('bytes'), seq: z.int(), bytes: Bytes.nullable() }),
  /** What the terminal's client prints. `note` is about the request (-v), `out` is its answer. */
  z.object({
    type: z.literal('client.output'),
    id: z.int(),
    stream: z.enum(['out', 'note', 'error']),
    bytes: Bytes,
  }),
  /**
   * The terminal's client has heard from the server, on its connection from this port: bytes, or its end. What is printed
   * from here on is of that. The port is that of `peer` in `connection.opened`; what the trace has of the exchange by then
   * was sent before.
   */
  z.object({ type: z.literal('client.heard'), id: z.int(), port: z.int() }),
  /** `code` is 0, or curl's exit code for what went wrong. */
  z.object({ type: z.literal('client.done'), id: z.int(), code: z.int() }),
  z.object({ type: z.literal('error'), message: z.string() }),
])
export type ServerMessage = z.infer<typeof ServerMessage>

/** The longest command line the terminal may send, and the most bytes of one raw request. */
export const COMMAND_LIMIT = 192 * 1024
export const RAW_LIMIT = 256 * 1024

export const PageMessage = z.discriminatedUnion('type', [
  /** `run` and `next` of what the page already has; null and 0 for nothing. */
  z.object({ type: z.literal('resume'), run: z.string().nullable(), next: z.int().nonnegative() }),
  z.object({ type: z.literal('exchange.get'), id: z.int().positive() }),
  z.object({ type: z.literal('bytes.get'), seq: z.int().nonnegative() }),
  /** A command line of the terminal's client: `curl -i localhost:8888/`. `id` is the page's own count. */
  z.object({ type: z.literal('client.run'), id: z.int().nonnegative(), line: z.string().max(COMMAND_LIMIT) }),
  /** A request typed by hand, byte for byte. */
  z.object({
    type: z.literal('client.raw'),
    id: z.int().nonnegative(),
    bytes: Bytes.refine((bytes) => bytes.length <= RAW_LIMIT, `at most ${RAW_LIMIT} bytes`),
  }),
  z.object({ type: z.literal('client.cancel'), id: z.int().nonnegative() }),
  /** Starts the sixty-line server again, where it is dead. */
  z.object({ type: z.literal('server.restart') }),
])
export type PageMessage = z.infer<typeof PageMessage>
