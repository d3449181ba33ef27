/** The uwsgi protocol, as a connection wants to see a protocol. A connection carries one request: its end ends the connection. */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { nameSpan } from '../http1/requestHead.ts'
import type { EnvironEntry, TraceBody } from '../trace/events.ts'
import type { VariableDropped } from '../uwsgi/packet.ts'
import { PacketReader, type PacketStep } from '../uwsgi/packetReader.ts'
import type { PacketRequest } from '../uwsgi/packetRequest.ts'
import { surroundingEntries } from '../wsgi/environ.ts'
import type { Origins } from '../wsgi/environOrigins.ts'
import { buildPacketEnviron } from '../wsgi/packetEnviron.ts'
import { finding, type RuleId } from '../wsgi/referee.ts'
import { type ResponseTerms, UNREAD } from '../wsgi/response.ts'
import type { Protocol, ProtocolStep, Unfinished } from './protocol.ts'
import { bodyEvents, packetEvent } from './requestTrace.ts'
import type { GatewayOptions } from './types.ts'

const STEPS = {
  waiting: 'waiting',
  packet: 'begins',
  head: 'head',
  data: 'data',
  end: 'complete',
} as const satisfies Record<PacketStep, ProtocolStep>

const NO_DATA = new Uint8Array(0)

/** The answer is HTTP that the server in front reads to its length or to its end: it asks for no chunks, and closes. */
const ANSWER = { http10: false, keepAlive: false, chunkable: false } as const

/** What is said of a variable that the application does not get. The others are what every server in front sends. */
const SAID: Partial<Record<VariableDropped, RuleId>> = {
  code: 'variable-code',
  'server-key': 'variable-of-server',
  repeated: 'variable-repeated',
}

export class UwsgiProtocol implements Protocol {
  readonly unfinished: Unfinished = { eof: 'packet-incomplete', late: 'packet-timeout' }
  readonly unreadTerms: ResponseTerms = { ...UNREAD, ...ANSWER }
  readonly awaitsContinue = false
  readonly #reader: PacketReader
  readonly #surroundings: EnvironEntry[]

  constructor(options: GatewayOptions, buffer: ReceiveBuffer) {
    this.#reader = new PacketReader(buffer, options.limits)
    this.#surroundings = surroundingEntries(options)
  }

  advance(): ProtocolStep {
    return STEPS[this.#reader.advance()]
  }

  get idle(): boolean {
    return this.#reader.idle
  }

  get terms(): ResponseTerms {
    return { method: this.#reader.request?.method ?? '', ...ANSWER }
  }

  get data(): Uint8Array {
    return this.#reader.body?.data ?? NO_DATA
  }

  get bodyReceived(): number {
    return this.#reader.body?.received ?? 0
  }

  traceOf(step: ProtocolStep): TraceBody[] {
    const { request, body } = this.#reader
    if (step === 'begins' && request !== null) return [packetEvent(request), ...findings(request)]
    return step === 'complete' ? bodyEvents('length', body) : []
  }

  environ(origins: Origins): EnvironEntry[] {
    const { request, body } = this.#reader
    if (request === null) return []
    const about = body === null ? null : { length: body.received, spans: body.spans }
    return buildPacketEnviron(request, about, this.#surroundings, origins)
  }
}

function findings({ variables }: PacketRequest): TraceBody[] {
  return variables.flatMap((variable) => {
    const rule = variable.dropped === null ? undefined : SAID[variable.dropped]
    return rule === undefined ? [] : [finding(rule, nameSpan(variable))]
  })
}
