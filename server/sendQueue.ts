/**
 * What one client was sent and its socket has not taken yet. A few bytes wait in memory. Where a client is slow they go to
 * disk, up to a limit, so that the application need not wait for it; beyond the limit, or where the disk takes no more, the
 * queue is full. A client that reads as fast as it is written to costs neither a copy nor a file.
 * Longer than 250 lines, since memory, disk and socket are the three places of one queue.
 */
import { type FileHandle, open, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { type SpoolFolder, writeAll } from './bodySpool.ts'
import { ByteParts } from './byteParts.ts'

/** In bytes. */
export interface SendLimits {
  /** What one client's queue, and all of them together, may hold in memory before an application waits. */
  memory: number
  memoryOfAll: number
  /** And on disk. */
  disk: number
  diskOfAll: number
}

export const DEFAULT_SEND_LIMITS: SendLimits = {
  memory: 1024 * 1024,
  memoryOfAll: 16 * 1024 * 1024,
  disk: 128 * 1024 * 1024,
  diskOfAll: 1024 * 1024 * 1024,
}

/** What a socket is handed at a time. */
const SLICE = 256 * 1024

/** Below this, copying the pieces of an answer together is cheaper than handing them over one by one. */
const COPY_LIMIT = 16 * 1024

/** Looks at a queue that is full before it is written to disk: a client that makes room in that time is not slow. */
const PATIENCE = 2

/** What the queues of all clients hold together. */
export class SendBudget {
  memory = 0
  disk = 0
  readonly limits: SendLimits
  readonly #onLog: (text: string) => void
  #failing = false

  constructor(limits: SendLimits, onLog: (text: string) => void) {
    this.limits = limits
    this.#onLog = onLog
  }

  /** Said once, until something could be written again. */
  diskFails(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    const why = error instanceof Error ? error.message : String(error)
    this.#onLog(`answers of slow clients cannot be kept on disk, applications wait for them instead: ${why}`)
  }

  diskWorks(): void {
    this.#failing = false
  }
}

export interface SendQueueOptions {
  socket: Socket
  folder: SpoolFolder
  budget: SendBudget
  /** Bytes begin to wait, or none do any more, or it is full, or not any more. */
  onChange: () => void
  /** What was on disk cannot be read: the answer is lost. */
  onLost: (error: unknown) => void
}

/** Bytes on disk, from `read` to `size`; what lies before has been sent. */
interface Spooled {
  readonly handle: FileHandle
  readonly path: string
  size: number
  read: number
}

export class SendQueue {
  readonly #options: SendQueueOptions
  readonly #parts = new ByteParts()
  /** All that it was ever given. */
  #sent = 0
  /** Older than `#parts`. */
  #file: Spooled | null = null
  /** Bytes between `#parts` and the file. */
  #moving = 0
  #reading = false
  #block: Buffer | null = null
  /** It goes to disk, until the client has caught up. */
  #spools = false
  /** No more of it can go there, until the client has caught up. */
  #diskEnded = false
  #full = false
  #fullFor = 0
  #waiting = false
  /** What it counts for in the budget's memory. */
  #counted = 0
  #discarded = false

  constructor(options: SendQueueOptions) {
    this.#options = options
  }

  /** Offset in the outbound stream up to which the socket has taken it. */
  get taken(): number {
    return this.#sent - this.memory - this.disk
  }

  get memory(): number {
    return this.#parts.length + this.#moving + this.#options.socket.writableLength
  }

  get disk(): number {
    const file = this.#file
    return file === null ? 0 : file.size - file.read
  }

  get waiting(): boolean {
    return this.#waiting
  }

  /** Whether no more should be given to it for now; it is kept all the same. */
  get full(): boolean {
    return this.#full
  }

  send(parts: Uint8Array[], bytes: number): void {
    this.#sent += bytes
    if (!this.#waiting && bytes <= SLICE) this.#write(parts, bytes)
    else {
      for (const part of parts) this.#parts.add(part)
      this.#advance()
    }
    if (this.#waiting || this.#options.socket.writableLength > 0) this.#review()
  }

  /** Called every now and then while bytes wait: other clients may have made room, or this one has not for too long. */
  look(): void {
    if (!this.#waiting || this.#discarded) return
    this.#fullFor = this.#full && !this.#spools ? this.#fullFor + 1 : 0
    if (this.#fullFor >= PATIENCE && !this.#diskEnded) this.#spools = true
    this.#advance()
    this.#review()
  }

  /** Nobody waits for it any more. */
  discard(): void {
    if (this.#discarded) return
    this.#discarded = true
    this.#parts.takeAll()
    this.#account(0)
    if (this.#moving === 0 && !this.#reading) this.#dropFile()
  }

  /** Whatever can be done now: what is oldest goes to the socket, what is newest to disk. */
  #advance(): void {
    const { socket } = this.#options
    while (this.#parts.length > 0 && this.#moving === 0 && this.disk === 0 && this.#socketIsFree) {
      const before = this.#parts.length
      const parts = this.#parts.take(SLICE)
      this.#write(parts, before - this.#parts.length)
    }
    if (this.disk > 0 && !this.#reading && this.#socketIsFree) void this.#readBack()
    if (this.#spools && this.#parts.length > 0 && this.#moving === 0 && !socket.destroyed) void this.#spool()
  }

  get #socketIsFree(): boolean {
    const { socket } = this.#options
    return socket.writableLength === 0 && !socket.destroyed
  }

  #write(parts: Uint8Array[], bytes: number): void {
    const { socket } = this.#options
    const [first] = parts
    const single = parts.length === 1 ? first : bytes <= COPY_LIMIT ? Buffer.concat(parts, bytes) : undefined
    // A few bytes are nearly always taken at once; where they are not, `look` sees when they have been.
    if (single !== undefined && bytes <= COPY_LIMIT) socket.write(single)
    else if (single !== undefined) socket.write(single, this.#written)
    else {
      socket.cork()
      for (const part of parts.slice(0, -1)) socket.write(part)
      socket.write(parts.at(-1) ?? EMPTY, this.#written)
      socket.uncork()
    }
  }

  readonly #written = (): void => {
    if (!this.#waiting || this.#discarded || !this.#socketIsFree) return
    this.#advance()
    this.#review()
  }

  /** What waits is counted, and what has changed is told. */
  #review(): void {
    const { budget } = this.#options
    const { memory, disk } = this
    this.#account(memory)
    const waiting = memory + disk > 0
    if (disk === 0 && this.#moving === 0 && !this.#reading && this.#file !== null) this.#caughtUp()
    if (!waiting) this.#caughtUp()
    const full = waiting && (this.#exceeds(memory, budget.memory) || this.#diskEnded)
    if (waiting === this.#waiting && full === this.#full) return
    this.#waiting = waiting
    this.#full = full
    this.#options.onChange()
  }

  /** Full at a limit, not full any more at half of it. */
  #exceeds(memory: number, ofAll: number): boolean {
    const { limits } = this.#options.budget
    const part = this.#full ? 1 / 2 : 1
    return memory >= limits.memory * part || ofAll >= limits.memoryOfAll * part
  }

  #account(memory: number): void {
    this.#options.budget.memory += memory - this.#counted
    this.#counted = memory
  }

  #caughtUp(): void {
    this.#spools = false
    this.#diskEnded = false
    this.#fullFor = 0
    this.#block = null
    this.#dropFile()
  }

  async #spool(): Promise<void> {
    const { budget, folder } = this.#options
    const { limits } = budget
    const room = Math.min(limits.disk - (this.#file?.size ?? 0), limits.diskOfAll - budget.disk)
    const bytes = Math.min(room, this.#parts.length, limits.memory)
    if (bytes <= 0) {
      this.#endDisk()
      return
    }
    const parts = this.#parts.take(bytes)
    this.#moving = bytes
    budget.disk += bytes
    try {
      this.#file ??= await create(folder)
      await writeAll(this.#file.handle, parts, this.#file.size)
      this.#file.size += bytes
      budget.diskWorks()
    } catch (error) {
      budget.disk -= bytes
      budget.diskFails(error)
      this.#parts.putBack(parts)
      this.#endDisk()
    }
    this.#moving = 0
    this.#goOn()
  }

  #endDisk(): void {
    this.#spools = false
    this.#diskEnded = true
  }

  async #readBack(): Promise<void> {
    const file = this.#file
    if (file === null) return
    this.#reading = true
    this.#block ??= Buffer.allocUnsafeSlow(SLICE)
    const block = this.#block
    try {
      const { bytesRead } = await file.handle.read(block, 0, Math.min(block.length, file.size - file.read), file.read)
      if (bytesRead === 0) throw new Error('the file is shorter than what was written to it')
      file.read += bytesRead
      if (!this.#discarded) this.#write([block.subarray(0, bytesRead)], bytesRead)
    } catch (error) {
      if (!this.#discarded) this.#options.onLost(error)
    }
    this.#reading = false
    this.#goOn()
  }

  #goOn(): void {
    if (this.#discarded) {
      this.discard()
      if (this.#moving === 0 && !this.#reading) this.#dropFile()
      return
    }
    this.#advance()
    this.#review()
  }

  #dropFile(): void {
    const file = this.#file
    if (file === null) return
    this.#file = null
    this.#options.budget.disk -= file.size
    // What cannot be removed now goes with the folder, when the run ends.
    void Promise.allSettled([file.handle.close(), rm(file.path, { force: true })])
  }
}

const EMPTY = new Uint8Array(0)

async function create(folder: SpoolFolder): Promise<Spooled> {
  const path = await folder.newFile()
  return { handle: await open(path, 'wx+', 0o600), path, size: 0, read: 0 }
}
