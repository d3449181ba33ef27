/**
 * Traces as files: NDJSON (one JSON record a line), the TraceHeader first, then every event by rising `seq`. The field
 * `bytes` of an event is base64 in a file; null for what the header counts as `missing`, and for chunks of an application
 * that are longer than MOST_BYTES, which the events that send them carry.
 */
import { base64Decode, base64Encode } from '../bytes/base64.ts'
import { Coherence } from './coherence.ts'
import { TRACE_VERSION, TraceEvent, TraceHeader } from './events.ts'

/** A line of a trace file, without its newline, as what stands before the base64 of its bytes and behind it. */
export interface RecordLine {
  before: string
  /** Null where the whole line stands in `before`. */
  bytes: Uint8Array | null
  after: string
}

/** For a platform with a base64 of its own: letters that need no escapes need not go through JSON. */
export function encodeAround(record: TraceHeader | TraceEvent): RecordLine {
  if (!('bytes' in record) || record.bytes === null) return { before: JSON.stringify(record), bytes: null, after: '' }
  const line = JSON.stringify({ ...record, bytes: '' })
  const at = line.indexOf(EMPTY_BYTES) + EMPTY_BYTES.length - 1
  return { before: line.slice(0, at), bytes: record.bytes, after: line.slice(at) }
}

/** No other field of an event that carries bytes is text but its kind. */
const EMPTY_BYTES = '"bytes":""'

/** One line of a trace file, without its newline. */
export function encodeRecord(record: TraceHeader | TraceEvent): string {
  const { before, bytes, after } = encodeAround(record)
  return bytes === null ? before : `${before}${base64Encode(bytes)}${after}`
}

/** A line that is not a record of a trace; `message` says what is wrong with it. */
export class TraceFormatError extends Error {
  override readonly name = 'TraceFormatError'
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws TraceFormatError when the line is not JSON, or no record that this version knows. */
export function decodeRecord(line: string): TraceHeader | TraceEvent {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    throw new TraceFormatError(`not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isObject(json)) throw new TraceFormatError('a record is a JSON object')
  if ('trace' in json) {
    if (json.trace !== 'wsgiscope') throw new TraceFormatError('not a trace of wsgiscope')
    if (json.version !== TRACE_VERSION) {
      throw new TraceFormatError(
        `the trace has version ${String(json.version)}; this wsgiscope reads version ${TRACE_VERSION}`,
      )
    }
  }
  try {
    const bytes = json.bytes
    const record = typeof bytes === 'string' ? { ...json, bytes: base64Decode(bytes) } : json
    const parsed = 'trace' in json ? TraceHeader.safeParse(record) : TraceEvent.safeParse(record)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    throw new TraceFormatError(`${issue?.path.join('.') || 'record'}: ${issue?.message ?? 'not a record'}`)
  } catch (error) {
    if (error instanceof SyntaxError) throw new TraceFormatError(`bytes: ${error.message}`)
    throw error
  }
}

const inLine = (line: number, message: string): TraceFormatError => new TraceFormatError(`line ${line}: ${message}`)

/** Reads a trace line by line, as far as its file has been read. */
export class TraceReader {
  header: TraceHeader | null = null
  readonly #coherence = new Coherence()
  #lines = 0
  #lastSeq = -1

  /**
   * The event of the next line; null where it is the header.
   * @throws TraceFormatError naming the line, where it is no record, or cannot be true after those before it.
   */
  read(line: string): TraceEvent | null {
    this.#lines++
    try {
      return this.#take(decodeRecord(line))
    } catch (error) {
      throw error instanceof TraceFormatError ? inLine(this.#lines, error.message) : error
    }
  }

  /** What is wrong with the line that comes next. */
  faultOfNext(message: string): TraceFormatError {
    return inLine(this.#lines + 1, message)
  }

  #take(record: TraceHeader | TraceEvent): TraceEvent | null {
    if ('trace' in record) {
      if (this.header !== null) throw new TraceFormatError('a second header: this is more than one trace')
      this.header = record
      return null
    }
    if (this.header === null) throw new TraceFormatError('the first line of a trace is its header')
    const { seq, kind } = record
    if (seq <= this.#lastSeq) throw new TraceFormatError(`seq ${seq} after ${this.#lastSeq}: out of order`)
    const fault = this.#coherence.fault(record)
    if (fault !== null) throw new TraceFormatError(`${kind}: ${fault}`)
    this.#lastSeq = seq
    return record
  }
}

/**
 * A whole file. A last line that was cut off (the server was killed while writing) is dropped and reported in `cutOff`.
 * @throws TraceFormatError naming the line, for anything else that is wrong.
 */
export function readTrace(text: string): { header: TraceHeader; events: TraceEvent[]; cutOff: boolean } {
  const lines = text.split('\n')
  const cut = lines.pop() ?? ''
  const reader = new TraceReader()
  const events: TraceEvent[] = []
  const take = (line: string): void => {
    const event = reader.read(line)
    if (event !== null) events.push(event)
  }
  for (const line of lines) take(line)
  const cutOff = cut !== '' && !isWhole(cut, take, reader)
  if (reader.header === null) throw new TraceFormatError('the file is empty')
  return { header: reader.header, events, cutOff }
}

/** Takes a last line that has no end; false where it was cut off. */
export function isWhole(line: string, take: (line: string) => void, reader: TraceReader): boolean {
  try {
    take(line)
    return true
  } catch (error) {
    if (error instanceof TraceFormatError && reader.header !== null) return false
    throw error
  }
}
