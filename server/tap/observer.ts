import type { TapInput } from '../../shared/tap/types.ts'

/** Hears of one connection what passes, in its order. */
export interface Observer {
  hear(input: TapInput): void
  /** Nothing is under way: the connection may be ended. */
  readonly idle: boolean
  /** The connection to the server stands, and comes from this port. */
  linked?(port: number): void
}
