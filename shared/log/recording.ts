/**
 * Who watches, and what is kept for them. While nobody does, the inputs of the last exchanges are kept, and become events
 * when somebody looks. While somebody does, exchanges are traced as they happen, at most so many a second; of the rest
 * only those are told that fail. A sink is given everything.
 */
import { INLINE_BYTES } from '../trace/events.ts'
import { type ConnectionInput, drain, type InputSegment, type SegmentRecorder } from './inputSegment.ts'
import type { LogScheduler } from './scheduler.ts'

export interface RecordingLimits {
  /** Exchanges whose inputs are kept while nobody watches. */
  recorded: number
  /** What inputs may weigh together, of exchanges that are over and under way. */
  recordedBytes: number
  /** Exchanges that are traced in full in a second, and at once after a rest. */
  tracedPerSecond: number
}

/** Under load, more is recorded while what was is told: so often is that told too, and then so many of it. */
const MOST_ROUNDS = 3
const NEWEST_FEW = 20

/** How soon the newest of those that were passed over is told. */
const NEWEST_MS = 200

/** How much of what inputs may weigh together, those of one segment may. */
const LARGEST_SHARE = 1 / 4

export interface RecordingOptions {
  limits: RecordingLimits
  scheduler: LogScheduler
  count: (what: 'requests' | 'answered') => number
  /** Exchanges whose events will never be told. */
  onUntraced: (exchanges: number) => void
}

export class Recording {
  readonly #options: RecordingOptions
  /** Of the connections that are not over. */
  readonly #recorders = new Set<SegmentRecorder>()
  /** What is over, oldest first; `#oldest` is the index of the first that is kept. */
  #kept: InputSegment[] = []
  #oldest = 0
  #exchanges = 0
  #weight = 0
  /** What is being told, as far as it was not. */
  #telling: Generator<void, void> | null = null
  #traceMode: 'none' | 'some' | 'all' = 'none'
  /** Of those that are passed over while somebody watches, the newest: it is told once its turn comes. */
  #newest: InputSegment | null = null
  #newestDue = false
  #allowance: number
  #allowedAt = 0

  constructor(options: RecordingOptions) {
    this.#options = options
    this.#allowance = options.limits.tracedPerSecond
  }

  /** Whether somebody wants to see what happens as it happens. */
  get watched(): boolean {
    return this.#traceMode !== 'none'
  }

  /** What was recorded is to be told by then. */
  set traceMode(traceMode: 'none' | 'some' | 'all') {
    this.#traceMode = traceMode
  }

  count(what: 'requests' | 'answered'): number {
    return this.#options.count(what)
  }

  /** A connection begins. */
  join(recorder: SegmentRecorder): void {
    this.#recorders.add(recorder)
  }

  /** It is over. */
  leave(recorder: SegmentRecorder): void {
    this.#recorders.delete(recorder)
  }

  /** A segment begins with this input. Whether it is traced from the start. */
  begin(segment: InputSegment, input: ConnectionInput): boolean {
    const { recorder } = segment
    const { kind } = input
    if (this.#traceMode !== 'some') return this.#traceMode === 'all'
    // The end of a connection whose beginning was told is told, and costs nothing.
    if (kind !== 'bytes' && kind !== 'opened') return recorder.openingLogged
    const { scheduler, limits } = this.#options
    const at = scheduler.now()
    const earned = ((at - this.#allowedAt) * limits.tracedPerSecond) / 1e6
    this.#allowance = Math.min(limits.tracedPerSecond, this.#allowance + earned)
    this.#allowedAt = at
    if (this.#allowance < 1) return false
    this.#allowance--
    return true
  }

  /** More is kept of a segment that is under way. */
  grow(segment: InputSegment, weight: number): void {
    const { recordedBytes } = this.#options.limits
    this.#weight += weight
    // One large body must not push out all that is kept of others.
    const most = recordedBytes * LARGEST_SHARE
    if (segment.weight > most && segment.digest === null) {
      const before = segment.weight
      segment.recorder.digest(segment, { bytes: Math.min(INLINE_BYTES, most), weight: most })
      this.#weight += segment.weight - before
    }
    this.#shrink()
    if (this.#weight > recordedBytes) this.release(segment)
  }

  complete(segment: InputSegment, traced: boolean): void {
    const exchanges = segment.numbers.length
    if (traced) {
      // Several requests that came at once were let in as one.
      this.#allowance -= Math.max(0, exchanges - 1)
    } else if (segment.inputs === null) {
      this.#options.onUntraced(exchanges)
    } else if (this.watched) this.#hold(segment)
    else {
      this.#kept.push(segment)
      this.#exchanges += exchanges
      this.#shrink()
    }
  }

  /** However many are passed over, the last of them can be looked at. */
  #hold(segment: InputSegment): void {
    if (this.#newest !== null) {
      this.release(this.#newest)
      this.#options.onUntraced(this.#newest.numbers.length)
    }
    this.#newest = segment
    if (this.#newestDue) return
    this.#newestDue = true
    this.#options.scheduler.later(NEWEST_MS, () => {
      this.#newestDue = false
      this.#settle()
    })
  }

  #settle(): void {
    const segment = this.#newest
    this.#newest = null
    if (segment !== null) drain(segment.recorder.replay(segment))
  }

  /** Something of this connection is about to be told: what came before is told first. */
  beforeReplay(recorder: SegmentRecorder): void {
    if (this.#newest?.recorder === recorder) this.#settle()
  }

  /** Somebody looks: the events of all that was recorded, those of each connection as they would have come. */
  tell(): void {
    while (this.#replayStep());
  }

  /** The same, a little in each turn. What is recorded meanwhile is told as well; where that never ends, the newest of it. */
  replayInTurns(): Promise<void> {
    let rounds = 0
    return this.#options.scheduler.inTurns(() => {
      if (this.#telling !== null || ++rounds <= MOST_ROUNDS) return this.#replayStep()
      this.#letGo(this.#kept.length - this.#oldest - NEWEST_FEW)
      this.tell()
      return false
    })
  }

  /** False where there is nothing to tell. */
  #replayStep(): boolean {
    if (this.#telling === null) {
      const segments = this.#takeRecorded()
      if (segments.length === 0) return false
      this.#telling = this.#replaying(segments)
    }
    if (this.#telling.next().done === true) this.#telling = null
    return true
  }

  /** What is over, and then what is under way. */
  #takeRecorded(): InputSegment[] {
    if (this.watched) return []
    const segments = this.#kept.slice(this.#oldest)
    this.#kept = []
    this.#oldest = 0
    this.#exchanges = 0
    for (const { open } of this.#recorders) if (open !== null && open.inputs !== null) segments.push(open)
    return segments
  }

  *#replaying(segments: readonly InputSegment[]): Generator<void, void> {
    for (const segment of segments) {
      const { recorder, from, numbers } = segment
      // The end of a connection of which nothing else is kept says nothing.
      if (from === null || numbers.length > 0 || recorder.openingLogged) yield* recorder.replay(segment)
      else this.release(segment)
    }
  }

  /** Lets go of the oldest `count` that are over. */
  #letGo(count: number): void {
    for (let i = 0; i < count; i++) {
      const segment = this.#kept[this.#oldest++]
      if (segment === undefined) return
      this.#exchanges -= segment.numbers.length
      this.release(segment)
      this.#options.onUntraced(segment.numbers.length)
    }
  }

  #shrink(): void {
    const { recorded, recordedBytes } = this.#options.limits
    // Connections that end without a request count as well, or they would pile up.
    const most = 2 * recorded
    while (
      this.#oldest < this.#kept.length &&
      (this.#exchanges > recorded || this.#kept.length - this.#oldest > most || this.#weight > recordedBytes)
    ) {
      this.#letGo(1)
    }
    if (this.#oldest > most) {
      this.#kept = this.#kept.slice(this.#oldest)
      this.#oldest = 0
    }
  }

  /** Its inputs are not kept any more. */
  release(segment: InputSegment): void {
    if (segment.inputs === null) return
    segment.inputs = null
    segment.digest = null
    this.#weight -= segment.weight
    segment.weight = 0
  }
}
