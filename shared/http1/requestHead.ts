/** What the head of a request says, and the rules that need all of it. */
import type { Span } from '../bytes/span.ts'
import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { type FieldName, fieldName, type SpecialField } from './fieldName.ts'
import { isDigits, isHost, isToken, listElements } from './grammar.ts'
import type { ReadLimits } from './limits.ts'
import type { RequestLine } from './requestLine.ts'

/**
 * Why a field does not reach the application: `underscore` (in the environ it would collide with the name that has a
 * hyphen), `coding-undone` (Transfer-Encoding), `replaced-by-target` (Host beside an absolute target), `trailer`.
 */
export type Dropped = 'underscore' | 'coding-undone' | 'replaced-by-target' | 'trailer'

/**
 * A name and a value where they stand in the stream: of a header line, or of a variable of a packet. Texts end at their start +
 * length: one code point is one byte.
 */
export interface FieldText {
  readonly name: string
  readonly value: string
  /** Absolute offsets. */
  readonly nameStart: number
  readonly valueStart: number
}

/** A header line. */
export interface Field extends FieldText {
  readonly dropped: Dropped | null
}

export const nameSpan = (field: FieldText): Span => ({
  start: field.nameStart,
  end: field.nameStart + field.name.length,
})
export const valueSpan = (field: FieldText): Span => ({
  start: field.valueStart,
  end: field.valueStart + field.value.length,
})

/** How the end of the body is found. */
export type RequestFraming = 'none' | 'length' | 'chunked'

export class RequestHead {
  readonly line: RequestLine
  readonly fields: Field[] = []
  framing: RequestFraming = 'none'
  /** Of the body, as announced; 0 unless `framing` is `length`. */
  contentLength = 0
  /** Whether the client keeps the connection open for another request. */
  keepAlive: boolean
  /** The client waits for `100 Continue` before it sends the body. */
  expectsContinue = false

  #closeAsked = false
  #host: Field | null = null
  #contentType: Field | null = null
  #length: Field | null = null
  readonly #codings: Field[] = []
  readonly #expectations: Field[] = []

  constructor(line: RequestLine) {
    this.line = line
    // RFC 9112 9.3: 1.1 persists unless told otherwise, 1.0 does not.
    this.keepAlive = line.minor > 0
  }

  get http10(): boolean {
    return this.line.minor === 0
  }

  /** @throws ProtocolError for what this field alone, or this one after an earlier one, makes wrong. */
  add(name: string, value: string, nameStart: number, valueStart: number): Field {
    const known = fieldName(name)
    const field: Field = { name: known.text, value, nameStart, valueStart, dropped: this.#whyDropped(known) }
    this.fields.push(field)
    if (known.special !== null) this.#read(field, known.special)
    return field
  }

  /**
   * The head is complete.
   * @throws ProtocolError for what is missing, or cannot be served.
   */
  finish(limits: ReadLimits): void {
    // RFC 9112 3.2: "A server MUST respond with a 400 to any HTTP/1.1 request message that lacks a Host header field".
    if (this.#host === null && !this.http10) throw new ProtocolError('host-missing', null)
    this.#decideFraming(limits)
    this.#readExpectations()
  }

  #whyDropped({ special, hasUnderscore }: FieldName): Dropped | null {
    if (special === 'transfer-encoding') return 'coding-undone'
    if (special === 'host' && this.line.authority !== null) return 'replaced-by-target'
    return hasUnderscore ? 'underscore' : null
  }

  #read(field: Field, name: SpecialField): void {
    switch (name) {
      case 'host':
        if (this.#host !== null) throw new ProtocolError('host-repeated', nameSpan(field))
        if (!isHost(field.value)) throw new ProtocolError('host-invalid', valueSpan(field))
        this.#host = field
        return
      case 'content-type':
        if (this.#contentType !== null) throw new ProtocolError('content-type-repeated', nameSpan(field))
        this.#contentType = field
        return
      case 'content-length':
        if (this.#length !== null) throw new ProtocolError('length-repeated', nameSpan(field))
        if (!isDigits(field.value)) throw new ProtocolError('length-invalid', valueSpan(field))
        this.#length = field
        return
      case 'transfer-encoding':
        this.#codings.push(field)
        return
      case 'connection':
        this.#readConnection(field)
        return
      case 'expect':
        this.#expectations.push(field)
    }
  }

  // RFC 9112 9.3: close is heeded in every version, keep-alive in 1.0, and close wins.
  #readConnection(field: Field): void {
    const options = listElements(field.value)
    if (options.includes('close')) this.#closeAsked = true
    if (options.includes('keep-alive')) this.keepAlive = true
    if (this.#closeAsked) this.keepAlive = false
  }

  /** RFC 9112 6.3, in its order, as far as it speaks of requests. */
  #decideFraming(limits: ReadLimits): void {
    const coding = this.#codings[0]
    if (coding !== undefined) {
      // 6.1: "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding header field MUST treat
      // the message as if the framing is faulty".
      if (this.http10) throw new ProtocolError('coding-on-http10', nameSpan(coding))
      // 3. Both: "ought to be handled as an error".
      if (this.#length !== null) throw new ProtocolError('length-and-coding', nameSpan(this.#length))
      // 4. "If a Transfer-Encoding header field is present in a request and the chunked transfer coding is not the final
      //    encoding [...] the server MUST respond with the 400".
      const wrong = codingFault(this.#codings)
      if (wrong !== null) throw new ProtocolError(wrong.code, valueSpan(wrong.field))
      this.framing = 'chunked'
    } else if (this.#length !== null) {
      // 5. and 6. An invalid or repeated Content-Length was refused where it was read.
      this.framing = 'length'
      this.contentLength = Number(this.#length.value)
      if (this.contentLength > limits.body)
        throw new ProtocolError('body-too-large', valueSpan(this.#length), limits.body)
    }
    // 7. "If this is a request message and none of the above are true, then the message body length is zero".
  }

  /** RFC 9110 10.1.1: "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore" it. */
  #readExpectations(): void {
    if (this.http10) return
    for (const field of this.#expectations) {
      // 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
      const expectations = listElements(field.value).filter((expectation) => expectation !== '')
      if (expectations.some((expectation) => expectation !== '100-continue')) {
        throw new ProtocolError('expect-unknown', valueSpan(field))
      }
      if (expectations.length > 0) this.expectsContinue = true
    }
  }
}

/**
 * RFC 9112 6.1 and 7: what is wrong with the codings of all Transfer-Encoding lines taken together. An empty element of
 * the list is refused, though RFC 9110 5.6.1.2 would have it ignored: a policy, since servers disagree on it, and where
 * the body ends must not be a matter of opinion.
 */
function codingFault(lines: Field[]): { code: RefusalCode; field: Field } | null {
  let fault: { code: RefusalCode; field: Field } | null = null
  let chunked = 0
  let last = ''
  for (const field of lines) {
    for (const coding of listElements(field.value)) {
      // transfer-coding = token *( OWS ";" OWS transfer-parameter ); chunked has no parameters, and no other is known.
      const name = coding.split(';', 1)[0]?.trimEnd() ?? ''
      if (!isToken(name) || (name === 'chunked' && name !== coding)) return { code: 'coding-invalid', field }
      if (name === 'chunked') chunked++
      else fault ??= { code: 'coding-unknown', field }
      last = name
    }
  }
  const field = lines[lines.length - 1]
  if (field === undefined) return null
  if (chunked > 1) return { code: 'coding-repeated', field }
  if (chunked === 1 && last !== 'chunked') return { code: 'coding-not-last', field }
  return fault
}

// RFC 9110 6.5.1: no trailer where the field is "necessary for message framing, routing, request modifiers,
// authentication, or content format", or speaks of this connection only.
const FORBIDDEN_TRAILERS = new Set(
  `authorization cache-control connection content-encoding content-length content-location content-range content-type
   cookie expect forwarded host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive
   max-forwards origin pragma proxy-authorization proxy-connection range referer te trailer transfer-encoding upgrade
   x-forwarded-for x-forwarded-host x-forwarded-proto`.split(/\s+/),
)

/** @throws ProtocolError when the field may not stand behind the body. */
export function checkTrailer(field: Field): void {
  if (FORBIDDEN_TRAILERS.has(field.name.toLowerCase())) throw new ProtocolError('trailer-forbidden', nameSpan(field))
}
