/**
 * Bytes in, requests out, one step at a time. "Not yet" is the step `waiting`; a violation is thrown once, where it is
 * read. The steps do not depend on how the bytes were cut, except for how many `data` steps a body takes.
 */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { type BodyReader, ChunkedBody, LengthBody } from './bodyReaders.ts'
import { type FieldLine, parseFieldLine } from './fieldLine.ts'
import type { ReadLimits } from './limits.ts'
import { LineReader } from './lineReader.ts'
import { firstByteFault, firstLineFault } from './otherProtocols.ts'
import { checkTrailer, type Field, RequestHead } from './requestHead.ts'
import { parseRequestLine } from './requestLine.ts'

/**
 * What a step has read: `line` (then `head` is the new request's), `field` (then `field` is it, of the head or of the
 * trailer section), `head` (all fields are in), `data` (then `body.data` is it), `end` (the request is complete).
 */
export type ReaderStep = 'waiting' | 'line' | 'field' | 'head' | 'data' | 'end'

/** RFC 9112 2.1: HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]. What comes after what. */
export const READER_STATES = {
  line: { line: 'fields' },
  fields: { field: 'fields', head: 'body' },
  body: { data: 'body', trailer: 'trailer', end: 'line' },
  trailer: { field: 'trailer', end: 'line' },
} as const
export type ReaderState = keyof typeof READER_STATES

/** Refused before the end of the line was there: by its first byte, or for its length. */
const BEFORE_ITS_END: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'tls-hello',
  'uwsgi-packet',
  'proxy-header',
  'not-http-byte',
  'request-line-too-long',
])

/** How a line begins that asks with HEAD. */
const HEAD = 'HEAD '

export class RequestReader {
  state: ReaderState = 'line'
  head: RequestHead | null = null
  field: Field | null = null
  body: BodyReader | null = null
  readonly #buffer: ReceiveBuffer
  readonly #limits: ReadLimits
  readonly #lines: LineReader
  readonly #fieldLine: FieldLine = { colon: 0, valueStart: 0, valueEnd: 0 }
  /** Absolute offset of the request line. */
  #lineStart = 0
  /** Empty lines in front of it. */
  #blankLines = 0
  /** Of the current head or trailer section. */
  #fieldCount = 0
  #fieldBytes = 0

  constructor(buffer: ReceiveBuffer, limits: ReadLimits) {
    this.#buffer = buffer
    this.#limits = limits
    this.#lines = new LineReader(buffer)
  }

  /** @throws ProtocolError */
  advance(): ReaderStep {
    switch (this.state) {
      case 'line':
        return this.#readLine()
      case 'fields':
        return this.#readField()
      case 'body':
        return this.#readBody()
      case 'trailer':
        return this.#readTrailer()
    }
  }

  /** Whether the request line, which need not be complete or right, asks with HEAD (RFC 9110 9.3.2: no body then). */
  get asksHead(): boolean {
    const buffer = this.#buffer
    const lines = this.#lines
    const lineStart = this.#lineStart
    if (buffer.start > lineStart) return lines.text.startsWith(HEAD, lineStart - lines.base)
    return buffer.text(lineStart, Math.min(buffer.end, lineStart + HEAD.length)) === HEAD
  }

  #readLine(): ReaderStep {
    const lines = this.#lines
    try {
      if (!this.#nextRequestLine()) return 'waiting'
      this.head = new RequestHead(parseRequestLine(lines.text, lines.start, lines.end, lines.base))
    } catch (error) {
      throw error instanceof ProtocolError ? this.#named(error) : error
    }
    this.field = null
    this.body = null
    this.#fieldCount = 0
    this.#fieldBytes = 0
    this.state = READER_STATES.line.line
    return 'line'
  }

  #nextRequestLine(): boolean {
    const buffer = this.#buffer
    const lines = this.#lines
    const limits = this.#limits
    // RFC 9112 2.2: "a server [...] SHOULD ignore at least one empty line (CRLF) received prior to the request-line".
    for (;;) {
      this.#lineStart = buffer.start
      const first = buffer.at(buffer.start)
      if (first === -1) return false
      const fault = firstByteFault(first, buffer.start, this.#blankLines)
      if (fault !== null) throw fault
      if (!lines.next(limits.requestLine, 'request-line-too-long')) return false
      if (lines.start < lines.end) break
      this.#blankLines++
    }
    this.#blankLines = 0
    return true
  }

  /** A line of another protocol is called by its name, whatever else is wrong with it. */
  #named(error: ProtocolError): ProtocolError {
    if (BEFORE_ITS_END.has(error.code)) return error
    const { text, base } = this.#lines
    const start = this.#lineStart - base
    const line = text.slice(start, text.indexOf('\n', start)).replace(/\r$/, '')
    return firstLineFault(line, this.#lineStart) ?? error
  }

  #readField(): ReaderStep {
    const lines = this.#lines
    const limits = this.#limits
    const { head } = this
    if (head === null || !this.#nextFieldLine()) return 'waiting'
    if (lines.start === lines.end) {
      head.finish(limits)
      this.state = READER_STATES.fields.head
      if (head.framing === 'length') this.body = new LengthBody(this.#buffer, head.contentLength)
      if (head.framing === 'chunked') this.body = new ChunkedBody(this.#buffer, lines, limits)
      return 'head'
    }
    const { colon, valueStart, valueEnd } = this.#fieldLine
    const name = lines.text.slice(lines.start, colon)
    const value = lines.text.slice(valueStart, valueEnd)
    this.field = head.add(name, value, lines.base + lines.start, lines.base + valueStart)
    return 'field'
  }

  #readBody(): ReaderStep {
    const step = this.body === null ? 'end' : this.body.advance()
    if (step === 'waiting' || step === 'data') return step
    this.state = READER_STATES.body[step]
    if (step === 'end') return 'end'
    this.#fieldCount = 0
    this.#fieldBytes = 0
    return this.#readTrailer()
  }

  /** RFC 9112 7.1.2: read, checked, and not merged into the head. */
  #readTrailer(): ReaderStep {
    const lines = this.#lines
    if (!this.#nextFieldLine()) return 'waiting'
    if (lines.start === lines.end) {
      this.state = READER_STATES.trailer.end
      return 'end'
    }
    const { colon, valueStart, valueEnd } = this.#fieldLine
    this.field = {
      name: lines.text.slice(lines.start, colon),
      value: lines.text.slice(valueStart, valueEnd),
      nameStart: lines.base + lines.start,
      valueStart: lines.base + valueStart,
      dropped: 'trailer',
    }
    checkTrailer(this.field)
    return 'field'
  }

  /** The next line of a head or trailer section: an empty one, or one that is parsed into `fieldLine`. */
  #nextFieldLine(): boolean {
    const lines = this.#lines
    const limits = this.#limits
    if (!lines.next(limits.headerField, 'header-too-long')) return false
    if (lines.start === lines.end) return true
    this.#fieldCount++
    if (this.#fieldCount > limits.headerFields) throw this.#lineFault('headers-too-many', limits.headerFields)
    this.#fieldBytes += lines.end - lines.start + 2
    if (this.#fieldBytes > limits.headerBytes) throw this.#lineFault('headers-too-large', limits.headerBytes)
    parseFieldLine(lines.text, lines.start, lines.end, lines.base, this.#fieldLine)
    return true
  }

  /** The line that was read last is one too many. */
  #lineFault(code: RefusalCode, limit: number): ProtocolError {
    const { base, start, end } = this.#lines
    return new ProtocolError(code, { start: base + start, end: base + end }, limit)
  }
}
