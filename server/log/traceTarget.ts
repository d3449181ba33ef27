/**
 * Where a trace is written to. A file takes what it is given at once: nothing is left to lose when the process ends, and a
 * slow disk slows the server instead of filling its memory. A pipe has a reader that may stop, or may not have come yet:
 * nobody waits for that one, and what waits for it has a bound.
 */
import { closeSync, constants, fchmodSync, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { Obstacle, TargetListener, TraceTarget } from './target.ts'
import { TraceFile } from './traceFile.ts'

const NOT_READ: Obstacle = { is: 'is not read', was: 'was not read' }

/** A trace has what clients and applications sent: passwords, cookies, sessions. */
const OWNER_ONLY = 0o600
const OTHERS = 0o077

/** How often a FIFO without a reader is looked at. */
const READER_MS = 100

/** How long a reader may take nothing while the server ends. */
const LAST_MS = 1000

/** Creates or empties the file; of a FIFO it waits for the reader. @throws what the operating system says. */
export function openTraceTarget(path: string, listener: TargetListener): TraceTarget {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) return new FifoTarget(path, listener)
  if (!isDevice(path)) {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants
    const fd = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, OWNER_ONLY)
    tighten(fd, path, listener)
    return new TraceFile(path, fd, listener)
  }
  const fd = openSync(path, 'w')
  return {
    name: path,
    queued: 0,
    obstacle: NOT_READ,
    write(bytes) {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    },
    async close() {
      closeSync(fd)
    },
  }
}

/** A terminal, /dev/null. */
function isDevice(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && !found.isFile()
}

/** A file that was there already may be readable by others. */
function tighten(fd: number, path: string, { say }: TargetListener): void {
  const found = fstatSync(fd)
  if ((found.mode & OTHERS) === 0) return
  try {
    fchmodSync(fd, OWNER_ONLY)
    say(`${path} could be read by others; from now on you alone can read it`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    say(`${path} can be read by others, and a trace has what clients send, passwords included: ${why}`)
  }
}

export class StreamTarget implements TraceTarget {
  readonly name: string
  readonly obstacle = NOT_READ
  readonly #stream: Writable
  readonly #listener: TargetListener

  constructor(name: string, stream: Writable, listener: TargetListener) {
    this.name = name
    this.#stream = stream
    this.#listener = listener
    stream.on('error', listener.onGone)
  }

  get queued(): number {
    return this.#stream.writableLength
  }

  write(bytes: Uint8Array): void {
    this.#stream.write(Buffer.from(bytes))
  }

  /** The stream itself stays as it is: standard output is not only the trace's. */
  async close(): Promise<void> {
    const left = await drained(this.#stream)
    if (left > 0) this.#listener.say(`the trace lacks its last ${left} bytes: the reader of ${this.name} has stopped`)
    this.#stream.off('error', this.#listener.onGone)
  }
}

/** Bytes that a stream still holds when its reader has taken nothing for LAST_MS; 0 as soon as it has taken all. */
function drained(stream: Writable): Promise<number> {
  return new Promise((resolve) => {
    let left = stream.writableLength
    const done = (rest: number) => {
      clearInterval(timer)
      stream.off('close', gone)
      resolve(rest)
    }
    const gone = () => done(stream.writableLength)
    const timer = setInterval(() => {
      if (stream.writableLength === left) done(left)
      left = stream.writableLength
    }, LAST_MS)
    stream.on('close', gone)
    if (left === 0 || stream.destroyed) done(left)
    else stream.write('', () => done(stream.writableLength))
  })
}

/** A named pipe. To open one blocks until somebody reads it, and with it everything else: here it does not. */
class FifoTarget implements TraceTarget {
  readonly name: string
  readonly obstacle = NOT_READ
  readonly #listener: TargetListener
  #stream: { socket: Socket; target: StreamTarget } | null = null
  /** What waits for a reader to come. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  readonly #retry: NodeJS.Timeout

  /** @throws what the operating system says, but for a missing reader. */
  constructor(path: string, listener: TargetListener) {
    this.name = path
    this.#listener = listener
    this.#retry = setInterval(() => this.#tryAgain(), READER_MS)
    try {
      this.#open()
    } finally {
      if (this.#stream !== null) clearInterval(this.#retry)
    }
    if (this.#stream === null) listener.say(`the trace waits for somebody to read ${path}`)
  }

  get queued(): number {
    return this.#waitingBytes + (this.#stream?.target.queued ?? 0)
  }

  write(bytes: Uint8Array): void {
    if (this.#stream !== null) {
      this.#stream.target.write(bytes)
      return
    }
    this.#waiting.push(new Uint8Array(bytes))
    this.#waitingBytes += bytes.length
  }

  async close(): Promise<void> {
    clearInterval(this.#retry)
    if (this.#stream === null) {
      this.#listener.say(`nobody came to read ${this.name}: the trace is lost`)
      return
    }
    await this.#stream.target.close()
    this.#stream.socket.destroy()
  }

  #tryAgain(): void {
    try {
      this.#open()
    } catch (error) {
      clearInterval(this.#retry)
      this.#listener.onGone(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #open(): void {
    const fd = openForWriting(this.name)
    if (fd === null) return
    clearInterval(this.#retry)
    const socket = new Socket({ fd, readable: false, writable: true })
    const target = new StreamTarget(this.name, socket, this.#listener)
    this.#stream = { socket, target }
    for (const bytes of this.#waiting) target.write(bytes)
    this.#waiting = []
    this.#waitingBytes = 0
  }
}

/** Null while nobody reads it (fifo(7): ENXIO). */
function openForWriting(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENXIO') return null
    throw error
  }
}
