/**
 * Bytes in, requests out, one step at a time: the twin of http1/requestReader.ts for the uwsgi protocol. The steps do not
 * depend on how the bytes were cut, except for how many `data` steps a body takes.
 */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { LengthBody } from '../http1/bodyReaders.ts'
import type { ReadLimits } from '../http1/limits.ts'
import { ProtocolError } from '../refusals/refusals.ts'
import { HEADER_BYTES, type PacketHeader } from './packet.ts'
import { readHeader } from './packetHeader.ts'
import { type PacketRequest, readRequest } from './packetRequest.ts'
import { parseVariables } from './variables.ts'

/**
 * `packet`: all variables are in (then `request` is the new one). `head`: nothing but its body is missing. `data`: a piece of that
 * (then `body.data` is it).
 */
export type PacketStep = 'waiting' | 'packet' | 'head' | 'data' | 'end'

export class PacketReader {
  request: PacketRequest | null = null
  body: LengthBody | null = null
  #state: 'header' | 'variables' | 'packet' | 'body' = 'header'
  #header: PacketHeader | null = null
  readonly #buffer: ReceiveBuffer
  readonly #limits: ReadLimits

  constructor(buffer: ReceiveBuffer, limits: ReadLimits) {
    this.#buffer = buffer
    this.#limits = limits
  }

  /** Between requests, with no byte of the next one there. */
  get idle(): boolean {
    return this.#state === 'header' && this.#buffer.length === 0
  }

  /** @throws ProtocolError */
  advance(): PacketStep {
    switch (this.#state) {
      case 'header':
        return this.#readHeader() ? this.#readVariables() : 'waiting'
      case 'variables':
        return this.#readVariables()
      case 'packet':
        this.#state = 'body'
        return 'head'
      case 'body':
        return this.#readBody()
    }
  }

  #readHeader(): boolean {
    const buffer = this.#buffer
    if (buffer.length < HEADER_BYTES) return false
    const header = readHeader(buffer)
    const { start } = buffer
    if (header.datasize > this.#limits.headerBytes) {
      throw new ProtocolError('packet-too-large', { start: start + 1, end: start + 3 }, this.#limits.headerBytes)
    }
    buffer.release(start + HEADER_BYTES)
    this.#header = header
    this.#state = 'variables'
    return true
  }

  #readVariables(): PacketStep {
    const buffer = this.#buffer
    const header = this.#header
    if (header === null || buffer.length < header.datasize) return 'waiting'
    const { start } = buffer
    const text = buffer.text(start, start + header.datasize)
    const request = readRequest(header, parseVariables(text, start), this.#limits)
    buffer.release(start + header.datasize)
    this.request = request
    this.body = request.contentLength === null ? null : new LengthBody(buffer, request.contentLength)
    this.#state = 'packet'
    return 'packet'
  }

  #readBody(): PacketStep {
    const step = this.body === null ? 'end' : this.body.advance()
    if (step === 'waiting' || step === 'data') return step
    this.#state = 'header'
    return 'end'
  }
}
