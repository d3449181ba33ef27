/**
 * The gateway's two vocabularies: what it hears, and what it wants done. It does neither I/O nor timekeeping: an edge
 * feeds it Inputs and performs its Outputs in order.
 */
import type { ReadLimits } from '../http1/limits.ts'
import type { Allocate, Segment } from '../http1/segments.ts'
import type { EnvironEntry, OwnFrame, StackFrame, TraceBody } from '../trace/events.ts'
import type { RuleId } from '../wsgi/referee.ts'

/**
 * Absolute: not reset by each byte. `header` runs from a request's first byte, `idle` between requests, `send` while
 * bytes of an answer wait for the client.
 */
export type Deadline = 'header' | 'body' | 'send' | 'idle' | 'linger'

export type ReadMethod = 'read' | 'readline' | 'readlines' | 'iterate'

/** Why the application was not even called: its body could not be kept (500), no worker starts, or the server is stopping (503). */
export type UncalledCause = 'body-unkept' | 'worker-unstartable' | 'stopping'

/**
 * What an application does, in the order it does it: `called`, any of the middle ones, `returned`, chunks, `exhausted`,
 * `closed`. `raised` may come anywhere between `called` and `closed`; `died` and `closed` end it.
 */
export type AppEvent =
  | { kind: 'queued'; ahead: number }
  | {
      kind: 'called'
      worker: number
      callable: string
      file: string | null
      line: number | null
      version?: number
      /** The host was not asked for what only a viewer wants to know. */
      unwatched?: true
    }
  | {
      kind: 'environChanged'
      key: string
      before: string | null
      after: string | null
      noticedAt: 'startResponse' | 'returned'
    }
  /** `frame`, of this and what follows: the application's own that did it, where somebody watches and it is known. */
  | { kind: 'inputRead'; method: ReadMethod; asked: number | null; returned: number; offset: number; frame?: OwnFrame }
  | {
      /** Already checked where the application runs: native strings, grammar, no hop-by-hop header, call order. */
      kind: 'startResponse'
      status: string
      headers: [string, string][]
      excInfo: { type: string; message: string } | null
      stack: StackFrame[]
      /** Where the application's own code returned or raised what this answers, if it is not in `stack`. */
      answer?: OwnFrame
    }
  /** An exception that left the application's own code and that its framework makes this 500 of; only where somebody watches. */
  | { kind: 'caught'; type: string; message: string; traceback: string; stack: StackFrame[] }
  /** `rest`: so many bytes of the same chunk come in the next events of this kind. A large one is passed on in pieces. */
  | { kind: 'write'; data: Uint8Array; rest?: number; frame?: OwnFrame }
  /** The callable returned. `length` is len() of what it returned, null where that has none. */
  | { kind: 'returned'; length: number | null; frame?: OwnFrame }
  | { kind: 'chunk'; data: Uint8Array; rest?: number; frame?: OwnFrame }
  /** next() has nothing more to give; close() comes after this. */
  | { kind: 'exhausted' }
  /** `rule`: the one that the exception comes from. */
  | { kind: 'raised'; type: string; message: string; traceback: string; rule?: RuleId; stack?: StackFrame[] }
  /** A rule was broken that leaves no other mark; only where somebody watches. */
  | { kind: 'noticed'; rule: RuleId }
  | { kind: 'closed' }
  /** The worker is gone (500), hung (504), or all are busy (503), unless `cause` names something else. Nothing follows. */
  | { kind: 'died'; status: 500 | 503 | 504; reason: string; cause?: UncalledCause }
  | { kind: 'logged'; source: 'wsgi.errors' | 'stdout' | 'stderr'; text: string }

/**
 * `now` is in microseconds since the run began, and never decreases within a connection. `opened` says that the
 * connection has been accepted, and starts the idle deadline; where it is left out, the first input of any kind opens the
 * connection. The `data` of `bytes` belongs to the gateway from then on: nobody may write to it again.
 */
export type Input = { now: number } & (
  | { kind: 'opened' }
  | { kind: 'bytes'; data: Uint8Array }
  /** EOF: the client sends no more (half-close). */
  | { kind: 'eof' }
  /** Neither direction works any more. */
  | { kind: 'clientGone'; why: string }
  /**
   * How far the client has come with what it was sent: the outbound stream is taken up to this offset, and so many bytes
   * wait, in memory and on disk. While it is `full`, no more can be kept, and the application is not asked for more. Told
   * when bytes begin to wait and when none do any more, when `full` changes, once a second while they wait, before a `send`
   * deadline, and when `flush` asks for it.
   */
  | { kind: 'backlog'; taken: number; memory: number; disk: number; full: boolean }
  | { kind: 'deadline'; of: Deadline }
  | { kind: 'app'; exchange: number; event: AppEvent }
  /** The server is stopping: finish what is under way, then close. */
  | { kind: 'shutdown' }
)

/**
 * Exchanges are counted within the connection, from 0; the event log gives them their number in the run.
 *
 * An application that runs at once reports its events while a `callApp` is being performed, and they may bring the next
 * `callApp`: queue inputs until all outputs of the one before are performed, or a thousand pipelined requests are a
 * thousand calls deep.
 */
export type Output =
  /** Some of the request's body, without framing. Kept by the edge: in memory while small, on disk beyond. */
  | { kind: 'body'; exchange: number; data: Uint8Array }
  /** The request is complete. The application may yield chunks worth `CREDIT` bytes before it is asked for more. */
  | { kind: 'callApp'; exchange: number; environ: EnvironEntry[]; bodyLength: number }
  | { kind: 'nextChunk'; exchange: number; credit: number }
  /** Nobody waits for the rest: stop iterating, call close(). */
  | { kind: 'closeApp'; exchange: number }
  | { kind: 'send'; segments: Segment[] }
  /** Wants a `backlog` input, at once: whether everything that was sent is taken decides what comes next. */
  | { kind: 'flush' }
  | { kind: 'readMore'; on: boolean }
  /**
   * Wants a `deadline` input after this time; replaces the one that runs for the same cause. It is not taken back when
   * its cause goes away: what fires too early is looked at again then, which costs a request in time no timer at all.
   */
  | { kind: 'deadline'; of: Deadline; afterMs: number | null }
  /**
   * What waits for the client is given up; there is none where the answer has come to its end. `linger`: half-close, then
   * read and drop until the client has ended its side too, or its kernel throws the answer away. Whoever goes on feeding
   * inputs is told by a second `close`, without `linger`, when that is over.
   */
  | { kind: 'close'; linger: boolean }
  | { kind: 'trace'; draft: TraceDraft }

/** A trace event before the log has numbered it. `exchange` is the connection's own count. */
export interface TraceDraft {
  at: number
  exchange: number | null
  body: TraceBody
}

export interface Limits extends ReadLimits {
  headerMs: number
  idleMs: number
  /** The body may always take this long; beyond it, `bodyRate` bytes a second buy time. */
  bodyGraceMs: number
  bodyRate: number
  /** Bytes may always wait this long for the client; beyond it, `sendRate` bytes a second buy time. */
  sendMs: number
  /** The same while the application, and whoever waits for its worker, has to wait for the client as well. */
  holdMs: number
  sendRate: number
  lingerMs: number
}

export const DEFAULT_LIMITS: Limits = {
  requestLine: 8190,
  headerField: 8190,
  headerFields: 100,
  headerBytes: 65_536,
  body: 1024 ** 3,
  chunkLine: 256,
  headerMs: 10_000,
  idleMs: 15_000,
  bodyGraceMs: 10_000,
  bodyRate: 1024,
  sendMs: 60_000,
  holdMs: 10_000,
  sendRate: 1024,
  lingerMs: 2_000,
}

export interface Peer {
  peer: { host: string; port: number }
  local: { host: string; port: number }
}

/** The protocol by which requests come. */
export type Speaks = 'http' | 'uwsgi'

export interface GatewayOptions extends Peer {
  /** SERVER_NAME and SERVER_PORT. */
  serverName: string
  serverPort: number
  multithread: boolean
  multiprocess: boolean
  /** Unix time at `now` 0, in milliseconds; the Date header is computed from it. */
  startedAt: number
  limits: Limits
  /**
   * False where nobody watches, or not every exchange: no `trace` output is made, environ entries do not say where in the request they come
   * from, and segments are joined. The decisions and the bytes are the same.
   */
  trace: boolean
  /** Goes on from where another gateway of the same connection was idle, instead of from the beginning. */
  resume?: Position
  /** What the trace says of how the connection came about; `direct` unless told otherwise. */
  via?: 'direct' | 'nginx' | 'tap'
  /** `http` unless told otherwise. */
  speaks?: Speaks
  /** Where the bytes of responses are written; `new Uint8Array(size)` unless the platform has something faster. */
  allocate?: Allocate
}

/** Where a connection stands while it is idle: with this, another gateway goes on from there. */
export interface Position {
  /** Bytes of the inbound and of the outbound stream so far. */
  received: number
  sent: number
  /** What had been sent when the client was last known to have taken all of it. */
  taken: number
  /** Exchanges so far. */
  exchanges: number
  /** When it became idle, in microseconds of the run. */
  since: number
}

/** What a connection has done, to be counted whether or not anybody watches. */
export interface Account {
  /** Exchanges that have begun. */
  begun: number
  /** Responses that have ended. */
  answered: number
  /** Exchanges that were refused, cut short, or in which the application raised or died. */
  failed: number
}

/** One connection. */
export interface Gateway {
  /** Decides; never throws for anything a client or an application did. */
  receive(input: Input): readonly Output[]
  /** Several that come at once; decides as if they came one by one, and asks for deadlines and bytes but once. */
  receiveAll(inputs: readonly Input[]): readonly Output[]
  readonly account: Readonly<Account>
  /** Whether its outputs tell what happens. */
  readonly traces: boolean
  /** Between two requests, with nothing of the next one there. */
  readonly idle: boolean
  /** Closed, and the application done: no input leads to anything any more. */
  readonly closed: boolean
  /** Where it stands; only while it is idle. */
  readonly position: Position
}

export type { EnvironEntry, Segment }
