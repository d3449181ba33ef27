/**
 * Traces as files: NDJSON (one JSON record a line), the TraceHeader first, then every event by rising `seq`. The field
 * `bytes` of an event is base64 in a file; null only for what the header counts as `missing`.
 */
import { base64Decode, base64Encode } from '../bytes/base64.ts'
import { TRACE_VERSION, TraceEvent, TraceHeader } from './events.ts'

/** One line of a trace file, without its newline. */
export function encodeRecord(record: TraceHeader | TraceEvent): string {
  if ('bytes' in record && record.bytes !== null) {
    return JSON.stringify({ ...record, bytes: base64Encode(record.bytes) })
  }
  return JSON.stringify(record)
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

/**
 * A whole file. A last line that was cut off (the server was killed while writing) is let go and reported in `cutOff`.
 * @throws TraceFormatError naming the line, for anything else that is wrong.
 */
export function readTrace(text: string): { header: TraceHeader; events: TraceEvent[]; cutOff: boolean } {
  const lines = text.split('\n')
  const complete = lines.at(-1) === ''
  if (complete) lines.pop()
  let header: TraceHeader | null = null
  const events: TraceEvent[] = []
  for (const [index, line] of lines.entries()) {
    try {
      const record = decodeRecord(line)
      if ('trace' in record) {
        if (header !== null) throw new TraceFormatError('a second header: this is more than one trace')
        header = record
      } else {
        if (header === null) throw new TraceFormatError('the first line of a trace is its header')
        const last = events.at(-1)
        if (last !== undefined && record.seq <= last.seq) {
          throw new TraceFormatError(`seq ${record.seq} after ${last.seq}: out of order`)
        }
        events.push(record)
      }
    } catch (error) {
      if (!(error instanceof TraceFormatError)) throw error
      if (!complete && header !== null && index === lines.length - 1) return { header, events, cutOff: true }
      throw new TraceFormatError(`line ${index + 1}: ${error.message}`)
    }
  }
  if (header === null) throw new TraceFormatError('the file is empty')
  return { header, events, cutOff: false }
}
