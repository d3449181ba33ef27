/** A trace that was saved: everything is there at once, and nothing more will come. */
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { isWhole, TraceFormatError, TraceReader } from '../../shared/trace/file.ts'
import { type KeepLimits, KeptEvents } from '../../shared/trace/keptEvents.ts'
import { LineSplitter } from '../../shared/trace/lines.ts'
import type { RecordingSource, SourceListener } from './source.ts'

/** What is read: a browser's File, or whatever else can be read as a stream. */
export interface Readable {
  /** In bytes. */
  readonly size: number
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
}

/** As much as the server keeps; of a larger file the newest exchanges are shown, and the rest is said to be let go. */
const LIMITS: KeepLimits = { exchanges: 2000, bytes: 64 * 1024 * 1024, bytesOfOne: 1024 * 1024 }

interface ReadOptions {
  /** `part` of the file has been read, from 0 to 1. */
  onProgress?: (part: number) => void
  /** Ends the reading, which then rejects with the signal's reason. */
  signal?: AbortSignal
}

/**
 * Reads a file as a stream, so that its size does not matter.
 * @throws TraceFormatError naming the line that is wrong, or saying what is too much.
 */
export async function readFile(file: Readable, { onProgress, signal }: ReadOptions = {}): Promise<FileSource> {
  const reader = new TraceReader()
  const lines = new LineSplitter()
  const kept = new KeptEvents(LIMITS)
  const decoder = new TextDecoder()
  const take = (line: string): void => {
    const event = reader.read(line)
    if (event !== null) kept.add(event)
  }
  let read = 0
  const stream = file.stream().getReader()
  try {
    for (let next = await stream.read(); !next.done; next = await stream.read()) {
      signal?.throwIfAborted()
      for (const line of lines.push(decoder.decode(next.value, { stream: true }))) take(line)
      read += next.value.length
      onProgress?.(file.size === 0 ? 1 : Math.min(1, read / file.size))
    }
    if (lines.rest !== '') isWhole(lines.rest, take, reader)
    kept.shrink()
  } catch (error) {
    // The one who splits lines does not count them.
    throw error instanceof RangeError ? reader.faultOfNext(error.message) : error
  } finally {
    await stream.cancel()
  }
  if (reader.header === null) throw new TraceFormatError('the file is empty')
  return new FileSource(reader.header, kept.events, kept.letGo)
}

export class FileSource implements RecordingSource {
  readonly kind = 'recording'
  readonly #header: TraceHeader
  readonly #events: readonly TraceEvent[]
  readonly #letGo: number

  constructor(header: TraceHeader, events: readonly TraceEvent[], letGo: number) {
    this.#header = header
    this.#events = events
    this.#letGo = letGo
  }

  start(listener: SourceListener): void {
    listener.onHello({ header: this.#header, app: null, role: 'spectator', restarted: false })
    const next = (this.#events.at(-1)?.seq ?? -1) + 1
    listener.onSnapshot({ exchanges: [], lines: [], events: this.#events, next, letGo: this.#letGo })
    listener.onStatus('ended')
  }

  stop(): void {
    // Nothing is under way.
  }

  /** All that a file has came at once. */
  async fetchExchange(): Promise<'letGo'> {
    return 'letGo'
  }

  /** A file is complete: where bytes are missing, nobody has them. */
  async fetchBytes(seq: number): Promise<Uint8Array | null> {
    const event = this.#events.find((candidate) => candidate.seq === seq)
    return event !== undefined && 'bytes' in event ? event.bytes : null
  }
}
