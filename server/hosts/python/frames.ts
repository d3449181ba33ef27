/**
 * The worker's frames: u32le length of what follows, u32le length of the head, the head in JSON, then bytes.
 * `wsgiscope_worker.py` says what the heads mean.
 */

const LENGTHS = 8
const SLAB = 64 * 1024

/** Cuts a stream into frames. Frames are views into what was read, unless one had to be put together from several reads. */
export class FrameReader {
  private readonly onFrame: (head: string, payload: Buffer) => void
  private readonly most: number
  private readonly onTooLong: () => void
  private tooLong = false
  private parts: Buffer[] = []
  private held = 0
  private wanted = LENGTHS

  /** A frame of more than `most` bytes is not waited for; nothing is read behind where it begins. */
  constructor(
    onFrame: (head: string, payload: Buffer) => void,
    most = Number.POSITIVE_INFINITY,
    onTooLong: () => void = () => undefined,
  ) {
    this.onFrame = onFrame
    this.most = most
    this.onTooLong = onTooLong
  }

  push(data: Buffer): void {
    if (this.tooLong) return
    if (this.held > 0) {
      this.parts.push(data)
      this.held += data.length
      if (this.held < this.wanted) return
      data = Buffer.concat(this.parts, this.held)
      this.parts = []
      this.held = 0
    }
    const rest = this.cut(data)
    if (rest < data.length) {
      this.parts = [data.subarray(rest)]
      this.held = data.length - rest
    }
  }

  private giveUp(): void {
    this.tooLong = true
    this.onTooLong()
  }

  /** Where the first incomplete frame begins. */
  private cut(data: Buffer): number {
    let at = 0
    while (data.length - at >= LENGTHS) {
      const end = at + 4 + data.readUInt32LE(at)
      if (end > data.length) {
        this.wanted = end - at
        if (this.wanted > this.most) this.giveUp()
        return at
      }
      const headEnd = at + LENGTHS + data.readUInt32LE(at + 4)
      this.onFrame(data.toString('latin1', at + LENGTHS, headEnd), data.subarray(headEnd, end))
      at = end
    }
    this.wanted = LENGTHS
    return at
  }
}

/** Collects the frames of one turn of the event loop into one write. */
export class FrameWriter {
  private readonly send: (data: Buffer[]) => void
  private slab = Buffer.allocUnsafeSlow(SLAB)
  private start = 0
  private end = 0
  private ready: Buffer[] = []
  private scheduled: NodeJS.Immediate | null = null

  constructor(send: (data: Buffer[]) => void) {
    this.send = send
  }

  write(head: string, payload: readonly Uint8Array[] = [], payloadLength = 0): void {
    // In UTF-8 a UTF-16 code unit takes at most three bytes.
    const most = LENGTHS + head.length * 3
    if (most > this.slab.length - this.end) {
      this.cutSlab()
      this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB, most))
      this.start = 0
      this.end = 0
    }
    const headLength = this.slab.write(head, this.end + LENGTHS, 'utf8')
    this.slab.writeUInt32LE(4 + headLength + payloadLength, this.end)
    this.slab.writeUInt32LE(headLength, this.end + 4)
    this.end += LENGTHS + headLength
    if (payloadLength > 0) {
      this.cutSlab()
      for (const part of payload) this.ready.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
    }
    // After the reads of this turn, so that all the requests they brought leave together.
    this.scheduled ??= setImmediate(() => this.flush())
  }

  private cutSlab(): void {
    if (this.end > this.start) this.ready.push(this.slab.subarray(this.start, this.end))
    this.start = this.end
  }

  flush(): void {
    if (this.scheduled !== null) clearImmediate(this.scheduled)
    this.scheduled = null
    this.cutSlab()
    if (this.ready.length === 0) return
    const ready = this.ready
    this.ready = []
    this.send(ready)
  }
}
