/** Reads responses off a connection as a client does (RFC 9112 sections 6 and 7), piece by piece, as they come. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { ClientError } from './words.ts'

/** curl's exit codes: CURLE_WEIRD_SERVER_REPLY, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR. */
export const RESPONSE_CODE = { weird: 8, partial: 18, nothing: 52, receive: 56 } as const

export interface ResponseHead {
  version: string
  status: number
  reason: string
  headers: [name: string, value: string][]
  /** The head as it came, its empty line included. */
  raw: Uint8Array
}

export type Piece =
  /** A head; `interim` for 1xx, which another one follows. */
  | { kind: 'head'; head: ResponseHead; interim: boolean }
  /** Some of the body, without framing. */
  | { kind: 'body'; data: Uint8Array }
  | { kind: 'trailer'; line: string }
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

export class ResponseReader {
  readonly #methodOf: (response: number) => string
  #state: State = { at: 'head' }
  #buffered: Uint8Array = new Uint8Array(0)
  #responses = 0
  #keepAlive = true

  /** `methodOf` gives the method that the Nth response answers (from 0): an answer to HEAD has no body. */
  constructor(methodOf: (response: number) => string) {
    this.#methodOf = methodOf
  }

  /** Between two responses: nothing of the next one has arrived. */
  get between(): boolean {
    return this.#state.at === 'head' && this.#buffered.length === 0
  }

  /** Final responses that are complete. */
  get responses(): number {
    return this.#responses
  }

  /** @throws ClientError when this is not HTTP. */
  push(data: Uint8Array): Piece[] {
    this.#buffered = this.#buffered.length === 0 ? data : Buffer.concat([this.#buffered, data])
    const pieces: Piece[] = []
    while (this.#step(pieces)) {
      // Each step reads one thing; what it leaves is looked at again.
    }
    return pieces
  }

  /** The server has closed. @throws ClientError when that leaves a response incomplete. */
  end(): Piece[] {
    if (this.#state.at === 'close') {
      this.#finish()
      return [{ kind: 'end', keepAlive: false }]
    }
    if (this.between) {
      if (this.#responses > 0) return []
      throw new ClientError(RESPONSE_CODE.nothing, 'Empty reply from server')
    }
    const left = this.#state.at === 'length' ? ` with ${this.#state.left} bytes remaining to read` : ''
    throw new ClientError(RESPONSE_CODE.partial, `transfer closed${left || ' with outstanding read data remaining'}`)
  }

  /** Whether something was read, so that there may be more to read. */
  #step(pieces: Piece[]): boolean {
    const state = this.#state
    switch (state.at) {
      case 'head':
        return this.#head(pieces)
      case 'length':
      case 'chunkData': {
        const data = this.#take(Math.min(state.left, this.#buffered.length))
        if (data.length > 0) pieces.push({ kind: 'body', data })
        state.left -= data.length
        if (state.left > 0) return false
        if (state.at === 'length') pieces.push(this.#finish())
        else this.#state = { at: 'chunkEnd' }
        return true
      }
      case 'chunkSize': {
        const line = this.#line()
        if (line === null) return false
        const digits = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1]
        if (digits === undefined) {
          throw new ClientError(RESPONSE_CODE.receive, `not the size of a chunk: ${JSON.stringify(line)}`)
        }
        const left = Number.parseInt(digits, 16)
        this.#state = left === 0 ? { at: 'trailer' } : { at: 'chunkData', left }
        return true
      }
      case 'chunkEnd': {
        const line = this.#line()
        if (line === null) return false
        if (line !== '') throw new ClientError(RESPONSE_CODE.receive, 'a chunk is longer than its size')
        this.#state = { at: 'chunkSize' }
        return true
      }
      case 'trailer': {
        const line = this.#line()
        if (line === null) return false
        pieces.push(line === '' ? this.#finish() : { kind: 'trailer', line })
        return true
      }
      case 'close':
        if (this.#buffered.length > 0) pieces.push({ kind: 'body', data: this.#take(this.#buffered.length) })
        return false
    }
  }

  #head(pieces: Piece[]): boolean {
    if (this.#buffered.length === 0) return false
    const text = latin1Decode(this.#buffered.subarray(0, LINE_LIMIT))
    const end = /\r?\n\r?\n/.exec(text)
    if (!'HTTP/'.startsWith(text.slice(0, 5)) || (end === null && text.length >= LINE_LIMIT)) {
      throw new ClientError(RESPONSE_CODE.weird, `this is not a response: ${JSON.stringify(text.slice(0, 40))}`)
    }
    if (end === null) return false
    const raw = this.#take(end.index + end[0].length)
    const head = parseHead(text.slice(0, end.index), raw)
    const interim = head.status >= 100 && head.status < 200
    pieces.push({ kind: 'head', head, interim })
    if (interim) return true
    this.#keepAlive = keepsAlive(head)
    this.#state = bodyOf(head, this.#methodOf(this.#responses))
    return true
  }

  #finish(): Piece {
    this.#state = { at: 'head' }
    this.#responses++
    return { kind: 'end', keepAlive: this.#keepAlive }
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffered.subarray(0, length)
    this.#buffered = this.#buffered.subarray(length)
    return taken
  }

  #line(): string | null {
    const end = this.#buffered.indexOf(10)
    if (end < 0) {
      if (this.#buffered.length < LINE_LIMIT) return null
      throw new ClientError(RESPONSE_CODE.receive, 'a line in the framing of the body does not end')
    }
    return latin1Decode(this.#take(end + 1)).replace(/\r?\n$/, '')
  }
}

function parseHead(text: string, raw: Uint8Array): ResponseHead {
  const [statusLine = '', ...lines] = text.split(/\r?\n/)
  const [, version, status, reason = ''] = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/.exec(statusLine) ?? []
  if (version === undefined) {
    throw new ClientError(RESPONSE_CODE.weird, `not a status line: ${JSON.stringify(statusLine)}`)
  }
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return { version, status: Number(status), reason, headers, raw }
}

export function headerOf(head: ResponseHead, name: string): string | null {
  const values = head.headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? null : values.join(', ')
}

function keepsAlive(head: ResponseHead): boolean {
  const connection = (headerOf(head, 'connection') ?? '').toLowerCase()
  return head.version === 'HTTP/1.1' ? !connection.includes('close') : connection.includes('keep-alive')
}

/** RFC 9112 section 6.3, in its order. */
function bodyOf(head: ResponseHead, method: string): State {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return { at: 'length', left: 0 }
  const coding = headerOf(head, 'transfer-encoding')
  if (coding !== null) return /(^|[, ])chunked$/i.test(coding) ? { at: 'chunkSize' } : { at: 'close' }
  const length = headerOf(head, 'content-length')
  if (length === null) return { at: 'close' }
  if (!/^\d{1,15}$/.test(length)) {
    throw new ClientError(RESPONSE_CODE.weird, `not a Content-Length: ${JSON.stringify(length)}`)
  }
  return { at: 'length', left: Number(length) }
}
