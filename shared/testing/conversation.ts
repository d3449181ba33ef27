/**
 * A client, a gateway and an application in one memory: inputs go in, what the gateway does about them is written down.
 * Nothing in here decides anything about HTTP.
 */
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { createGateway } from '../gateway/connection.ts'
import {
  type AppEvent,
  DEFAULT_LIMITS,
  type Deadline,
  type EnvironEntry,
  type Gateway,
  type GatewayOptions,
  type Input,
  type Output,
  type Segment,
  type TraceDraft,
} from '../gateway/types.ts'
import { RequestReader } from '../http1/requestReader.ts'
import { ProtocolError } from '../refusals/refusals.ts'

export interface TestCall {
  environ: EnvironEntry[]
  /** latin-1 */
  body: string
}

/** What an application does once it is called, all at once. */
export type TestApp = (call: TestCall) => AppEvent[]

export const testOptions: GatewayOptions = {
  peer: { host: '192.0.2.7', port: 50_123 },
  local: { host: '192.0.2.1', port: 8888 },
  serverName: 'localhost',
  serverPort: 8888,
  multithread: false,
  multiprocess: false,
  startedAt: Date.UTC(2024, 1, 29, 12, 0, 0),
  limits: DEFAULT_LIMITS,
  trace: true,
}

type InputKind = Input extends infer I ? (I extends { now: number } ? Omit<I, 'now'> : never) : never

export class Conversation {
  readonly gateway: Gateway
  readonly outputs: Output[] = []
  readonly calls: TestCall[] = []
  now = 0
  readonly #app: TestApp
  readonly #inputs: InputKind[] = []
  readonly #bodies = new Map<number, string>()
  /** Bytes that the gateway has sent, and those that the client has taken. */
  #sent = 0
  #taken = 0
  #reads = true

  constructor(app: TestApp, options: Partial<GatewayOptions> = {}) {
    this.#app = app
    this.gateway = createGateway({ ...testOptions, ...options })
  }

  /** Text of the client, latin-1, in one segment. */
  send(text: string): this {
    return this.feed({ kind: 'bytes', data: latin1Encode(text) })
  }

  /** The application goes on by itself; what its `TestApp` returned was all before. */
  appDoes(exchange: number, ...events: AppEvent[]): this {
    for (const event of events) this.feed({ kind: 'app', exchange, event })
    return this
  }

  feed(input: InputKind): this {
    this.#inputs.push(input)
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      for (const output of this.gateway.receive({ now: this.now, ...next })) this.#perform(output)
    }
    return this
  }

  /** The client takes no more than `taken` more bytes from now on; no more than what waits can be kept. */
  congested({ taken = 0, full = true } = {}): this {
    this.#reads = false
    this.#taken = Math.min(this.#taken + taken, this.#sent)
    return this.feed({
      kind: 'backlog',
      taken: this.#taken,
      memory: Math.max(1, this.#sent - this.#taken),
      disk: 0,
      full,
    })
  }

  /** The client takes all that was sent, and what comes. */
  drained(): this {
    this.#reads = true
    return this.feed(this.#flushed())
  }

  /** `ms` later, the edge says that a deadline has passed. */
  deadline(of: Deadline, ms: number): this {
    this.now += ms * 1000
    return this.feed({ kind: 'deadline', of })
  }

  of<K extends Output['kind']>(kind: K): Extract<Output, { kind: K }>[] {
    return this.outputs.filter((output): output is Extract<Output, { kind: K }> => output.kind === kind)
  }

  get segments(): Segment[] {
    return this.of('send').flatMap((output) => output.segments)
  }

  /** All that went to the client, latin-1. */
  get answer(): string {
    return this.segments.map((segment) => latin1Decode(segment.data)).join('')
  }

  get drafts(): TraceDraft[] {
    return this.of('trace').map((output) => output.draft)
  }

  get closed(): boolean {
    return this.of('close').length > 0
  }

  #flushed(): InputKind {
    if (this.#reads) this.#taken = this.#sent
    return { kind: 'backlog', taken: this.#taken, memory: this.#sent - this.#taken, disk: 0, full: !this.#reads }
  }

  #perform(output: Output): void {
    this.outputs.push(output)
    if (output.kind === 'send') for (const { data } of output.segments) this.#sent += data.length
    if (output.kind === 'flush') this.#inputs.unshift(this.#flushed())
    if (output.kind === 'body') {
      this.#bodies.set(output.exchange, (this.#bodies.get(output.exchange) ?? '') + latin1Decode(output.data))
    }
    if (output.kind === 'callApp') {
      const call = { environ: output.environ, body: this.#bodies.get(output.exchange) ?? '' }
      this.calls.push(call)
      for (const event of this.#app(call)) this.#inputs.push({ kind: 'app', exchange: output.exchange, event })
    }
  }
}

/** The methods of the requests that were sent, for whoever reads the answers; of a refused line it matters whether it is HEAD. */
export function methodsOf(conversation: Conversation): string[] {
  const buffer = new ReceiveBuffer()
  for (const { body } of conversation.drafts) {
    if (body.kind === 'socket.received' && body.bytes !== null) buffer.append(body.bytes.slice())
  }
  const reader = new RequestReader(buffer, DEFAULT_LIMITS)
  const methods: string[] = []
  try {
    for (let step = reader.advance(); step !== 'waiting'; step = reader.advance()) {
      if (step === 'line' && reader.head !== null) methods.push(reader.head.line.method.text)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
  if (reader.state === 'line' && reader.asksHead) methods.push('HEAD')
  return methods
}
