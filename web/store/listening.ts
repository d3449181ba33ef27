/** What a source says, put where it belongs. */
import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'
import { type FrameQueue, frameQueue } from '../sources/frameQueue.ts'
import type {
  ClientStream,
  Counts,
  Hello,
  Snapshot,
  SourceListener,
  SourceStatus,
  TraceSource,
} from '../sources/source.ts'
import type { Shell } from '../terminal/shell.ts'
import type { Fetching } from './fetching.ts'
import type { Moment } from './moment.ts'
import type { SessionState } from './session.ts'
import type { Stores } from './stores.ts'

export interface ListeningOptions extends Stores {
  readonly shell: Shell
  readonly fetching: Fetching
  readonly nextFrame: (callback: () => void) => void
  /** What the page's link asks to be shown first. */
  readonly moment: Moment | null
}

export class Listening implements SourceListener {
  readonly #options: ListeningOptions
  readonly #queue: FrameQueue<TraceEvent>
  #kind: TraceSource['kind'] = 'server'
  /** Whether what the page shows belongs to the run that is being sent. */
  #continues = false
  #moment: Moment | null

  constructor(options: ListeningOptions) {
    this.#options = options
    this.#moment = options.moment
    this.#queue = frameQueue<TraceEvent>((events) => this.#take(events), options.nextFrame)
  }

  /** Another source is listened to from now on. */
  forget(kind: TraceSource['kind']): void {
    const { trace, playhead, fetching } = this.#options
    this.#kind = kind
    this.#queue.clear()
    trace.getState().forget()
    fetching.forget()
    playhead.getState().restart('newest')
  }

  onHello({ header, app, role, restarted }: Hello): void {
    const { trace, playhead, session, fetching } = this.#options
    this.#queue.flush()
    this.#continues = trace.getState().header?.run === header.run
    trace.getState().begin(header, app)
    if (!this.#continues) {
      fetching.forget()
      playhead.getState().restart('newest')
    }
    session.setState({ role, ...(restarted ? { notice: { kind: 'restarted' } } : {}) })
  }

  onSnapshot(snapshot: Snapshot): void {
    const { trace, playhead, fetching } = this.#options
    this.#queue.clear()
    const arrived = trace.getState().replace(snapshot)
    const isLive = this.#kind === 'server'
    if (this.#continues && arrived < trace.getState().index.exchanges.length) playhead.getState().arrived(arrived)
    else playhead.getState().restart(isLive ? 'newest' : 'beginning')
    // Who comes later is told what still is so, not what once happened.
    const { reloaded } = trace.getState().facts
    if (reloaded?.failure != null && isLive) this.#tellReload(reloaded)
    this.#continues = true
    this.#restoreMoment()
    this.#options.shell.pictureMoved()
    fetching.fetchChosen()
  }

  onEvents(events: readonly TraceEvent[]): void {
    this.#queue.push(events)
  }

  onCounts(counts: Counts): void {
    this.#options.trace.getState().count(counts)
    // Totals come behind the events that they count.
    this.#queue.flush()
    this.#options.shell.allTold()
  }

  onStatus(status: SourceStatus): void {
    const { session, shell, fetching } = this.#options
    session.setState({ status })
    if (status === 'lost') shell.connectionLost()
    else fetching.fetchChosen()
  }

  onClientOutput(id: number, stream: ClientStream, bytes: Uint8Array): void {
    this.#options.shell.output(id, stream, bytes)
  }

  onClientHeard(id: number, port: number): void {
    this.#queue.flush()
    this.#options.session.getState().addOwnPort(port)
    this.#options.shell.heard(id, port)
  }

  onClientDone(id: number): void {
    this.#queue.flush()
    this.#options.shell.done(id)
  }

  onProblem(message: string): void {
    this.#options.session.setState({ notice: { kind: 'problem', message } })
  }

  #take(events: readonly TraceEvent[]): void {
    const { trace, playhead, session } = this.#options
    const { reloaded: before } = trace.getState().facts
    const arrived = trace.getState().append(events)
    playhead.getState().arrived(arrived)
    this.#options.shell.pictureMoved()
    // Once the new run, or the new code, has something to show, there is no need to say that it is new.
    if (arrived > 0 && isOldNews(session.getState().notice)) session.getState().dismiss()
    const { reloaded } = trace.getState().facts
    if (reloaded !== null && reloaded !== before) this.#tellReload(reloaded)
  }

  #tellReload(reload: EventOf<'app.reloaded'>): void {
    this.#options.session.setState({ notice: { kind: 'reloaded', reload } })
  }

  /** Once, when the run is there that the link is of. */
  #restoreMoment(): void {
    const moment = this.#moment
    this.#moment = null
    const { header, index } = this.#options.trace.getState()
    if (moment === null || moment.run !== header?.run) return
    if (!index.exchanges.some(({ id }) => id === moment.exchange)) return
    this.#options.playhead.getState().select(moment.exchange, moment.playhead)
  }
}

const isOldNews = (notice: SessionState['notice']): boolean =>
  notice?.kind === 'restarted' || (notice?.kind === 'reloaded' && notice.reload.failure === null)
