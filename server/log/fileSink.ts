/**
 * `--trace FILE|-`: the header and every event as NDJSON, complete and in order. Lines wait for the end of the turn they
 * were made in and no longer, so that `tail -f` shows what happens while it happens. Writing is synchronous: nothing is
 * left to lose when the process ends, and a slow disk slows the server instead of filling its memory.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { encodeRecord } from '../../shared/trace/file.ts'
import type { EventLog } from './eventLog.ts'

export interface TraceTarget {
  readonly name: string
  /** @throws what the operating system says. */
  write(text: string): void
  close(): void
}

/** Creates or empties the file. @throws what the operating system says, when that cannot be done. */
export function openTraceFile(path: string): TraceTarget {
  const fd = openSync(path, 'w')
  return {
    name: path,
    write(text) {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    },
    close: () => closeSync(fd),
  }
}

/** Standard output; Node writes to files, terminals and POSIX pipes there synchronously. */
export function traceToStdout(stdout: NodeJS.WriteStream, onGone: (error: Error) => void): TraceTarget {
  stdout.on('error', onGone)
  return { name: '-', write: (text) => stdout.write(text), close: () => stdout.off('error', onGone) }
}

export class FileSink {
  readonly #target: TraceTarget
  readonly #onFailure: (message: string) => void
  readonly #stop: () => void
  #lines: string[] = []
  #planned = false
  #ended = false

  /** Begins with the header and all that the log holds already. `onFailure` hears once why no more can be written. */
  constructor(target: TraceTarget, header: TraceHeader, log: EventLog, onFailure: (message: string) => void) {
    this.#target = target
    this.#onFailure = onFailure
    this.#lines.push(encodeRecord(header))
    for (const event of log.snapshot()) this.#lines.push(encodeRecord(event))
    this.#stop = log.sink((event) => this.#add(event))
    this.flush()
  }

  #add(event: TraceEvent): void {
    this.#lines.push(encodeRecord(event))
    if (this.#planned) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      this.flush()
    })
  }

  flush(): void {
    if (this.#lines.length === 0 || this.#ended) return
    const text = `${this.#lines.join('\n')}\n`
    this.#lines = []
    try {
      this.#target.write(text)
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The target takes no more (disk full, reader gone): the server goes on without it. */
  fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#stop()
    this.#onFailure(`the trace ends here, ${this.#target.name} cannot be written: ${error.message}`)
  }

  /** Writes what is left and lets go of the file. */
  close(): void {
    this.flush()
    this.#stop()
    this.#ended = true
    this.#target.close()
  }
}
