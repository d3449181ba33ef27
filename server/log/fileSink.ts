/**
 * `--trace FILE|-`: the header and every event as NDJSON, in order. Lines wait for the end of the turn they were made in
 * and no longer, so that `tail -f` shows what happens while it happens, and never for more than a buffer of them. A reader
 * that stops is not waited for: what it misses is whole requests, as far as it can be, and the trace says how much.
 */
import { latin1Write } from '../../shared/bytes/latin1.ts'
import type { EventLog } from '../../shared/log/eventLog.ts'
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { encodeAround, type RecordLine } from '../../shared/trace/file.ts'
import type { TraceTarget } from './target.ts'

/** Lines that are written together at most, in bytes. */
const BUFFER = 1024 * 1024

/** What may wait for a reader, in bytes; what concerns the whole server, twice that. */
const MOST_QUEUED = 16 * 1024 * 1024

/** UTF-8 has at most so many bytes for a unit of UTF-16. */
const BYTES_PER_UNIT = 3

const NEWLINE = 10

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')

export class FileSink {
  readonly #target: TraceTarget
  readonly #say: (message: string) => void
  readonly #stop: () => void
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER)
  #filled = 0
  #planned = false
  #ended = false
  /** Connections of which something is missing: nothing more is written of them until their next request. */
  readonly #torn = new Set<number>()
  #lost = 0
  #hasLost = false

  /**
   * Begins with the header and all that the log holds already. `say` is given lines for people that belong into the log as
   * well: what is lost, and why no more can be written.
   */
  constructor(target: TraceTarget, header: TraceHeader, log: EventLog, say: (message: string) => void) {
    this.#target = target
    this.#say = say
    this.#put(encodeAround(header))
    for (const event of log.snapshot()) this.#add(event)
    this.#stop = log.sink((event) => this.#add(event))
    this.flush()
  }

  #add(event: TraceEvent): void {
    if (this.#ended || !this.#admits(event)) return
    this.#put(encodeAround(event))
    if (this.#planned) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      if (this.#lost > 0 && this.#target.queued < MOST_QUEUED) this.#tellLoss()
      this.flush()
    })
  }

  #put({ before, bytes, after }: RecordLine): void {
    const letters = bytes === null ? '' : base64(bytes)
    const most = BYTES_PER_UNIT * (before.length + after.length) + letters.length + 1
    if (most > BUFFER - this.#filled) this.flush()
    if (most > BUFFER) {
      this.#write(Buffer.from(`${before}${letters}${after}\n`))
      return
    }
    this.#filled += this.#buffer.write(before, this.#filled)
    if (letters !== '') this.#filled = latin1Write(letters, this.#buffer, this.#filled)
    if (after !== '') this.#filled += this.#buffer.write(after, this.#filled)
    this.#buffer[this.#filled++] = NEWLINE
  }

  /** Whether there is room for it; what is left out is counted. */
  #admits({ conn, exchange, kind }: TraceEvent): boolean {
    const { queued } = this.#target
    if (conn === null) return queued < 2 * MOST_QUEUED || this.#lose()
    if (queued >= MOST_QUEUED) {
      if (kind === 'connection.closed') this.#torn.delete(conn)
      else this.#torn.add(conn)
      return this.#lose()
    }
    if (this.#torn.size === 0 || !this.#torn.has(conn)) return true
    if (kind === 'connection.closed' || (kind === 'socket.received' && exchange === null))
      return this.#torn.delete(conn)
    return this.#lose()
  }

  #lose(): false {
    this.#lost++
    if (this.#hasLost) return false
    this.#hasLost = true
    this.#say(`${this.#target.name} ${this.#target.obstacle.is}: the trace leaves out what happens meanwhile`)
    return false
  }

  #tellLoss(): void {
    const lost = this.#lost
    this.#lost = 0
    this.#say(`the trace lacks ${lost} events before this line: ${this.#target.name} ${this.#target.obstacle.was}`)
  }

  flush(): void {
    if (this.#filled === 0) return
    const filled = this.#filled
    this.#filled = 0
    this.#write(this.#buffer.subarray(0, filled))
  }

  #write(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      this.#target.write(bytes)
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The target takes no more (disk full, reader gone): the server goes on without it. */
  fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#stop()
    this.#say(`the trace ends here, ${this.#target.name} cannot be written: ${error.message}`)
  }

  /** Writes what is left and lets go of the file. */
  async close(): Promise<void> {
    if (this.#lost > 0 && !this.#ended) this.#tellLoss()
    this.flush()
    this.#stop()
    this.#ended = true
    await this.#target.close()
  }
}
