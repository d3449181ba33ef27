/** Follows one answer as it arrives, no closer than it takes to know its status and its end. */
export class AnswerReader {
  #head = ''
  #framing: 'length' | 'chunked' | 'close' | null = null
  /** Bytes of the body that have not come yet. */
  #left = 0
  #tail = ''
  /** 0 until it is known. */
  status = 0

  /** Takes what has come; true when the answer is complete. */
  push(data: Buffer): boolean {
    const body = this.#framing === null ? this.#readHead(data) : data
    if (body === null) return false
    switch (this.#framing) {
      case 'length':
        this.#left -= body.length
        return this.#left <= 0
      case 'chunked':
        // The answers here have no such bytes in their bodies.
        this.#tail = (this.#tail + body.toString('latin1', Math.max(0, body.length - 7))).slice(-7)
        return this.#tail === '\r\n0\r\n\r\n'
      default:
        return false
    }
  }

  /** Whether the end of the stream is the end of the answer. */
  get endsWithStream(): boolean {
    return this.#framing === 'close'
  }

  /** Whether it says that its connection will end; HTTP/1.0 does unless told otherwise. */
  get saysClose(): boolean {
    return /^HTTP\/1\.0 |^connection: *close/im.test(this.#head)
  }

  #readHead(data: Buffer): Buffer | null {
    const before = this.#head.length
    this.#head += data.toString('latin1')
    const end = this.#head.indexOf('\r\n\r\n')
    if (end < 0) return null
    const head = this.#head.slice(0, end)
    this.#head = head
    this.status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    this.#left = Number(length ?? 0)
    this.#framing = /^transfer-encoding: *chunked/im.test(head) ? 'chunked' : length === undefined ? 'close' : 'length'
    return data.subarray(end + 4 - before)
  }
}
