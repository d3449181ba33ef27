/**
 * What one connection does, written down so that its events can be built later. A gateway is deterministic: another one
 * that is given the same inputs makes the same decisions, and can tell them as well. So the gateway that serves does not
 * trace where only some exchanges are watched: a second one listens in, from the beginning of a segment or, later, over
 * what was kept. Where every exchange is wanted, the one that serves traces by itself, and nothing is parsed twice.
 */
import type { ConnectionRecorder } from '../gateway/edge.ts'
import type { Output, Position, TraceDraft } from '../gateway/types.ts'
import type { ConnectionLog } from './connectionLog.ts'
import {
  type ConnectionInput,
  type ConnectionMachine,
  type Digest,
  drain,
  InputSegment,
  type Replayer,
  type SegmentRecorder,
} from './inputSegment.ts'
import type { Recording } from './recording.ts'
import { Share, type ShareLimits } from './share.ts'

export class Recorder implements SegmentRecorder, ConnectionRecorder {
  readonly keeps = true
  readonly #recording: Recording
  /** Null once it is over, and nothing that happens is an event any more: what is kept of it outlives it. */
  #gateway: ConnectionMachine | null
  readonly #replayer: Replayer
  /** Most connections are never told of. */
  readonly #openLog: () => ConnectionLog
  #log: ConnectionLog | null = null
  #openedAt = 0
  /** Whether the opening of the connection has been told. */
  #openingLogged = false
  /** Where the segment after this one begins. */
  #rest: Position | null = null
  #segment: InputSegment | null = null
  /** Listens in, where this segment is traced: another one, or the gateway itself where that traces. */
  #listener: ConnectionMachine | null = null
  #begun = 0
  #answered = 0
  /** How many had failed when the segment began. */
  #failed = 0

  constructor(recording: Recording, openLog: () => ConnectionLog, gateway: ConnectionMachine, replayer: Replayer) {
    this.#recording = recording
    this.#openLog = openLog
    this.#gateway = gateway
    this.#replayer = replayer
    recording.join(this)
  }

  /** What happens now and is not traced; null where nothing does, or it is. */
  get open(): InputSegment | null {
    return this.#listener === null ? this.#segment : null
  }

  /** Whether somebody sees what happens now. */
  get traced(): boolean {
    return this.#listener !== null
  }

  /** The number in the run of the exchange that the connection counts as its `ordinal`th, while it is under way. */
  numberOf(ordinal: number): number | null {
    return this.#segment?.numberOf(ordinal) ?? null
  }

  /** Whether the opening of this connection has been told, so that its end should be. */
  get openingLogged(): boolean {
    return this.#openingLogged
  }

  /** The gateway has just dealt with this input; what it decided (`outputs`) has not been performed yet. */
  hear(input: ConnectionInput, outputs: readonly Output[]): void {
    this.recordAll([input], outputs)
  }

  /** As `hear`, for several that it dealt with at once: they never are of two segments. */
  recordAll(inputs: readonly ConnectionInput[], outputs: readonly Output[]): void {
    const [first] = inputs
    const gateway = this.#gateway
    if (gateway === null || first === undefined) return
    const segment = this.#segment ?? this.#begin(first)
    // One that is half told is told to its end before it goes on.
    if (segment.telling !== null) drain(segment.telling)
    const { account } = gateway
    for (; this.#begun < account.begun; this.#begun++) segment.begin(this.#recording.count('requests'))
    for (; this.#answered < account.answered; this.#answered++) this.#recording.count('answered')
    if (this.#listener === gateway) this.#tell(segment, outputs)
    else {
      for (const input of inputs) {
        if (this.#listener === null) this.#record(segment, input, account.failed)
        else this.#tell(segment, this.#listener.receive(input))
      }
    }
    if (gateway.closed || (segment.numbers.length > 0 && gateway.idle)) this.#complete(segment, gateway)
  }

  /**
   * Tells what was kept of a segment, an input at each step, so that whoever has other things to do can pause. One that is
   * not complete is listened in to from its last step on.
   */
  replay(segment: InputSegment): Generator<void, void> {
    segment.telling ??= this.#replaying(segment)
    return segment.telling
  }

  *#replaying(segment: InputSegment): Generator<void, void> {
    const { from, inputs } = segment
    segment.telling = inputs === null ? null : segment.telling
    if (inputs === null) return
    const { digest } = segment
    const listener = digest?.listener ?? this.#replayer(from)
    this.#logOpening(segment)
    for (const draft of digest?.drafts ?? []) {
      this.#append(draft)
      yield
    }
    for (const input of inputs) {
      this.#tell(segment, listener.receive(input))
      yield
    }
    if (segment === this.#segment) this.#listener = listener
    segment.telling = null
    this.#recording.release(segment)
  }

  /** Where nothing was told of this connection yet, and it has begun before: where it came from is said first. */
  #logOpening(segment: InputSegment): void {
    this.#recording.beforeReplay(this)
    const due = !this.#openingLogged && segment.from !== null
    this.#openingLogged = true
    if (due) this.#tell(segment, this.#replayer(null).receive({ kind: 'opened', now: this.#openedAt }))
  }

  #begin(input: ConnectionInput): InputSegment {
    const segment = new InputSegment(this, this.#rest)
    this.#segment = segment
    if (this.#rest === null) this.#openedAt = input.now
    if (!this.#recording.begin(segment, input)) return segment
    if (this.#gateway?.traces) {
      this.#logOpening(segment)
      this.#listener = this.#gateway
      this.#recording.release(segment)
    } else drain(this.replay(segment))
    return segment
  }

  #tell(segment: InputSegment, outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.kind !== 'trace') continue
      this.#append(numbered(output.draft, segment))
    }
  }

  #append(draft: TraceDraft): void {
    this.#log ??= this.#openLog()
    this.#log.append(draft)
  }

  /** Keeps events in place of inputs: of what is large, less than there was. */
  digest(segment: InputSegment, limits: ShareLimits): void {
    const { inputs, from } = segment
    if (inputs === null) return
    const digest: Digest = { listener: this.#replayer(from), drafts: [], share: new Share(limits) }
    for (const input of inputs) digestInput(segment, digest, input)
    segment.inputs = []
    segment.digest = digest
    segment.weight = digest.share.weight
  }

  #record(segment: InputSegment, input: ConnectionInput, failed: number): void {
    if (segment.inputs === null) return
    const before = segment.weight
    const { digest } = segment
    if (digest === null) segment.keep(input)
    else {
      digestInput(segment, digest, input)
      segment.weight = digest.share.weight
    }
    this.#recording.grow(segment, segment.weight - before)
    if (failed > this.#failed && this.#recording.watched) drain(this.replay(segment))
  }

  #complete(segment: InputSegment, gateway: ConnectionMachine): void {
    this.#recording.complete(segment, this.traced)
    this.#segment = null
    this.#listener = null
    this.#failed = gateway.account.failed
    if (gateway.closed) {
      this.#gateway = null
      this.#recording.leave(this)
    } else this.#rest = gateway.position
  }
}

/** The connection's own count becomes the run's. */
const numbered = ({ at, exchange, body }: TraceDraft, segment: InputSegment): TraceDraft => ({
  at,
  exchange: exchange === null ? null : segment.numberOf(exchange),
  body,
})

function digestInput(segment: InputSegment, { listener, drafts, share }: Digest, input: ConnectionInput): void {
  for (const output of listener.receive(input)) {
    if (output.kind !== 'trace') continue
    const draft = numbered(output.draft, segment)
    for (const body of share.admit(draft.body)) drafts.push({ ...draft, body })
  }
}
