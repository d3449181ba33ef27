/** Watches what an application does in one exchange and says what it finds. */
import type { TraceBody } from '../trace/events.ts'
import { brokenByHead } from '../wsgi/headRules.ts'
import { finding, type RuleId } from '../wsgi/referee.ts'
import type { AppEvent } from './types.ts'

/** So many chunks smaller than `SMALL` bytes are remarked on. */
const MANY = 1000
const SMALL = 8

/** RFC 9110 15.3.5, 15.3.6, 15.4.5. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/** Where findings go. */
interface Findings {
  trace(exchange: number, body: TraceBody): void
}

export class ExchangeReferee {
  readonly #exchange: number
  readonly #outbox: Findings
  readonly #said = new Set<RuleId>()
  #status = 0
  #typed = false
  #returned = false
  /** len() of what the application returned, where it has one. */
  #length: number | null = null
  #chunks = 0
  #small = 0
  #inputEnded = false

  constructor(exchange: number, outbox: Findings) {
    this.#exchange = exchange
    this.#outbox = outbox
  }

  /** A rule is broken; each is said once. */
  say(rule: RuleId): void {
    if (this.#said.has(rule)) return
    this.#said.add(rule)
    this.#outbox.trace(this.#exchange, finding(rule))
  }

  watch(event: AppEvent): void {
    switch (event.kind) {
      case 'inputRead': {
        const wantsAll = event.asked === null && (event.method === 'read' || event.method === 'readlines')
        // A read with a size may come again at the end: that is how frameworks drain what they did not need.
        if (wantsAll && this.#inputEnded) this.say('input-read-again')
        if (wantsAll || (event.returned === 0 && event.asked !== 0)) this.#inputEnded = true
        return
      }
      case 'startResponse':
        this.#status = Number.parseInt(event.status, 10)
        this.#typed = event.headers.some(([name]) => name.toLowerCase() === 'content-type')
        for (const rule of brokenByHead(event.status, event.headers)) this.say(rule)
        return
      case 'write':
        this.say(this.#returned ? 'write-late' : 'write-used')
        this.#piece(event.data)
        return
      case 'returned':
        this.#returned = true
        this.#length = event.length
        return
      case 'chunk':
        if (event.rest === undefined) this.#chunks++
        if (event.data.length > 0 && event.data.length < SMALL && ++this.#small === MANY) this.say('tiny-chunks')
        this.#piece(event.data)
        return
      case 'exhausted':
        if (this.#length !== null && this.#length !== this.#chunks) this.say('len-wrong')
        return
      case 'raised':
        if (event.rule !== undefined) this.say(event.rule)
        return
      case 'noticed':
        this.say(event.rule)
        return
      default:
    }
  }

  #piece(data: Uint8Array): void {
    if (data.length === 0 || this.#status === 0) return
    if (BODILESS.has(this.#status)) this.say('body-forbidden')
    else if (!this.#typed) this.say('content-type-missing')
  }
}

/** Its twin where nobody looks. */
export const NO_REFEREE: Pick<ExchangeReferee, 'say' | 'watch'> = {
  say: () => undefined,
  watch: () => undefined,
}
