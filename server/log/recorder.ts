/**
 * What one connection does, written down so that its events can be built later. A gateway is deterministic: another one
 * that is given the same inputs makes the same decisions, and can tell them as well. So the gateway that serves does not
 * trace where only some exchanges are watched: a second one listens in, from the beginning of a stretch or, later, over
 * what was kept. Where every exchange is wanted, the one that serves traces by itself, and nothing is parsed twice.
 */
import { weighAppEvent } from '../../shared/gateway/appWeight.ts'
import type { Account, Input, Output, Position, TraceDraft } from '../../shared/gateway/types.ts'
import type { TapInput } from '../../shared/tap/types.ts'
import type { ConnectionLog } from './eventLog.ts'
import type { Recording } from './recording.ts'
import { Share, type ShareLimits } from './share.ts'

/** What a connection is fed with; each one only with what its own kind of hearer takes. */
export type Heard = Input | TapInput

/** What hears of a connection: a gateway, or a tap. */
export interface Hearer {
  /** Whether its outputs tell what happens. */
  readonly traces: boolean
  receive(input: Heard): readonly Output[]
  readonly account: Readonly<Account>
  readonly atRest: boolean
  readonly over: boolean
  readonly position: Position
}

/** Makes one that traces, for the same connection; from its beginning, or from where it was at rest. */
export type Retrace = (from: Position | null) => Hearer

const NONE: number[] = []

/** What an input costs while it is kept, its bytes apart. */
const INPUT_WEIGHT = 120

/** The events of a stretch that is too large to be kept as inputs, and who goes on making them. */
interface Digest {
  listener: Hearer
  /** Numbered already. */
  drafts: TraceDraft[]
  share: Share
}

/** From one moment at which the connection is at rest to the next: usually one request and its answer. */
export class Stretch {
  readonly recorder: Recorder
  /** Null from the connection's beginning. */
  readonly from: Position | null
  /** The numbers in the run of the exchanges that began in it: one, unless requests were pipelined. */
  numbers: number[] = NONE
  /** Null where they are not kept any more. */
  inputs: Heard[] | null = []
  /** In their place, once they were too large: what they led to, within a share. */
  digest: Digest | null = null
  weight = 0
  /** How far its events have been told, while they are. */
  telling: Generator<void, void> | null = null

  constructor(recorder: Recorder, from: Position | null) {
    this.recorder = recorder
    this.from = from
  }

  /** One more exchange begins in it. */
  begin(number: number): void {
    if (this.numbers === NONE) this.numbers = [number]
    else this.numbers.push(number)
  }

  keep(input: Heard): void {
    this.inputs?.push(input)
    this.weight += INPUT_WEIGHT
    if (input.kind === 'bytes') this.weight += input.data.length
    else if (input.kind === 'app') this.weight += weighAppEvent(input.event)
  }

  /** The exchange that a connection counts as its `ordinal`th, in the run; null where it began before this stretch. */
  numberOf(ordinal: number): number | null {
    return this.numbers[ordinal - (this.from?.exchanges ?? 0)] ?? null
  }
}

export class Recorder {
  readonly #recording: Recording
  /** Null once it is over, and nothing that happens is an event any more: what is kept of it outlives it. */
  #gateway: Hearer | null
  readonly #retrace: Retrace
  /** Most connections are never told of. */
  readonly #openLog: () => ConnectionLog
  #log: ConnectionLog | null = null
  #openedAt = 0
  /** Whether the opening of the connection has been told. */
  #introduced = false
  /** Where the stretch after this one begins. */
  #rest: Position | null = null
  #stretch: Stretch | null = null
  /** Listens in, where this stretch is traced: another one, or the gateway itself where that traces. */
  #listener: Hearer | null = null
  #begun = 0
  #answered = 0
  /** How many had failed when the stretch began. */
  #failed = 0

  constructor(recording: Recording, openLog: () => ConnectionLog, gateway: Hearer, retrace: Retrace) {
    this.#recording = recording
    this.#openLog = openLog
    this.#gateway = gateway
    this.#retrace = retrace
    recording.join(this)
  }

  /** What happens now and is not traced; null where nothing does, or it is. */
  get open(): Stretch | null {
    return this.#listener === null ? this.#stretch : null
  }

  /** Whether somebody sees what happens now. */
  get traced(): boolean {
    return this.#listener !== null
  }

  /** The number in the run of the exchange that the connection counts as its `ordinal`th, while it is under way. */
  numberOf(ordinal: number): number | null {
    return this.#stretch?.numberOf(ordinal) ?? null
  }

  /** Whether the opening of this connection has been told, so that its end should be. */
  get introduced(): boolean {
    return this.#introduced
  }

  /** The gateway has just dealt with this input; what it decided (`outputs`) has not been performed yet. */
  hear(input: Heard, outputs: readonly Output[]): void {
    this.hearAll([input], outputs)
  }

  /** As `hear`, for several that it dealt with at once: they never are of two stretches. */
  hearAll(inputs: readonly Heard[], outputs: readonly Output[]): void {
    const [first] = inputs
    const gateway = this.#gateway
    if (gateway === null || first === undefined) return
    const stretch = this.#stretch ?? this.#begin(first)
    // One that is half told is told to its end before it goes on.
    if (stretch.telling !== null) drain(stretch.telling)
    const { account } = gateway
    for (; this.#begun < account.begun; this.#begun++) stretch.begin(this.#recording.count('requests'))
    for (; this.#answered < account.answered; this.#answered++) this.#recording.count('answered')
    if (this.#listener === gateway) this.#tell(stretch, outputs)
    else {
      for (const input of inputs) {
        if (this.#listener === null) this.#record(stretch, input, account.failed)
        else this.#tell(stretch, this.#listener.receive(input))
      }
    }
    if (gateway.over || (stretch.numbers.length > 0 && gateway.atRest)) this.#complete(stretch, gateway)
  }

  /**
   * Tells what was kept of a stretch, an input at each step, so that whoever has other things to do can pause. One that is
   * not complete is listened in to from its last step on.
   */
  retell(stretch: Stretch): Generator<void, void> {
    stretch.telling ??= this.#retelling(stretch)
    return stretch.telling
  }

  *#retelling(stretch: Stretch): Generator<void, void> {
    const { from, inputs } = stretch
    stretch.telling = inputs === null ? null : stretch.telling
    if (inputs === null) return
    const { digest } = stretch
    const listener = digest?.listener ?? this.#retrace(from)
    this.#introduce(stretch)
    for (const draft of digest?.drafts ?? []) {
      this.#append(draft)
      yield
    }
    for (const input of inputs) {
      this.#tell(stretch, listener.receive(input))
      yield
    }
    if (stretch === this.#stretch) this.#listener = listener
    stretch.telling = null
    this.#recording.release(stretch)
  }

  /** Where nothing was told of this connection yet, and it has begun before: where it came from is said first. */
  #introduce(stretch: Stretch): void {
    this.#recording.beforeTelling(this)
    const due = !this.#introduced && stretch.from !== null
    this.#introduced = true
    if (due) this.#tell(stretch, this.#retrace(null).receive({ kind: 'opened', now: this.#openedAt }))
  }

  #begin(input: Heard): Stretch {
    const stretch = new Stretch(this, this.#rest)
    this.#stretch = stretch
    if (this.#rest === null) this.#openedAt = input.now
    if (!this.#recording.begin(stretch, input)) return stretch
    if (this.#gateway?.traces) {
      this.#introduce(stretch)
      this.#listener = this.#gateway
      this.#recording.release(stretch)
    } else drain(this.retell(stretch))
    return stretch
  }

  #tell(stretch: Stretch, outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.kind !== 'trace') continue
      this.#append(numbered(output.draft, stretch))
    }
  }

  #append(draft: TraceDraft): void {
    this.#log ??= this.#openLog()
    this.#log.append(draft)
  }

  /** Keeps events in place of inputs: of what is large, less than there was. */
  digest(stretch: Stretch, limits: ShareLimits): void {
    const { inputs, from } = stretch
    if (inputs === null) return
    const digest: Digest = { listener: this.#retrace(from), drafts: [], share: new Share(limits) }
    for (const input of inputs) digestInput(stretch, digest, input)
    stretch.inputs = []
    stretch.digest = digest
    stretch.weight = digest.share.weight
  }

  #record(stretch: Stretch, input: Heard, failed: number): void {
    if (stretch.inputs === null) return
    const before = stretch.weight
    const { digest } = stretch
    if (digest === null) stretch.keep(input)
    else {
      digestInput(stretch, digest, input)
      stretch.weight = digest.share.weight
    }
    this.#recording.grow(stretch, stretch.weight - before)
    if (failed > this.#failed && this.#recording.watched) drain(this.retell(stretch))
  }

  #complete(stretch: Stretch, gateway: Hearer): void {
    this.#recording.complete(stretch, this.traced)
    this.#stretch = null
    this.#listener = null
    this.#failed = gateway.account.failed
    if (gateway.over) {
      this.#gateway = null
      this.#recording.leave(this)
    } else this.#rest = gateway.position
  }
}

/** The connection's own count becomes the run's. */
const numbered = ({ at, exchange, body }: TraceDraft, stretch: Stretch): TraceDraft => ({
  at,
  exchange: exchange === null ? null : stretch.numberOf(exchange),
  body,
})

function digestInput(stretch: Stretch, { listener, drafts, share }: Digest, input: Heard): void {
  for (const output of listener.receive(input)) {
    if (output.kind !== 'trace') continue
    const draft = numbered(output.draft, stretch)
    for (const body of share.admit(draft.body)) drafts.push({ ...draft, body })
  }
}

/** Takes all steps that are left. */
export function drain(steps: Iterator<void>): void {
  while (steps.next().done !== true);
}
