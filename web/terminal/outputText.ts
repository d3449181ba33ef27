/** The bytes a command prints, as text: UTF-8 in pieces, whatever the pieces are cut at. */
import type { ClientStream } from '../sources/source.ts'

/** A terminal is no place for more than this; the picture has the rest. */
const LIMIT = 256 * 1024

export class OutputText {
  readonly #decoders: Record<ClientStream, TextDecoder> = {
    out: new TextDecoder('utf-8', { ignoreBOM: true }),
    note: new TextDecoder('utf-8', { ignoreBOM: true }),
    error: new TextDecoder('utf-8', { ignoreBOM: true }),
  }
  /** A CR at the end of a piece, which may be half of a line end. */
  #heldCR = false
  #stream: ClientStream = 'out'
  #shown = 0
  #atLineStart = true
  #keptBack = 0

  get atLineStart(): boolean {
    return this.#atLineStart
  }

  /** Bytes that were not printed because there were too many. */
  get keptBack(): number {
    return this.#keptBack
  }

  take(stream: ClientStream, bytes: Uint8Array): string {
    const room = Math.max(0, LIMIT - this.#shown)
    this.#shown += bytes.length
    this.#keptBack += Math.max(0, bytes.length - room)
    // What another voice says begins on its own line.
    const turn = stream !== this.#stream && !this.#atLineStart ? '\n' : ''
    this.#stream = stream
    return turn + this.#pass(this.#decoders[stream].decode(bytes.subarray(0, room), { stream: true }))
  }

  /** What was held back at the end of the last piece. */
  end(): string {
    const rest = (this.#heldCR ? '\r' : '') + this.#decoders.out.decode()
    this.#heldCR = false
    if (rest !== '') this.#atLineStart = false
    return rest
  }

  #pass(text: string): string {
    if (text === '') return ''
    const all = this.#heldCR ? `\r${text}` : text
    this.#heldCR = all.endsWith('\r')
    const passed = this.#heldCR ? all.slice(0, -1) : all
    if (passed !== '') this.#atLineStart = passed.endsWith('\n')
    return passed
  }
}
