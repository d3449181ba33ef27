/**
 * One response on its way out. PEP 3333: the head waits for the first non-empty chunk, the first write() of one, or the
 * end, so that the application may still change its mind.
 */
import { isDigits } from '../http1/grammar.ts'
import type { SegmentWriter } from '../http1/segments.ts'
import { decideFraming, type ResponseFraming } from './framing.ts'

/** What the request decides about its answer. */
export interface ResponseTerms {
  method: string
  http10: boolean
  /** Whether the client would send another request on this connection. */
  keepAlive: boolean
  chunkable: boolean
}

/** Of a request that could not be read: answered so that any client understands. */
export const UNREAD: ResponseTerms = { method: '', http10: false, keepAlive: false, chunkable: true }

/** Whose words these are; the gateway's own answers take the same way as the application's. */
export type Author = 'application' | 'gateway'

export interface Moment {
  /** The value of the Date header. */
  date: string
  /** Whether the connection may be kept, as far as the gateway is concerned. */
  mayStay: boolean
}

const SERVER = 'wsgiscope'

/** The names of `header:N` and `chunk:N`, so that a busy server does not make them again and again. */
const numbered = (what: string) => {
  const names = Array.from({ length: 64 }, (_, n) => `${what}:${n}`)
  return (n: number): string => names[n] ?? `${what}:${n}`
}
const headerOrigin = numbered('header')
const chunkOrigin = numbered('chunk')

/** Until the head is sent. */
const UNDECIDED: ResponseFraming = { body: 'close', length: 0, adds: null, keepsDeclared: true }

export class Response {
  readonly author: Author
  /** 0 until start_response was called. */
  status = 0
  headSent = false
  /** The connection must be closed after this response; known once the head is sent. */
  closes = false
  /** The application's Content-Length header is unusable, or not allowed in this response. */
  #faultyLength = false
  readonly #writer: SegmentWriter
  #statusLine = ''
  #headers: readonly (readonly [string, string])[] = []
  #framing = UNDECIDED
  /** Bytes that Content-Length still promises. */
  #remaining = 0

  constructor(author: Author, writer: SegmentWriter) {
    this.author = author
    this.#writer = writer
  }

  get started(): boolean {
    return this.status !== 0
  }

  /** Whether the client has been given every byte that the head promised. */
  get fulfilled(): boolean {
    return this.#framing.body === 'none' || (this.#framing.body === 'length' && this.#remaining === 0)
  }

  /** Whether bytes of a body go to the client at all. */
  get bodiless(): boolean {
    return this.#framing.body === 'none'
  }

  /** Whether Content-Length is the gateway's own: from the one chunk that the application promised. */
  get lengthComputed(): boolean {
    return this.#framing.adds === 'content-length'
  }

  /** start_response, also once more with exc_info while the head has not been sent. */
  start(status: string, headers: readonly (readonly [string, string])[]): void {
    this.#statusLine = status
    this.status = Number.parseInt(status, 10)
    this.#headers = headers
  }

  /** Sends the head. `known` is the length of the whole body where the gateway can tell. */
  sendHead(terms: ResponseTerms, known: number | null, moment: Moment): void {
    const writer = this.#writer
    const own = this.author === 'gateway'
    const found = this.#readHeaders()
    this.#framing = decideFraming({
      method: terms.method,
      http10: terms.http10,
      chunkable: terms.chunkable,
      status: this.status,
      declared: found.length,
      known,
    })
    const framing = this.#framing
    this.#remaining = framing.length
    this.#faultyLength = found.invalidLength || (found.length !== null && !framing.keepsDeclared)
    this.closes = !terms.keepAlive || !moment.mayStay || framing.body === 'close' || this.status < 200
    this.headSent = true

    writer.text('HTTP/1.1 ', 'server:version')
    writer.text(this.#statusLine, own ? 'server:status' : 'status')
    writer.text('\r\n', 'framing')
    for (let n = 0; n < this.#headers.length; n++) {
      const header = this.#headers[n]
      if (header === undefined || (this.#faultyLength && isContentLength(header[0]))) continue
      this.#line(`${header[0]}: ${header[1]}`, own ? `server:${header[0].toLowerCase()}` : headerOrigin(n))
    }
    if (!found.date) this.#line(`Date: ${moment.date}`, 'server:date')
    if (!found.server) this.#line(`Server: ${SERVER}`, 'server:server')
    if (framing.adds === 'content-length') this.#line(`Content-Length: ${framing.length}`, 'server:content-length')
    if (framing.adds === 'transfer-encoding') this.#line('Transfer-Encoding: chunked', 'server:transfer-encoding')
    // RFC 9112 9.6: close is announced. 9.3: staying is announced to HTTP/1.0 clients, who asked for it.
    if (this.closes) this.#line('Connection: close', 'server:connection')
    else if (terms.http10) this.#line('Connection: keep-alive', 'server:connection')
    writer.text('\r\n', 'framing')
  }

  /** Sends as much of `data` (not empty, the Nth piece) as the framing allows; answers how many bytes that was. */
  sendBody(data: Uint8Array, n: number): number {
    const writer = this.#writer
    const from = this.author === 'gateway' ? 'server:body' : chunkOrigin(n)
    switch (this.#framing.body) {
      case 'none':
        return 0
      case 'length': {
        // PEP 3333: "the server [...] should [...] stop iterating over the response when enough data has been sent".
        const allowed = data.length > this.#remaining ? data.subarray(0, this.#remaining) : data
        if (allowed.length > 0) writer.bytes(allowed, from)
        this.#remaining -= allowed.length
        return allowed.length
      }
      case 'chunked':
        writer.text(`${data.length.toString(16)}\r\n`, 'framing')
        writer.bytes(data, from)
        writer.text('\r\n', 'framing')
        return data.length
      case 'close':
        writer.bytes(data, from)
        return data.length
    }
  }

  /** The body is over. Answers whether the client has got all that it was promised. */
  end(): boolean {
    if (this.#framing.body === 'chunked') this.#writer.text('0\r\n\r\n', 'framing')
    return this.#framing.body === 'length' ? this.#remaining === 0 : true
  }

  #line(text: string, from: string): void {
    this.#writer.text(text, from)
    this.#writer.text('\r\n', 'framing')
  }

  #readHeaders() {
    const found = { date: false, server: false, length: null as number | null, invalidLength: false }
    for (const [name, value] of this.#headers) {
      if (name.length === 4 && name.toLowerCase() === 'date') found.date = true
      else if (name.length === 6 && name.toLowerCase() === 'server') found.server = true
      else if (isContentLength(name)) {
        if (found.length !== null || !isDigits(value)) found.invalidLength = true
        else found.length = Number(value)
      }
    }
    if (found.invalidLength) found.length = null
    return found
  }
}

const isContentLength = (name: string): boolean => name.length === 14 && name.toLowerCase() === 'content-length'
