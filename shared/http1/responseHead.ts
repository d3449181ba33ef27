/** The head of a response. What decides where its body ends is read at once, all else when somebody asks for it. */
import { fieldName } from './fieldName.ts'
import { isDigits, listElements } from './grammar.ts'

/** How the end of the body is found (RFC 9112 section 6.3). */
export type ResponseFraming = { by: 'length'; length: number } | { by: 'chunked' } | { by: 'close' }

const NO_BYTES = new Uint8Array(0)

const STATUS_LINE = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/

export class ResponseHead {
  readonly version: string
  readonly status: number
  readonly reason: string
  /** The head as it came, its empty line included. */
  raw: Uint8Array = NO_BYTES
  /** Lines without their ends; `from` is where the first field begins. */
  readonly #text: string
  readonly #from: number
  #length: string | null = null
  #coding: string | null = null
  #connection: string | null = null

  private constructor(text: string, from: number, [, version = '', status = '', reason = '']: RegExpExecArray) {
    this.#text = text
    this.#from = from
    this.version = version
    this.status = Number(status)
    this.reason = reason
    this.#readFields()
  }

  /** `text` without the empty line; null where it does not begin with a status line. */
  static parse(text: string): ResponseHead | null {
    const lf = text.indexOf('\n')
    const end = lf === -1 ? text.length : lf
    const line = STATUS_LINE.exec(text.slice(0, text[end - 1] === '\r' ? end - 1 : end))
    return line === null ? null : new ResponseHead(text, end + 1, line)
  }

  /** 1xx: another one follows. 101 is final. */
  get interim(): boolean {
    return this.status < 200 && this.status !== 101
  }

  get headers(): [name: string, value: string][] {
    const lines = this.#text.length <= this.#from ? [] : this.#text.slice(this.#from).split(/\r?\n/)
    return lines.map((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
  }

  /** Of all fields of that name, joined; `name` in lower case. */
  header(name: string): string | null {
    const values = this.headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
    return values.length === 0 ? null : values.join(', ')
  }

  get keepAlive(): boolean {
    const options = this.#connection === null ? [] : listElements(this.#connection)
    return this.version === 'HTTP/1.1' ? !options.includes('close') : options.includes('keep-alive')
  }

  /** RFC 9112 section 6.3, in its order. Null where Content-Length is none. */
  framing(method: string): ResponseFraming | null {
    const coding = this.#coding
    const length = this.#length
    const { status } = this
    if (method === 'HEAD' || status === 204 || status === 304) return { by: 'length', length: 0 }
    // RFC 9110 sections 7.8 and 9.3.6: what follows is another protocol, or a tunnel.
    if (status === 101 || (method === 'CONNECT' && status < 300)) return { by: 'close' }
    if (coding !== null) return /(^|[, ])chunked$/i.test(coding) ? { by: 'chunked' } : { by: 'close' }
    if (length === null) return { by: 'close' }
    return isDigits(length) && length.length <= 15 ? { by: 'length', length: Number(length) } : null
  }

  #readFields(): void {
    const text = this.#text
    for (let at = this.#from; at < text.length; ) {
      const lf = text.indexOf('\n', at)
      const end = lf === -1 ? text.length : lf
      const initial = text.charCodeAt(at) | 0x20
      // Connection, Content-Length, Transfer-Encoding.
      if (initial === 0x63 || initial === 0x74) this.#readField(text, at, end)
      at = end + 1
    }
  }

  #readField(text: string, at: number, end: number): void {
    const colon = text.indexOf(':', at)
    if (colon === -1 || colon > end) return
    const { special } = fieldName(text.slice(at, colon))
    if (special === null) return
    const value = text.slice(colon + 1, end).trim()
    const after = (known: string | null): string => (known === null ? value : `${known}, ${value}`)
    if (special === 'content-length') this.#length = after(this.#length)
    else if (special === 'transfer-encoding') this.#coding = after(this.#coding)
    else if (special === 'connection') this.#connection = after(this.#connection)
  }
}
