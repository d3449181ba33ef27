/** What one connection was given between two moments of rest, kept so that its events can be made later. */
import { weighAppEvent } from '../gateway/appWeight.ts'
import type { Account, Input, Output, Position, TraceDraft } from '../gateway/types.ts'
import type { TapInput } from '../tap/types.ts'
import type { Share, ShareLimits } from './share.ts'

/** What a connection is fed with; each one only with what its own kind of machine takes. */
export type ConnectionInput = Input | TapInput

/** What hears of a connection: a gateway, or a tap. */
export interface ConnectionMachine {
  /** Whether its outputs tell what happens. */
  readonly traces: boolean
  receive(input: ConnectionInput): readonly Output[]
  readonly account: Readonly<Account>
  readonly idle: boolean
  readonly closed: boolean
  readonly position: Position
}

/** Makes one that traces, for the same connection; from its beginning, or from where it was at rest. */
export type Replayer = (from: Position | null) => ConnectionMachine

const NONE: number[] = []

/** What an input costs while it is kept, its bytes apart. */
const INPUT_WEIGHT = 120

/** The events of a segment that is too large to be kept as inputs, and who goes on making them. */
export interface Digest {
  listener: ConnectionMachine
  /** Numbered already. */
  drafts: TraceDraft[]
  share: Share
}

/** Whose segments they are: as much of a recorder as decides what is kept. */
export interface SegmentRecorder {
  /** What happens now and is not traced; null where nothing does, or it is. */
  readonly open: InputSegment | null
  /** Whether the opening of this connection has been logged, so that its end should be. */
  readonly openingLogged: boolean
  replay(segment: InputSegment): Generator<void, void>
  digest(segment: InputSegment, limits: ShareLimits): void
}

/** From one moment at which the connection is at rest to the next: usually one request and its answer. */
export class InputSegment {
  readonly recorder: SegmentRecorder
  /** Null from the connection's beginning. */
  readonly from: Position | null
  /** The numbers in the run of the exchanges that began in it: one, unless requests were pipelined. */
  numbers: number[] = NONE
  /** Null where they are not kept any more. */
  inputs: ConnectionInput[] | null = []
  /** In their place, once they were too large: what they led to, within a share. */
  digest: Digest | null = null
  weight = 0
  /** How far its events have been told, while they are. */
  telling: Generator<void, void> | null = null

  constructor(recorder: SegmentRecorder, from: Position | null) {
    this.recorder = recorder
    this.from = from
  }

  /** One more exchange begins in it. */
  begin(number: number): void {
    if (this.numbers === NONE) this.numbers = [number]
    else this.numbers.push(number)
  }

  keep(input: ConnectionInput): void {
    this.inputs?.push(input)
    this.weight += INPUT_WEIGHT
    if (input.kind === 'bytes') this.weight += input.data.length
    else if (input.kind === 'app') this.weight += weighAppEvent(input.event)
  }

  /** The exchange that a connection counts as its `ordinal`th, in the run; null where it began before this segment. */
  numberOf(ordinal: number): number | null {
    return this.numbers[ordinal - (this.from?.exchanges ?? 0)] ?? null
  }
}

/** Takes all steps that are left. */
export function drain(steps: Iterator<void>): void {
  while (steps.next().done !== true);
}
