/**
 * Request bodies while they arrive: in memory while small, in a file beyond. A file belongs to one exchange and is
 * removed when that is over; the folder it lies in belongs to the run.
 */
import { existsSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Body } from './hosts/host.ts'
import { makeTempFolder } from './tempFolder.ts'

/** Bytes of a body that are kept in memory; one more, and it goes to disk. */
const MEMORY_LIMIT = 1024 * 1024

/** Bytes that may wait for the disk before the client is read no further. */
const DISK_QUEUE = 1024 * 1024

/** Pieces smaller than this are copied together: each would cost more than it holds, and keep all that it came in. */
const SMALL = 4096
const LARGEST_BLOCK = 64 * 1024

/** Parts that go to the system at once; it takes no more than 1024 (IOV_MAX). */
const MOST_PARTS = 512

/** The folder of all spooled bodies of a run, made when the first is needed. */
export class SpoolFolder {
  #path: string | null = null
  #files = 0

  /** The path of a file to be made. @throws Error where no folder can be made for it: the next one is tried again. */
  async newFile(): Promise<string> {
    // Whoever cleans up temporary files may have taken it away.
    if (this.#path === null || !existsSync(this.#path)) this.#path = makeTempFolder()
    return join(this.#path, `body-${this.#files++}`)
  }

  async remove(): Promise<void> {
    if (this.#path !== null) await rm(this.#path, { recursive: true, force: true })
  }
}

export class RequestBody {
  readonly #folder: SpoolFolder
  /** Called with false when the disk falls behind, with true when it has caught up. */
  readonly #onPace: (keepsUp: boolean) => void
  #parts: Uint8Array[] = []
  /** What the last part is the beginning of, where that was made here and has room. */
  #block: Uint8Array | null = null
  #length = 0
  #queued = 0
  #behind = false
  #spooling: Promise<void> | null = null
  #file: { handle: FileHandle; path: string } | null = null
  #discarded = false
  /** Why it is not on disk; nothing of it is kept then. */
  #failure: unknown = null

  constructor(folder: SpoolFolder, onPace: (keepsUp: boolean) => void) {
    this.#folder = folder
    this.#onPace = onPace
  }

  add(data: Uint8Array): void {
    this.#length += data.length
    if (this.#failure !== null) return
    this.#keep(data)
    this.#queued += data.length
    if (this.#length > MEMORY_LIMIT) this.#spool()
    if (this.#length > MEMORY_LIMIT && !this.#behind && this.#queued > DISK_QUEUE) {
      this.#behind = true
      this.#onPace(false)
    }
  }

  #keep(data: Uint8Array): void {
    const last = this.#parts.at(-1)
    if (last === undefined || data.length >= SMALL || last.length + data.length > LARGEST_BLOCK) {
      this.#parts.push(data)
      this.#block = null
      return
    }
    const length = last.length + data.length
    if (this.#block === null || this.#block.length < length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(SMALL, 2 * length))
      this.#block.set(last)
    }
    this.#block.set(data, last.length)
    this.#parts[this.#parts.length - 1] = this.#block.subarray(0, length)
  }

  /** All of it is here. A promise only where the disk is involved; it fails as the disk does. */
  complete(): Body | Promise<Body> {
    if (this.#length <= MEMORY_LIMIT) return { kind: 'memory', parts: this.#parts, length: this.#length }
    return this.#written()
  }

  /** The exchange is over. */
  discard(): void {
    this.#discarded = true
    this.#parts = []
    this.#block = null
    if (this.#length > MEMORY_LIMIT) void this.#remove()
  }

  async #written(): Promise<Body> {
    while (this.#spooling !== null) await Promise.allSettled([this.#spooling])
    if (this.#failure !== null) throw this.#failure
    const file = this.#file
    if (file === null || this.#queued > 0) throw new Error('it was not written in full')
    return { kind: 'file', path: file.path, length: this.#length }
  }

  #spool(): void {
    if (this.#spooling !== null) return
    const writing = this.#drain().finally(() => {
      this.#spooling = null
    })
    this.#spooling = writing
    writing.catch((error: unknown) => this.#fail(error))
  }

  /** Whoever asks for the complete body is told; until then the client is heard out, and what it sends let go. */
  #fail(error: unknown): void {
    this.#failure = error ?? new Error('it could not be written')
    this.#parts = []
    this.#block = null
    this.#onPace(true)
  }

  async #drain(): Promise<void> {
    while (this.#parts.length > 0 && !this.#discarded) {
      this.#file ??= await this.#create()
      const parts = this.#parts
      this.#parts = []
      this.#block = null
      this.#queued -= await writeAll(this.#file.handle, parts)
      if (this.#behind && this.#queued < DISK_QUEUE / 2) {
        this.#behind = false
        this.#onPace(true)
      }
    }
  }

  async #create(): Promise<{ handle: FileHandle; path: string }> {
    const path = await this.#folder.newFile()
    return { handle: await open(path, 'wx', 0o600), path }
  }

  async #remove(): Promise<void> {
    await Promise.allSettled([this.#spooling])
    const file = this.#file
    this.#file = null
    if (file === null) return
    // What cannot be removed now goes with the folder, when the run ends.
    await Promise.allSettled([file.handle.close(), rm(file.path, { force: true })])
  }
}

/** Writes the parts behind what is there already; answers how many bytes they have together. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<number> {
  let total = 0
  for (let at = 0; at < parts.length; at += MOST_PARTS) {
    const some = parts.slice(at, at + MOST_PARTS)
    const length = some.reduce((sum, part) => sum + part.length, 0)
    const { bytesWritten } = await file.writev(some)
    // A disk that is full takes a part of it, and says why when it is asked for the rest.
    if (bytesWritten < length) await file.writeFile(Buffer.concat(some).subarray(bytesWritten))
    total += length
  }
  return total
}
