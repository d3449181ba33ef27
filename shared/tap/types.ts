/**
 * What a tap hears of one connection. It decides nothing: whatever it is told of has been passed on already, and all it
 * has to say are events of the trace.
 */
import type { Output, Peer, Position, Speaks } from '../gateway/types.ts'

export type Side = 'client' | 'server'

/**
 * `now` as in the gateway's inputs: microseconds since the run began, never decreasing. What a server answers is told after
 * the bytes that it answers. The `data` of `bytes` belongs to the tap as well from then on: nobody may write to it again.
 */
export type TapInput = { now: number } & (
  | { kind: 'opened' }
  | { kind: 'bytes'; from: Side; data: Uint8Array }
  /** EOF: that side sends no more (half-close). With the second one, the connection is over. */
  | { kind: 'end'; from: Side }
  /** Neither direction works any more. */
  | { kind: 'gone'; by: Side | 'tap'; why: string }
)

export type TapOutput = Extract<Output, { kind: 'trace' }>

export interface TapOptions extends Peer {
  /** The protocol by which requests come; `http` unless told otherwise. Answers are HTTP in both. */
  speaks?: Speaks
  /** False where nobody watches: no output is made; exchanges are counted all the same. */
  trace: boolean
  /** Goes on from where another tap of the same connection was at rest. */
  resume?: Position
}
