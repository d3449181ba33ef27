/**
 * THE CONTRACT. A trace is an append-only list of events, in the order of their `seq`. Screens, files, lessons, exports
 * and tests read this and nothing else. Longer than 250 lines, so that all of it stands in one place.
 *
 * Ordering rules:
 *  - `seq` counts from 0 within a run, without gaps. `at` never decreases within one connection.
 *  - An exchange is one request and its answer. It exists from its `request.line` (or, when not even that could be read,
 *    from its `gateway.refused` or `tap.bytesOnly`); bytes that arrive before it exists carry `exchange: null`.
 *    Of the sixty-line server every connection is an exchange, from its `server.accepted`, `server.absent` or `server.died`.
 *  - Exchanges of one connection never interleave: one is answered before the next is parsed.
 *  - A server that passes a request on has a connection of its own for that: the exchange has hops (hops.ts), and its events
 *    come on several connections. It begins on hop 0, and reaches each further hop after the one before; offsets are those
 *    of the event's own connection, and a connection's end is the end of its own hop alone. On hop 0 an exchange has one
 *    connection, and exchanges count upwards; a kept connection of a further hop may carry them in another order.
 *  - `response.serialized` stands directly before the `socket.sent` that carries its bytes. What is sent at once and is
 *    longer than INLINE_BYTES is several such pairs; a segment may go on in the next one, with the same origin.
 *  - `response.answered` is the last event of the response; `app.closed` may follow it; nothing else of the exchange does,
 *    but `log.line`, `response.waiting` and what the application does in `close()`.
 *  - `connection.closed` is the last event of a connection, but for those of an application that is still running.
 *
 * Offsets: a span counts bytes of the connection's inbound stream, from 0 at its first byte; `response.serialized` and
 * `socket.sent` count the outbound stream likewise.
 */
import * as z from 'zod'

/** Raised whenever a reader of the previous version would misread a trace. */
export const TRACE_VERSION = 1

/** Bytes inline; null where the event is too large for its carrier: ask the source for the bytes of this `seq`. */
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'these are not bytes').nullable()

/**
 * Above this many bytes, an event travels to a page with `bytes: null`. What is sent is told in events of at most so many,
 * however large the chunk is that they carry.
 */
export const INLINE_BYTES = 64 * 1024

/**
 * A chunk of the application that is longer has `bytes: null` everywhere, in files too, so that no record is ever larger
 * than memory and a reader's strings allow: its bytes are those of the `socket.sent` whose segments are from `chunk:N`.
 * What was never sent of it (the body of an answer to HEAD, bytes beyond Content-Length) is not in the trace.
 */
export const MOST_BYTES = 1024 * 1024

const Offset = z.int().nonnegative()
const Span = z.object({ start: Offset, end: Offset })
const Address = z.object({ host: z.string(), port: z.int() })

/**
 * Where an environ entry comes from. `identity`: the bytes of the one span, as latin-1. `percent`: the same,
 * percent-decoded. `join`: the bytes of each span, with `separator` between them. `computed`: worked out from what the
 * spans cover (the length of a chunked body, say).
 */
const RequestOrigin = z.object({
  spans: z.array(Span),
  transform: z.enum(['identity', 'percent', 'join', 'computed']),
  separator: z.string().optional(),
})
export type RequestOrigin = z.infer<typeof RequestOrigin>

const EnvironEntry = z.object({
  key: z.string(),
  /** A `str` entry: its text, one code point per byte. Every other type: what Python's repr() would say of it. */
  value: z.string(),
  type: z.enum(['str', 'bool', 'tuple', 'file', 'callable']),
  from: z.union([RequestOrigin, z.enum(['socket', 'server', 'edited'])]),
  /** The header names that the key was made from (`User-Agent` for HTTP_USER_AGENT). */
  keySpans: z.array(Span).optional(),
})
export type EnvironEntry = z.infer<typeof EnvironEntry>

export const OwnFrame = z.object({ file: z.string(), line: z.int(), function: z.string() })
export type OwnFrame = z.infer<typeof OwnFrame>

/**
 * A frame of the application's own files, or a run of others (framework, library) folded into a count, with the packages
 * they are `of`, innermost first. Caller first.
 */
export const StackFrame = z.union([
  OwnFrame,
  z.object({ folded: z.int().positive(), of: z.array(z.string()).optional() }),
])
export type StackFrame = z.infer<typeof StackFrame>

/**
 * Who made a piece of the response: `status`, `header:N` (the Nth pair given to start_response) and `chunk:N` (the Nth
 * chunk, written or yielded) come from the application; `server:WHAT` and `framing` from the gateway.
 */
const SegmentOrigin = z.string().regex(/^(status|header:\d+|chunk:\d+|server:[a-z0-9-]+|framing)$/)
const ResponseSegment = z.object({ start: Offset, end: Offset, from: SegmentOrigin })
export type ResponseSegment = z.infer<typeof ResponseSegment>

/** Which text of the application runs: 1 as it was started, one more with each change. Left out, it is 1. */
const Version = z.int().positive()

/** Why the application could not be loaded anew. */
const ReloadFailure = z.object({
  /** One line that says what is wrong, and where. */
  message: z.string(),
  /** The exception's type, where it was one. */
  type: z.string().nullable(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  traceback: z.string().nullable(),
})
export type ReloadFailure = z.infer<typeof ReloadFailure>

/** The stages at which a request can be held, and what the breakpoints are named after. */
export const Stage = z.enum(['socket', 'requestLine', 'environ', 'startResponse', 'response'])
export type Stage = z.infer<typeof Stage>

/** How grave what the referee found is. */
export const FindingLevel = z.enum(['error', 'warning', 'note'])
export type FindingLevel = z.infer<typeof FindingLevel>

const envelope = {
  seq: z.int().nonnegative(),
  /** Microseconds since the run began. */
  at: z.number().nonnegative(),
  /** The connection, counted from 1; null for what concerns the whole server. */
  conn: z.int().positive().nullable(),
  /** The exchange, counted from 1 in the run; null until a request exists. */
  exchange: z.int().positive().nullable(),
}

const event = <K extends string, S extends z.core.$ZodShape>(kind: K, shape: S) =>
  z.object({ ...envelope, kind: z.literal(kind), ...shape })

/**
 * A line of the server's log, or what the application wrote to wsgi.errors, stdout or stderr. With an exchange and no
 * connection: of an exchange whose events may all have been told (a thread that it started goes on, say).
 */
export const LogLine = event('log.line', {
  source: z.enum(['server', 'wsgi.errors', 'stdout', 'stderr']),
  text: z.string(),
})

/**
 * A chunk that was written or yielded, or a piece of a large one: `rest` more bytes of it come in the next event of the kind.
 * `frame`: of the application's own, the one that called write(), or whose `yield` gave the chunk (of an iterator of its own,
 * the `return`). Left out where that is not known, and where what was returned is a list: its chunks come from the `return`.
 */
const piece = { length: Offset, bytes: Bytes, rest: z.int().positive().optional(), frame: OwnFrame.optional() }

export const TraceEvent = z.discriminatedUnion('kind', [
  event('connection.opened', {
    peer: Address,
    local: Address,
    protocol: z.enum(['http', 'uwsgi']),
    via: z.enum(['direct', 'nginx', 'tap']),
    /** Left out, 0: the client's own. 1: that of the server which the client talks to, to the next one; and so on. */
    hop: z.int().nonnegative().optional(),
    /** The file of the sixty-line server, where that is what serves. Then `app.line` tells of its lines. */
    listing: z.string().optional(),
  }),
  /** What one read of the socket returned. Segments mean nothing to the protocol; they are shown because they exist. */
  event('socket.received', { start: Offset, length: Offset, bytes: Bytes }),
  event('request.line', {
    method: z.string(),
    target: z.string(),
    version: z.string(),
    /** `path` is null for `*` and authority targets; `authority` is there only in an absolute or authority target. */
    spans: z.object({
      method: Span,
      target: Span,
      authority: Span.nullable(),
      path: Span.nullable(),
      query: Span.nullable(),
      version: Span,
    }),
  }),
  event('request.header', {
    name: z.string(),
    value: z.string(),
    spans: z.object({ name: Span, value: Span }),
    /**
     * Why it does not reach the environ, or null: `underscore` (it would collide with the name with a hyphen),
     * `coding-undone` (Transfer-Encoding), `replaced-by-target` (Host beside an absolute target), `trailer`.
     */
    dropped: z.enum(['underscore', 'coding-undone', 'replaced-by-target', 'trailer']).nullable(),
  }),
  /** The whole body is in. `spans` cover its data without framing (at most the first 4,096 pieces of it). */
  event('request.body', { framing: z.enum(['length', 'chunked']), length: Offset, spans: z.array(Span) }),
  event('uwsgi.packet', {
    modifier1: z.int(),
    datasize: z.int(),
    modifier2: z.int(),
    vars: z.array(
      z.object({
        key: z.string(),
        value: z.string(),
        spans: z.object({ key: Span, value: Span }),
        /**
         * Why it does not reach the environ, or left out: `code` (it names code or a file to load), `server-key` (a key that is
         * the server's own), `bare-twin` (HTTP_CONTENT_TYPE), `coding-undone` (Transfer-Encoding), `repeated` (a later one
         * of the same name counts).
         */
        dropped: z.enum(['code', 'server-key', 'bare-twin', 'coding-undone', 'repeated']).optional(),
      }),
    ),
  }),
  event('environ.built', { entries: z.array(EnvironEntry) }),
  /** All workers are busy: `ahead` requests are served first. */
  event('app.queued', { ahead: z.int().nonnegative() }),
  event('app.called', {
    worker: z.int(),
    callable: z.string(),
    file: z.string().nullable(),
    line: z.int().nullable(),
    version: Version.optional(),
    /**
     * Nobody watched when it was called, so nobody asked for what only its worker can tell: `input.read`, `environ.changed`,
     * stacks, and the findings that need them are missing.
     */
    unwatched: z.literal(true).optional(),
  }),
  event('environ.changed', {
    key: z.string(),
    /** repr() of the value, null where the key was not there. */
    before: z.string().nullable(),
    after: z.string().nullable(),
    noticedAt: z.enum(['startResponse', 'returned']),
  }),
  /** This line runs next: of the application, or of the sixty-line server where `file` is the connection's `listing`. */
  event('app.line', { file: z.string(), line: z.int(), locals: z.record(z.string(), z.string()) }),
  /**
   * One call on wsgi.input. `asked` is its size argument (null: everything, or not known of the sixty-line server);
   * `offset` is how much was read before it. `frame`: of the application's own, the innermost that called, or whose call into
   * a framework did; left out where that is not known.
   */
  event('input.read', {
    method: z.enum(['read', 'readline', 'readlines', 'iterate']),
    asked: z.int().nullable(),
    returned: Offset,
    offset: Offset,
    frame: OwnFrame.optional(),
  }),
  event('app.startResponse', {
    status: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    excInfo: z.object({ type: z.string(), message: z.string() }).nullable(),
    stack: z.array(StackFrame),
    /** Where a framework called: the line of the application's own that returned or raised what is answered. */
    answer: OwnFrame.optional(),
    /** Nobody saw the call: it is worked out from the head of the response, and may have been another one. */
    inferred: z.literal(true).optional(),
  }),
  event('app.wrote', { ...piece }),
  event('app.yielded', { ...piece }),
  /**
   * The callable returned its iterable; `length` is its len() where it has one. Chunks follow. `frame`: of the application's
   * own, the one that returned it, or, where a framework did, what that had its answer from; of a generator that has not
   * begun, its `def`. Left out where that is not known.
   */
  event('app.returned', { length: z.int().nullable(), frame: OwnFrame.optional() }),
  /** `stack`: the frames that the exception came through, innermost first. */
  event('app.raised', {
    type: z.string(),
    message: z.string(),
    traceback: z.string(),
    stack: z.array(StackFrame).optional(),
  }),
  /**
   * An exception that left the application's own code and was caught outside of it, by a framework or by middleware, which
   * answers with a 500: stands directly before that `app.startResponse`.
   */
  event('app.caught', { type: z.string(), message: z.string(), traceback: z.string(), stack: z.array(StackFrame) }),
  /** close() of the iterable was called, or it has none: the application is done with this request. */
  event('app.closed', {}),
  event('app.died', { reason: z.string() }),
  event('response.serialized', { segments: z.array(ResponseSegment) }),
  /** Handed to the socket. What a client does not take waits in the gateway, which `response.waiting` tells. */
  event('socket.sent', { start: Offset, length: Offset, bytes: Bytes }),
  /**
   * So many bytes that were sent wait for a client that reads slowly, in memory and on disk; zero and zero once it has
   * taken them all. `held`: no more is kept, and the application waits as well. Told once bytes have waited for a second,
   * and when their number has doubled or halved.
   */
  event('response.waiting', { memory: Offset, disk: Offset, held: z.boolean() }),
  event('referee.finding', {
    rule: z.string(),
    level: FindingLevel,
    message: z.string(),
    section: z.string(),
    /** The `seq` of the event it is about, and the bytes where there are any. */
    about: z.int().nullable(),
    span: Span.nullable(),
  }),
  event('hold.entered', { stage: Stage }),
  event('hold.released', { stage: Stage, edited: z.array(z.string()) }),
  /** A request that is not served, and the bytes at fault (null where it is the absence of bytes: a deadline). */
  event('gateway.refused', { status: z.int(), code: z.string(), message: z.string(), span: Span.nullable() }),
  /** The response has ended. `complete` is false where the client was left with less than it was promised. */
  event('response.answered', {
    /** `server`: one that was watched from outside, so that nobody knows whether its application did. */
    by: z.enum(['application', 'gateway', 'nginx', 'server']),
    status: z.int(),
    complete: z.boolean(),
  }),
  /** `server`: the one behind a tap; `tap`: wsgiscope itself, when it is one. */
  event('connection.closed', { by: z.enum(['client', 'gateway', 'server', 'tap']), why: z.string() }),
  /**
   * A tap does not understand what follows, or knows that it cannot: from here on, this connection is shown as bytes. They
   * are passed on all the same.
   */
  event('tap.bytesOnly', {
    from: z.enum(['client', 'server']),
    code: z.string(),
    message: z.string(),
    /** In the stream of the one who sent it. */
    span: Span.nullable(),
  }),
  /**
   * The text of one of the application's own files, sent before the first event that points into it, and again where a
   * later version has another text: it holds for `version` and all later ones, until one of them is sent its own.
   */
  event('app.source', {
    file: z.string(),
    language: z.enum(['python', 'typescript', 'text']),
    text: z.string(),
    version: Version.optional(),
  }),
  /** The application's files changed, and it was loaded anew; with a `failure`, what was served before still is. */
  event('app.reloaded', {
    /** The files that changed; empty where the reason is another one. */
    changed: z.array(z.string()),
    /** What is called from here on: all but requests that a worker has been given already. */
    version: Version,
    callable: z.string(),
    file: z.string().nullable(),
    line: z.int().nullable(),
    runtime: z.string(),
    failure: ReloadFailure.nullable(),
  }),
  /** The sixty-line server runs, for the first time or `again`; `file` is its source. */
  event('server.started', { file: z.string(), again: z.boolean() }),
  /** Its accept() returned this connection: no other is served until this one is over. */
  event('server.accepted', {}),
  /** What its one recv() returned. More may have come; nobody will read it. */
  event('server.received', { start: Offset, length: Offset }),
  /** An exception or a signal ended it; of the connection it was serving, else of none. */
  event('server.died', { reason: z.string(), traceback: z.string().nullable() }),
  /** It was dead when a client came, whose connection was closed at once. Why it had died. */
  event('server.absent', { reason: z.string(), traceback: z.string().nullable() }),
  /**
   * Events of this exchange are left out here, as it has more than its share: chunks, segments, reads, lines. How many, or
   * null where they have only begun to be. What stands behind it is complete again, but for them.
   */
  event('trace.omitted', { events: z.int().positive().nullable() }),
  LogLine,
])

export type TraceEvent = z.infer<typeof TraceEvent>
export type TraceKind = TraceEvent['kind']
export type EventOf<K extends TraceKind> = Extract<TraceEvent, { kind: K }>

type WithoutEnvelope<E> = E extends unknown ? Omit<E, 'seq' | 'at' | 'conn' | 'exchange'> : never
/** What the core says of a step; the log adds the envelope. */
export type TraceBody = WithoutEnvelope<TraceEvent>

/** The first record of every trace file, and what every viewer hears first. */
export const TraceHeader = z.object({
  trace: z.literal('wsgiscope'),
  version: z.literal(TRACE_VERSION),
  /** New at every start of a server. */
  run: z.string().min(1),
  /** Unix time of `at` 0, in milliseconds. */
  startedAt: z.number(),
  /** As given on the command line: `hello.py:app`. */
  app: z.string(),
  /** Where clients talk to: the gateway, or the tap. */
  gateway: Address,
  /** The server behind the tap, where it is one, and what it is asked in (`http` where it is left out); `app` is empty then. */
  tap: Address.extend({ protocol: z.enum(['http', 'uwsgi']).optional() }).optional(),
  /** A file of one exchange: how many bytes of its connection the server had not kept, so that they are null in here. */
  missing: z.int().positive().optional(),
  /** A file of one exchange that has ended: how long it took, in microseconds (`exchangeDuration`). */
  took: z.number().nonnegative().optional(),
  /** A file of one exchange: the names of what stands in it as asterisks, because it should not be shown to everybody. */
  masked: z.array(z.string()).optional(),
})
export type TraceHeader = z.infer<typeof TraceHeader>
