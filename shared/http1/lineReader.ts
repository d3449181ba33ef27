/**
 * Lines of the stream, one after the other. What makes a line wrong is decided in this order, so that the answer does
 * not depend on how the bytes were cut into segments: its length, then its end, then (by the caller) its grammar.
 */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { LF } from './grammar.ts'

/** How much is decoded at a time: most heads in one go, and not much of a body that follows. */
const WINDOW = 2048

export class LineReader {
  /** Decoded bytes; the line that was read is `text` from `start` to `end`, without CRLF. */
  text = ''
  start = 0
  end = 0
  /** Absolute offset of `text[0]`. */
  base = 0
  readonly #buffer: ReceiveBuffer

  constructor(buffer: ReceiveBuffer) {
    this.#buffer = buffer
  }

  /**
   * Reads the next line; false for "not yet". `limit` is its length without CRLF.
   * @throws ProtocolError `tooLong`, bare-lf, bare-cr.
   */
  next(limit: number, tooLong: RefusalCode): boolean {
    const from = this.#buffer.start
    const lf = this.#findLf(from, limit)
    if (lf > from + limit + 1 || (lf === -1 && this.#buffer.length > limit + 1)) {
      throw new ProtocolError(tooLong, { start: from + limit, end: from + limit + 1 }, limit)
    }
    if (lf === -1) return false
    this.start = from - this.base
    this.end = lf - this.base - 1
    // RFC 9112 2.2 lets a recipient take a lone LF as a line's end, and must not take a lone CR; this takes neither,
    // because a server in front may not.
    const cr = this.text.indexOf('\r', this.start)
    if (cr === -1 || cr !== this.end) throw this.#unevenEnd(cr)
    this.#buffer.release(lf + 1)
    return true
  }

  /** The absolute offset of the next LF, with `text` covering the line up to it; -1 for "not yet". */
  #findLf(from: number, limit: number): number {
    const at = from - this.base
    if (at >= 0 && at < this.text.length) {
      const lf = this.text.indexOf('\n', at)
      if (lf !== -1) return this.base + lf
    }
    const lf = this.#buffer.find(LF, from + limit + 2)
    if (lf !== -1) {
      this.base = from
      this.text = this.#buffer.text(from, Math.max(lf + 1, Math.min(this.#buffer.end, from + WINDOW)))
    }
    return lf
  }

  #unevenEnd(cr: number): ProtocolError {
    const lf = this.base + this.end + 1
    if (this.end < this.start || this.text[this.end] !== '\r')
      return new ProtocolError('bare-lf', { start: lf, end: lf + 1 })
    return new ProtocolError('bare-cr', { start: this.base + cr, end: this.base + cr + 1 })
  }
}
