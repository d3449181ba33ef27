/**
 * Reads responses off a connection as a client does (RFC 9112 sections 6 and 7), piece by piece, as they come. Lenient
 * where a client may be: a lone line feed ends a line.
 */

import { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { LF } from './grammar.ts'
import { type ResponseFraming, ResponseHead } from './responseHead.ts'

/** `weird`: not HTTP. `partial`: the end came too early. `nothing`: there was no response. `framing`: chunks are wrong. */
export type ResponseFault = 'weird' | 'partial' | 'nothing' | 'framing'

export class ResponseError extends Error {
  override readonly name = 'ResponseError'
  readonly fault: ResponseFault

  constructor(fault: ResponseFault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** The pieces of a stream, one after the other, are all its bytes: `raw` of a head, `data` of the others. */
export type ResponsePiece =
  /** `interim` for 1xx, which another one follows; 101 is final. */
  | { kind: 'head'; head: ResponseHead; interim: boolean }
  /** Some of the body, without framing; `chunk` counts the chunks of the chunked coding. */
  | { kind: 'body'; data: Uint8Array; chunk: number }
  | { kind: 'framing'; data: Uint8Array }
  | { kind: 'trailer'; line: string; data: Uint8Array }
  | { kind: 'end'; keepAlive: boolean }

type State =
  | { at: 'head' }
  | { at: 'length'; left: number }
  | { at: 'chunkSize' }
  | { at: 'chunkData'; left: number }
  | { at: 'chunkEnd' }
  | { at: 'trailer' }
  | { at: 'close' }

/** The longest head, chunk line or trailer line that is waited for. */
const LINE_LIMIT = 256 * 1024

/** How much is decoded at first: most heads, and not much of a body that follows. */
const WINDOW = 1024

export class ResponseReader {
  readonly #methodOf: (response: number) => string
  readonly #buffer = new ReceiveBuffer()
  #state: State = { at: 'head' }
  #keepAlive = true
  #chunk = -1
  /** Absolute offset of the end of the line that was read last. */
  #lineEnd = -1
  /** Final responses that are complete. */
  responses = 0

  /** `methodOf` gives the method that the Nth response answers (from 0): an answer to HEAD has no body. */
  constructor(methodOf: (response: number) => string) {
    this.#methodOf = methodOf
  }

  /** Between two responses: nothing of the next one has arrived. */
  get between(): boolean {
    return this.#state.at === 'head' && this.#buffer.length === 0
  }

  /** How many bytes have arrived that no piece has been made of. */
  get waiting(): number {
    return this.#buffer.length
  }

  append(data: Uint8Array): void {
    if (data.length > 0) this.#buffer.append(data)
  }

  /** The next piece; null for "not yet". @throws ResponseError when this is not HTTP. */
  next(): ResponsePiece | null {
    const state = this.#state
    switch (state.at) {
      case 'head':
        return this.#head()
      case 'length':
        if (state.left === 0) return this.#finish()
        return this.#body(state)
      case 'chunkSize':
        return this.#chunkSize()
      case 'chunkData':
        if (state.left === 0) {
          this.#state = { at: 'chunkEnd' }
          return this.next()
        }
        return this.#body(state)
      case 'chunkEnd': {
        const line = this.#line()
        if (line === null) return null
        if (line !== '') throw new ResponseError('framing', 'a chunk is longer than its size')
        this.#state = { at: 'chunkSize' }
        return { kind: 'framing', data: this.#takeLine() }
      }
      case 'trailer': {
        const line = this.#line()
        if (line === null) return null
        if (line !== '') return { kind: 'trailer', line, data: this.#takeLine() }
        this.#state = { at: 'length', left: 0 }
        return { kind: 'framing', data: this.#takeLine() }
      }
      case 'close':
        return this.#body(null)
    }
  }

  /** As `append`, and all there is to read then. @throws ResponseError */
  push(data: Uint8Array): ResponsePiece[] {
    this.append(data)
    const pieces: ResponsePiece[] = []
    for (let piece = this.next(); piece !== null; piece = this.next()) pieces.push(piece)
    return pieces
  }

  /** The server has closed, and `next` has nothing more. @throws ResponseError when that leaves a response incomplete. */
  end(): ResponsePiece[] {
    const state = this.#state
    if (state.at === 'close') {
      this.#keepAlive = false
      return [this.#finish()]
    }
    if (this.between) {
      if (this.responses > 0) return []
      throw new ResponseError('nothing', 'Empty reply from server')
    }
    const missing = state.at === 'length' ? `${state.left} bytes remaining to read` : 'outstanding read data remaining'
    throw new ResponseError('partial', `transfer closed with ${missing}`)
  }

  /** All that waits, and is not read any more. */
  rest(): Uint8Array {
    return this.#buffer.take(this.#buffer.length)
  }

  #head(): ResponsePiece | null {
    const buffer = this.#buffer
    if (buffer.length === 0) return null
    const end = this.#headEnd()
    if (end === null) return null
    const { text } = end
    const head = ResponseHead.parse(text)
    if (head === null) throw new ResponseError('weird', `not a status line: ${JSON.stringify(firstLine(text))}`)
    if (!head.interim) {
      const framing = head.framing(this.#methodOf(this.responses))
      if (framing === null) throw new ResponseError('weird', `not a Content-Length: ${head.header('content-length')}`)
      this.#state = bodyState(framing)
      this.#keepAlive = head.keepAlive
      this.#chunk = -1
    }
    head.raw = buffer.take(end.raw)
    return { kind: 'head', head, interim: head.interim }
  }

  /** The head without the line ends behind it, and its length with them; null for "not yet". */
  #headEnd(): { text: string; raw: number } | null {
    const buffer = this.#buffer
    const most = Math.min(buffer.length, LINE_LIMIT)
    for (let length = Math.min(WINDOW, most); ; length = Math.min(length * 4, most)) {
      const text = buffer.text(buffer.start, buffer.start + length)
      if (!'HTTP/'.startsWith(text.slice(0, 5))) throw notAResponse(text)
      const [crlf, lf] = [text.indexOf('\n\r\n'), text.indexOf('\n\n')]
      if (crlf !== -1 || lf !== -1) {
        const [at, length] = lf === -1 || (crlf !== -1 && crlf < lf) ? [crlf, 3] : [lf, 2]
        return { text: text.slice(0, text[at - 1] === '\r' ? at - 1 : at), raw: at + length }
      }
      if (length < most) continue
      if (most === LINE_LIMIT) throw notAResponse(text)
      return null
    }
  }

  #chunkSize(): ResponsePiece | null {
    const line = this.#line()
    if (line === null) return null
    const digits = /^[0-9a-f]{1,13}(?=[ \t]*(;|$))/i.exec(line)?.[0]
    if (digits === undefined) {
      throw new ResponseError('framing', `this is not the size of a chunk: ${JSON.stringify(line)}`)
    }
    const left = Number.parseInt(digits, 16)
    this.#state = left === 0 ? { at: 'trailer' } : { at: 'chunkData', left }
    this.#chunk++
    return { kind: 'framing', data: this.#takeLine() }
  }

  /** Some of the body: at most what is left, where that is known. */
  #body(bounds: { left: number } | null): ResponsePiece | null {
    if (this.#buffer.length === 0) return null
    const data = this.#buffer.take(bounds?.left ?? this.#buffer.length)
    if (bounds !== null) bounds.left -= data.length
    return { kind: 'body', data, chunk: Math.max(0, this.#chunk) }
  }

  #finish(): ResponsePiece {
    this.#state = { at: 'head' }
    this.responses++
    return { kind: 'end', keepAlive: this.#keepAlive }
  }

  /** A line of the framing, without its end; null for "not yet". It is not taken: what is wrong with it still waits. */
  #line(): string | null {
    const buffer = this.#buffer
    this.#lineEnd = buffer.find(LF, buffer.start + LINE_LIMIT)
    if (this.#lineEnd !== -1) return buffer.text(buffer.start, this.#lineEnd).replace(/\r$/, '')
    if (buffer.length < LINE_LIMIT) return null
    throw new ResponseError('framing', 'a line in the framing of the body does not end')
  }

  #takeLine(): Uint8Array {
    return this.#buffer.take(this.#lineEnd + 1 - this.#buffer.start)
  }
}

const notAResponse = (text: string): ResponseError =>
  new ResponseError('weird', `this is not a response: ${JSON.stringify(text.slice(0, 40))}`)

const firstLine = (text: string): string => /^[^\r\n]*/.exec(text)?.[0] ?? ''

function bodyState(framing: ResponseFraming): State {
  switch (framing.by) {
    case 'length':
      return { at: 'length', left: framing.length }
    case 'chunked':
      return { at: 'chunkSize' }
    case 'close':
      return { at: 'close' }
  }
}
