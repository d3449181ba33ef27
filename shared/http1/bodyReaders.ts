/** RFC 9112 6 and 7.1: the body of a request, piece by piece, by its framing. */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { ProtocolError } from '../refusals/refusals.ts'
import { CR, LF, scanChunkExtensions, scanHex } from './grammar.ts'
import type { ReadLimits } from './limits.ts'
import type { LineReader } from './lineReader.ts'

/** `trailer`: the data is complete, lines of the trailer section follow. */
export type BodyStep = 'waiting' | 'data' | 'trailer' | 'end'

const NO_DATA = new Uint8Array(0)
/** Spans of a body that are kept, as events.ts has it. */
const MOST_SPANS = 4096

export abstract class BodyReader {
  /** The piece that the last step, `data`, has read. */
  data: Uint8Array = NO_DATA
  /** Bytes of data so far, without framing. */
  received = 0
  /** Where the data stands in the stream: start, end, start, end, … */
  readonly spans: number[] = []
  protected readonly buffer: ReceiveBuffer

  constructor(buffer: ReceiveBuffer) {
    this.buffer = buffer
  }

  /** @throws ProtocolError */
  abstract advance(): BodyStep

  /** Takes at most `count` bytes of data; their span is already known. */
  protected take(count: number): void {
    this.data = this.buffer.take(count)
    this.received += this.data.length
  }

  protected addSpan(start: number, length: number): void {
    if (length > 0 && this.spans.length < 2 * MOST_SPANS) this.spans.push(start, start + length)
  }
}

/** RFC 9112 6.2: as many bytes as Content-Length says. */
export class LengthBody extends BodyReader {
  readonly #length: number

  constructor(buffer: ReceiveBuffer, length: number) {
    super(buffer)
    this.#length = length
    this.addSpan(buffer.start, length)
  }

  advance(): BodyStep {
    if (this.received === this.#length) return 'end'
    if (this.buffer.length === 0) return 'waiting'
    this.take(this.#length - this.received)
    return 'data'
  }
}

/**
 * RFC 9112 7.1: chunked-body = *chunk last-chunk trailer-section CRLF, chunk = chunk-size [ chunk-ext ] CRLF
 * chunk-data CRLF. What the reader expects next, and what that leads to, is the table.
 */
const CHUNKED_STATES = {
  size: { chunk: 'data', lastChunk: 'trailer' },
  data: { complete: 'cr' },
  cr: { read: 'lf' },
  lf: { read: 'size' },
  trailer: {},
} as const

export class ChunkedBody extends BodyReader {
  #state: keyof typeof CHUNKED_STATES = 'size'
  /** Bytes of the current chunk that have not been read. */
  #remaining = 0
  readonly #lines: LineReader
  readonly #limits: ReadLimits

  constructor(buffer: ReceiveBuffer, lines: LineReader, limits: ReadLimits) {
    super(buffer)
    this.#lines = lines
    this.#limits = limits
  }

  advance(): BodyStep {
    for (;;) {
      switch (this.#state) {
        case 'size':
          if (!this.#lines.next(this.#limits.chunkLine, 'chunk-line-too-long')) return 'waiting'
          this.#remaining = this.#readSize()
          this.addSpan(this.buffer.start, this.#remaining)
          this.#state = CHUNKED_STATES.size[this.#remaining === 0 ? 'lastChunk' : 'chunk']
          break
        case 'data':
          if (this.buffer.length === 0) return 'waiting'
          this.take(this.#remaining)
          this.#remaining -= this.data.length
          if (this.#remaining === 0) this.#state = CHUNKED_STATES.data.complete
          return 'data'
        case 'cr':
          if (!this.#readByte(CR)) return 'waiting'
          this.#state = CHUNKED_STATES.cr.read
          break
        case 'lf':
          if (!this.#readByte(LF)) return 'waiting'
          this.#state = CHUNKED_STATES.lf.read
          break
        case 'trailer':
          return 'trailer'
      }
    }
  }

  /** RFC 9112 7.1: chunk-size = 1*HEXDIG */
  #readSize(): number {
    const { text, start, end, base } = this.#lines
    const sizeEnd = scanHex(text, start, end)
    if (sizeEnd === start)
      throw new ProtocolError('chunk-size', { start: base + start, end: base + Math.max(end, start + 1) })
    const extensionsEnd = sizeEnd === end ? end : scanChunkExtensions(text, sizeEnd, end)
    if (extensionsEnd !== end) {
      // `0x3` and `1_0` are sizes to some parsers; to this one they are not extensions either.
      const code = extensionsEnd === sizeEnd && text[sizeEnd] !== ';' ? 'chunk-size' : 'chunk-extension'
      throw new ProtocolError(code, { start: base + extensionsEnd, end: base + extensionsEnd + 1 })
    }
    const size = Number.parseInt(text.slice(start, sizeEnd), 16)
    if (size > this.#limits.body - this.received) {
      throw new ProtocolError('body-too-large', { start: base + start, end: base + sizeEnd }, this.#limits.body)
    }
    return size
  }

  #readByte(expected: number): boolean {
    if (this.buffer.length === 0) return false
    const at = this.buffer.start
    if (this.buffer.at(at) !== expected) throw new ProtocolError('chunk-end', { start: at, end: at + 1 })
    this.buffer.release(at + 1)
    return true
  }
}
