/**
 * Request bodies while they arrive: in memory while small, in a file beyond. A file belongs to one exchange and is
 * removed when that is over; the folder it lies in belongs to the run.
 */
import { existsSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Body } from '../shared/gateway/host.ts'
import { ByteParts } from './byteParts.ts'
import { makeTempFolder } from './tempFolder.ts'

/** Bytes of a body that are kept in memory; one more, and it goes to disk. */
const MEMORY_LIMIT = 1024 * 1024

/** What the bodies of all requests together may hold, in bytes. */
export interface BodyLimits {
  /** Beyond it, the next bodies go to disk however small they are. */
  memory: number
  /** Beyond it, the body that wants more is not kept, and its request is answered 500. */
  disk: number
}

export const DEFAULT_BODY_LIMITS: BodyLimits = { memory: 64 * 1024 * 1024, disk: 4 * 1024 * 1024 * 1024 }

/** Bytes that may wait for the disk before the client is read no further. */
const DISK_QUEUE = 1024 * 1024

/** Parts that go to the system at once; it takes no more than 1024 (IOV_MAX). */
const MOST_PARTS = 512

/** The folder of all spooled bodies of a run, made when the first is needed. */
export class SpoolFolder {
  readonly limits: BodyLimits
  /** What request bodies hold. */
  readonly held = { memory: 0, disk: 0 }
  #path: string | null = null
  #files = 0

  constructor(limits = DEFAULT_BODY_LIMITS) {
    this.limits = limits
  }

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
  readonly #parts = new ByteParts()
  #length = 0
  /** Whether it is too large for memory. */
  #onDisk = false
  /** What it holds of the budget of all bodies. */
  readonly #held = { memory: 0, disk: 0 }
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
    this.#parts.add(data)
    this.#queued += data.length
    this.#hold(data.length)
    if (!this.#onDisk) return
    this.#spool()
    if (!this.#behind && this.#queued > DISK_QUEUE) {
      this.#behind = true
      this.#onPace(false)
    }
  }

  #hold(bytes: number): void {
    const { held, limits } = this.#folder
    this.#count('memory', bytes)
    if (this.#onDisk || (this.#length <= MEMORY_LIMIT && held.memory <= limits.memory)) return
    this.#onDisk = true
  }

  #count(what: 'memory' | 'disk', bytes: number): void {
    this.#held[what] += bytes
    this.#folder.held[what] += bytes
  }

  /** All of it is here. A promise only where the disk is involved; it fails as the disk does. */
  complete(): Body | Promise<Body> {
    if (!this.#onDisk) return { kind: 'memory', parts: this.#parts.takeAll(), length: this.#length }
    return this.#written()
  }

  /** The exchange is over. */
  discard(): void {
    this.#discarded = true
    this.#parts.takeAll()
    this.#count('memory', -this.#held.memory)
    if (this.#onDisk) void this.#remove()
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
    this.#parts.takeAll()
    this.#count('memory', -this.#held.memory)
    this.#onPace(true)
  }

  async #drain(): Promise<void> {
    while (this.#parts.length > 0 && !this.#discarded) {
      this.#file ??= await this.#create()
      const { held, limits } = this.#folder
      const parts = this.#parts.takeAll()
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      if (held.disk + length > limits.disk) throw new Error(`all bodies together take ${limits.disk} bytes already`)
      this.#count('disk', length)
      this.#queued -= await writeAll(this.#file.handle, parts, null)
      this.#count('memory', -Math.min(length, this.#held.memory))
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
    this.#count('disk', -this.#held.disk)
    const file = this.#file
    this.#file = null
    if (file === null) return
    // What cannot be removed now goes with the folder, when the run ends.
    await Promise.allSettled([file.handle.close(), rm(file.path, { force: true })])
  }
}

/**
 * Writes the parts at a position, or behind what was written last where that is null; answers how many bytes they have
 * together. Rejects as the disk does.
 */
export async function writeAll(
  file: FileHandle,
  parts: readonly Uint8Array[],
  position: number | null,
): Promise<number> {
  let total = 0
  for (let first = 0; first < parts.length; first += MOST_PARTS) {
    const some = parts.slice(first, first + MOST_PARTS)
    const length = some.reduce((sum, part) => sum + part.length, 0)
    const at = position === null ? null : position + total
    const { bytesWritten } = await file.writev(some, at ?? undefined)
    // A disk that is full takes a part of it, and says why when it is asked for the rest.
    if (bytesWritten < length) await writeRest(file, Buffer.concat(some).subarray(bytesWritten), at, bytesWritten)
    total += length
  }
  return total
}

async function writeRest(file: FileHandle, rest: Uint8Array, start: number | null, written: number): Promise<void> {
  for (let done = 0; done < rest.length; ) {
    const at = start === null ? null : start + written + done
    const { bytesWritten } = await file.write(rest, done, rest.length - done, at)
    done += bytesWritten
  }
}
