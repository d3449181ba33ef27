import { closeSync, openSync, readSync } from 'node:fs'
import type { Body } from '../../../shared/gateway/host.ts'
import type { ReadMethod } from '../../../shared/gateway/types.ts'
import type { WsgiInput } from '../../../shared/wsgi/application.ts'

const BLOCK = 64 * 1024
const NOTHING = new Uint8Array(0)
const LINE_FEED = 10

export interface BodyInputOwner {
  onRead(method: ReadMethod, asked: number | null, returned: number, offset: number): void
  onStreamClosed(): void
}

/** wsgi.input over a complete body: its parts in memory, or its file a block at a time. Never waits for the client. */
export class BodyInput implements WsgiInput {
  readonly #body: Body
  readonly #owner: BodyInputOwner
  #block: Uint8Array = NOTHING
  #at = 0
  #part = 0
  #fd: number | null = null
  #offset = 0

  constructor(body: Body, owner: BodyInputOwner) {
    this.#body = body
    this.#owner = owner
  }

  read(size?: number): Uint8Array {
    return this.#report('read', size, this.#take(limit(size), false))
  }

  readline(size?: number): Uint8Array {
    return this.#report('readline', size, this.#take(limit(size), true))
  }

  readlines(hint?: number): Uint8Array[] {
    const lines: Uint8Array[] = []
    // PEP 3333 leaves the hint to the server; as in Python, 0 asks for everything.
    const enough = hint === undefined || hint <= 0 ? Number.POSITIVE_INFINITY : hint
    let total = 0
    while (total < enough) {
      const line = this.#take(Number.POSITIVE_INFINITY, true)
      if (line.length === 0) break
      lines.push(line)
      total += line.length
    }
    this.#owner.onRead('readlines', asked(hint), total, this.#offset)
    this.#offset += total
    return lines
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    while (true) {
      const line = this.#report('iterate', undefined, this.#take(Number.POSITIVE_INFINITY, true))
      if (line.length === 0) return
      yield line
    }
  }

  /** Of the application's, which must not: it closes nothing. */
  close(): void {
    this.#owner.onStreamClosed()
  }

  release(): void {
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
  }

  #report(method: ReadMethod, size: number | undefined, data: Uint8Array): Uint8Array {
    this.#owner.onRead(method, asked(size), data.length, this.#offset)
    this.#offset += data.length
    return data
  }

  #take(most: number, line: boolean): Uint8Array {
    const pieces: Uint8Array[] = []
    let length = 0
    while (length < most && (this.#at < this.#block.length || this.#nextBlock())) {
      let end = Math.min(this.#block.length, this.#at + most - length)
      const feed = line ? this.#block.indexOf(LINE_FEED, this.#at) : -1
      const ended = feed !== -1 && feed < end
      if (ended) end = feed + 1
      pieces.push(this.#block.subarray(this.#at, end))
      length += end - this.#at
      this.#at = end
      if (ended) break
    }
    const [only = NOTHING] = pieces
    return pieces.length < 2 ? only : Buffer.concat(pieces, length)
  }

  #nextBlock(): boolean {
    this.#at = 0
    this.#block = NOTHING
    if (this.#body.kind === 'memory') {
      while (this.#block.length === 0 && this.#part < this.#body.parts.length) {
        this.#block = this.#body.parts[this.#part++] ?? NOTHING
      }
    } else {
      this.#fd ??= openSync(this.#body.path, 'r')
      const block = new Uint8Array(BLOCK)
      this.#block = block.subarray(0, readSync(this.#fd, block))
    }
    return this.#block.length > 0
  }
}

const limit = (size: number | undefined): number => (size === undefined || size < 0 ? Number.POSITIVE_INFINITY : size)
const asked = (size: number | undefined): number | null => (size === undefined || size < 0 ? null : size)
