/**
 * What was sent and the client has not taken: how long it has waited, how fast it goes, and when that is too slow. It is
 * kept by the edge, in memory and on disk; here it is only numbers.
 */
import type { TraceBody } from '../trace/events.ts'
import type { Input, Limits } from './types.ts'

type Report = Extract<Input, { kind: 'backlog' }>

/** Microseconds that bytes wait, and between two words about it: a socket that is full for a moment is not worth one. */
const TELL_EVERY = 1_000_000

/** A moment, and how much the client had taken by then. */
interface Mark {
  at: number
  taken: number
}

export class Backlog {
  readonly #limits: Limits
  /** Offset in the outbound stream up to which the client has taken it, by the last report. */
  #taken = 0
  #memory = 0
  #disk = 0
  /** When bytes began to wait; null while none do. */
  #waits: Mark | null = null
  /** When the application began to wait for the client; null while it does not. */
  #held: Mark | null = null
  #toldAt = 0
  #told: { memory: number; disk: number; held: boolean } | null = null
  /** No more can be kept. */
  full = false

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Whether bytes wait. */
  get waiting(): boolean {
    return this.#waits !== null
  }

  /** Whether the client has taken everything up to this offset. */
  hasTaken(sent: number): boolean {
    return this.#waits === null && this.#taken === sent
  }

  hear({ taken, memory, disk, full }: Report, now: number): void {
    this.#taken = taken
    this.#memory = memory
    this.#disk = disk
    this.full = full
    if (memory + disk === 0) this.#waits = null
    else this.#waits ??= { at: now, taken }
  }

  /** Told after each input: whether the application is kept from going on, because no more can be kept. */
  holds(application: boolean, now: number): void {
    if (!application) this.#held = null
    else this.#held ??= { at: now, taken: this.#taken }
  }

  /** When the client will have been too slow, in microseconds of the run; Infinity while nothing waits. */
  get due(): number {
    const waits = this.#waits
    const held = this.#held
    const limits = this.#limits
    if (waits === null) return Number.POSITIVE_INFINITY
    const whole = this.#allowance(waits, limits.sendMs)
    return held === null ? whole : Math.min(whole, this.#allowance(held, limits.holdMs))
  }

  /** A time that is always allowed, and what was taken at the least rate besides. */
  #allowance(since: Mark, graceMs: number): number {
    return since.at + graceMs * 1000 + ((this.#taken - since.taken) / this.#limits.sendRate) * 1_000_000
  }

  /** Why the client is given up. */
  get why(): string {
    const left = `${this.#memory + this.#disk} bytes were left`
    return this.#held === null
      ? `the client reads too slowly; ${left}`
      : `the client reads too slowly, and the application waited for it; ${left}`
  }

  /** What is traced when the connection ends before the client has taken all, or null where it had. */
  get left(): TraceBody | null {
    const memory = this.#memory
    const disk = this.#disk
    return this.#waits === null ? null : { kind: 'response.waiting', memory, disk, held: this.#held !== null }
  }

  /**
   * What is to be traced now, or null: seldom, however many reports there are. Bytes have waited for a second, twice or
   * half as many as were told of, the application waits or goes on, nothing waits any more.
   */
  news(now: number): TraceBody | null {
    const memory = this.#memory
    const disk = this.#disk
    const told = this.#told
    const held = this.#held !== null
    if (this.#waits === null) {
      this.#told = null
      return told === null ? null : { kind: 'response.waiting', memory: 0, disk: 0, held: false }
    }
    if (now - Math.max(this.#waits.at, this.#toldAt) < TELL_EVERY) return null
    if (told !== null && told.held === held && !differs(told.memory + told.disk, memory + disk)) return null
    this.#told = { memory, disk, held }
    this.#toldAt = now
    return { kind: 'response.waiting', memory, disk, held }
  }
}

const differs = (before: number, after: number): boolean => after >= 2 * before || 2 * after <= before
