/**
 * The worker's frames: u32le length of what follows, u32le length of the head, the head in JSON, then bytes.
 * messages.ts says what the heads mean.
 */

const LENGTHS = 8
const SLAB = 64 * 1024

/** In bytes. A head is limited for itself: what JSON makes of a byte takes many in memory. */
export interface FrameLimits {
  readonly frame: number
  readonly head: number
}

/**
 * The worker cuts what it sends to half of this head (MOST_HEAD in wsgiscope_worker/limits.py; two of its longest texts take a
 * little more than that), and sends no more bytes than it has credit for, and a piece: what is longer, something else has
 * sent.
 */
export const FRAME_LIMITS: FrameLimits = { frame: 4 * 1024 * 1024, head: 2 * 1024 * 1024 }

/** Of a frame that is longer and not there in full, the rest is read to where it belongs instead of being copied there. */
const LONG = 32 * 1024

/** Cuts a stream into frames. Frames are views into what was read, or are read into memory of their own. */
export class FrameReader {
  readonly #onFrame: (head: string, payload: Buffer) => void
  readonly #limits: FrameLimits
  readonly #onBroken: () => void
  #broken = false
  #parts: Buffer[] = []
  #held = 0
  #wanted = LENGTHS
  /** The long frame that is being read, and how much of it is there. */
  #frame: Buffer | null = null
  #filled = 0

  /** A frame beyond the limits, or whose head is longer than itself, is not waited for; nothing is read behind it. */
  constructor(
    onFrame: (head: string, payload: Buffer) => void,
    limits = FRAME_LIMITS,
    onBroken: () => void = () => undefined,
  ) {
    this.#onFrame = onFrame
    this.#limits = limits
    this.#onBroken = onBroken
  }

  /** Where the next bytes are to be read into, to be told of by `read`; null where they are to be given to `push`. */
  get into(): Buffer | null {
    return this.#frame?.subarray(this.#filled) ?? null
  }

  /** So many bytes have been read into `into`. */
  read(length: number): void {
    const frame = this.#frame
    if (frame === null) return
    this.#filled += length
    if (this.#filled < frame.length) return
    this.#frame = null
    this.#cut(frame)
  }

  push(data: Buffer): void {
    if (this.#broken) return
    if (this.#frame !== null) {
      const copied = data.copy(this.#frame, this.#filled)
      this.read(copied)
      if (copied < data.length) this.push(data.subarray(copied))
      return
    }
    if (this.#held > 0) {
      this.#parts.push(data)
      this.#held += data.length
      if (this.#held < this.#wanted) return
      data = Buffer.concat(this.#parts, this.#held)
      this.#parts = []
      this.#held = 0
    }
    const rest = this.#cut(data)
    if (rest === data.length) return
    if (this.#wanted > LONG) this.#begin(data.subarray(rest))
    else {
      this.#parts = [data.subarray(rest)]
      this.#held = data.length - rest
    }
  }

  #begin(start: Buffer): void {
    this.#frame = Buffer.allocUnsafeSlow(this.#wanted)
    this.#filled = start.copy(this.#frame)
    this.#wanted = LENGTHS
  }

  #canBe(length: number, headLength: number): boolean {
    const { frame, head } = this.#limits
    return headLength <= head && headLength + 4 <= length && length + 4 <= frame
  }

  #giveUp(): void {
    this.#broken = true
    this.#onBroken()
  }

  /** Where the first incomplete frame begins. */
  #cut(data: Buffer): number {
    let at = 0
    while (data.length - at >= LENGTHS) {
      const length = data.readUInt32LE(at)
      const headLength = data.readUInt32LE(at + 4)
      const end = at + 4 + length
      if (!this.#canBe(length, headLength)) {
        this.#giveUp()
        return data.length
      }
      if (end > data.length) {
        this.#wanted = end - at
        return at
      }
      const headEnd = at + LENGTHS + headLength
      this.#onFrame(data.toString('latin1', at + LENGTHS, headEnd), data.subarray(headEnd, end))
      at = end
    }
    this.#wanted = LENGTHS
    return at
  }
}

/** Collects the frames of one turn of the event loop into one write. */
export class FrameWriter {
  readonly #send: (data: Buffer[]) => void
  #slab = Buffer.allocUnsafeSlow(SLAB)
  #start = 0
  #end = 0
  #ready: Buffer[] = []
  #scheduled: NodeJS.Immediate | null = null

  constructor(send: (data: Buffer[]) => void) {
    this.#send = send
  }

  write(head: string, payload: readonly Uint8Array[] = [], payloadLength = 0): void {
    // In UTF-8 a UTF-16 code unit takes at most three bytes.
    const most = LENGTHS + head.length * 3
    if (most > this.#slab.length - this.#end) {
      this.#cutSlab()
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB, most))
      this.#start = 0
      this.#end = 0
    }
    const headLength = this.#slab.write(head, this.#end + LENGTHS, 'utf8')
    this.#slab.writeUInt32LE(4 + headLength + payloadLength, this.#end)
    this.#slab.writeUInt32LE(headLength, this.#end + 4)
    this.#end += LENGTHS + headLength
    if (payloadLength > 0) {
      this.#cutSlab()
      for (const part of payload) this.#ready.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
    }
    // After the reads of this turn, so that all the requests they brought leave together.
    this.#scheduled ??= setImmediate(() => this.flush())
  }

  #cutSlab(): void {
    if (this.#end > this.#start) this.#ready.push(this.#slab.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  flush(): void {
    if (this.#scheduled !== null) clearImmediate(this.#scheduled)
    this.#scheduled = null
    this.#cutSlab()
    if (this.#ready.length === 0) return
    const ready = this.#ready
    this.#ready = []
    this.#send(ready)
  }
}
