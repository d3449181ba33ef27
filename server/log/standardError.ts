/**
 * The one way to standard error. Each line says who wrote it, so that an application cannot write one of the server's, and
 * is text, whatever a terminal would make of it. A reader that has stopped or gone is not waited for, and ends nothing.
 */
import type { Writable } from 'node:stream'
import type { EventOf } from '../../shared/trace/events.ts'
import { visible } from './visible.ts'

export type LogSource = EventOf<'log.line'>['source']

/** Where an application writes. */
export type AppSource = Exclude<LogSource, 'server'>

/** Text of one or more lines; `exchange`: the request that it belongs to, by its number in the run. */
export type Log = (source: LogSource, text: string, exchange: number | null) => void

/** What may wait for whoever reads standard error, in bytes. */
const MOST_QUEUED = 1024 * 1024

/** Local time of day, to the millisecond. */
const timeOf = (date: Date): string => {
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

export class StandardError {
  readonly #stream: Writable
  readonly #onGone: (message: string) => void
  #gone = false
  /** Lines that found no room. */
  #lost = 0

  /** `onGone` hears once why nothing can be written any more. */
  constructor(stream: Writable, onGone: (message: string) => void) {
    this.#stream = stream
    this.#onGone = onGone
    stream.on('error', (error) => this.#end(error))
  }

  readonly log: Log = (source, text, exchange) => {
    const start = `${timeOf(new Date())}${exchange === null ? '' : ` #${exchange}`} `
    this.#write(lines(text).map((line, n) => `${start}${nameOf(source, n)} ${line}`))
  }

  /** What an application asks at the terminal: no line, since the answer is typed behind it. */
  readonly prompt = (text: string): void => {
    if (!this.#gone) this.#stream.write(visible(text))
  }

  /** Why the server does not run: without a time. */
  plain(source: LogSource, text: string): void {
    this.#write(lines(text).map((line, n) => `${source === 'server' ? nameOf(source, n) : '|'} ${line}`))
  }

  #write(all: readonly string[]): void {
    if (this.#gone) return
    if (this.#stream.writableLength > MOST_QUEUED) {
      this.#lost += all.length
      return
    }
    const lost = this.#lost === 0 ? [] : [`wsgiscope: ${this.#lost} lines before this one were not read, and left out`]
    this.#lost = 0
    this.#stream.write(`${[...lost, ...all].join('\n')}\n`)
  }

  #end(error: Error): void {
    if (this.#gone) return
    this.#gone = true
    this.#onGone(`standard error takes no more lines: ${error.message}`)
  }
}

/** A name in a message of the server may have more than one line: what follows the first is not one of the server's. */
const nameOf = (source: LogSource, line: number): string =>
  source !== 'server' ? `${source} |` : line === 0 ? 'wsgiscope:' : 'wsgiscope |'

/** Without the end of the last one. */
const lines = (text: string): string[] => visible(text.replace(/\r?\n$/, '')).split('\n')
