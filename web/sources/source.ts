/**
 * Where events come from. The page knows nothing of WebSockets and files: it starts a source and listens. A source that
 * is not there yet (a gateway inside the page) is another object of this shape.
 */
import type { Role } from '../../shared/roles.ts'
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import type { IndexSnapshot } from '../../shared/trace/traceIndex.ts'
import type { ServerMessage } from '../../shared/wire.ts'

export type SourceStatus =
  /** Not heard from it yet. */
  | 'connecting'
  | 'live'
  /** Gone, and being tried again. */
  | 'lost'
  /** Complete: nothing more will come. */
  | 'ended'

export type AppInfo = Extract<ServerMessage, { type: 'hello' }>['app']
export type Counts = Omit<Extract<ServerMessage, { type: 'counts' }>, 'type'>
export type ClientStream = Extract<ServerMessage, { type: 'client.output' }>['stream']

export interface Hello {
  header: TraceHeader
  /** What a live server knows about its application; a recording has only the header. */
  app: AppInfo | null
  /** What whoever looks at the page may do. */
  role: Role
  /** The run is another one than before: the server was restarted. */
  restarted: boolean
}

/** All there is by now. Of exchanges that come as summaries, the events can be fetched; a recording has all in `events`. */
export interface Snapshot extends IndexSnapshot {
  /** Exchanges that are no longer kept. */
  letGo: number
}

export interface SourceListener {
  onHello(hello: Hello): void
  /** Replaces everything. */
  onSnapshot(snapshot: Snapshot): void
  onEvents(events: readonly TraceEvent[]): void
  onCounts(counts: Counts): void
  onStatus(status: SourceStatus): void
  onClientOutput(id: number, stream: ClientStream, bytes: Uint8Array): void
  /** The client heard from the server, on its connection from this port: what it prints from here on is of that. */
  onClientHeard(id: number, port: number): void
  onClientDone(id: number, code: number): void
  /** What the source has to say to the person in front of it. */
  onProblem(message: string): void
}

/** What a source with a gateway behind it can be asked to do. `id` is the caller's own count, and names the answer. */
export interface ClientCommands {
  run(id: number, line: string): void
  raw(id: number, bytes: Uint8Array): void
  cancel(id: number): void
}

interface AnySource {
  start(listener: SourceListener): void
  /** After this the listener hears nothing more. */
  stop(): void
  /**
   * The events of an exchange of which only the summary came: `letGo` where nobody has them any more, `lost` where the
   * source cannot be asked now.
   */
  fetchExchange(id: number): Promise<readonly TraceEvent[] | 'letGo' | 'lost'>
  /** The bytes of an event that came without them; null where nobody has them any more. */
  fetchBytes(seq: number): Promise<Uint8Array | null>
}

/** A gateway that runs now: more may come at any time, and it can be asked to do something. */
export interface ServerSource extends AnySource {
  readonly kind: 'server'
  readonly commands: ClientCommands
  /** Starts the server again, where it has died. */
  restartServer(): void
}

/** A trace that is complete. */
export interface RecordingSource extends AnySource {
  readonly kind: 'recording'
}

export type TraceSource = ServerSource | RecordingSource
