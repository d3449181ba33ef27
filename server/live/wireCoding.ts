/** The messages of shared/wire.ts as they travel: msgpack in binary frames, or JSON with base64 in text frames. */
import { Decoder, Encoder } from '@msgpack/msgpack'
import { base64Decode } from '../../shared/bytes/base64.ts'
import { INLINE_BYTES, type TraceEvent } from '../../shared/trace/events.ts'
import { PageMessage, type ServerMessage } from '../../shared/wire.ts'

export type Format = 'msgpack' | 'json'

const encoder = new Encoder({ ignoreUndefined: true })
const decoder = new Decoder({ maxStrLength: 1 << 20, maxBinLength: 1 << 20, maxArrayLength: 64, maxMapLength: 64 })

export function encodeMessage(message: ServerMessage, format: Format): Uint8Array | string {
  if (!('events' in message) || message.events === null) {
    return format === 'msgpack' ? encoder.encode(message) : JSON.stringify(withBase64(message))
  }
  const events = message.events.map(withoutLongBytes)
  if (format === 'msgpack') return encoder.encode({ ...message, events })
  return JSON.stringify({ ...message, events: events.map(withBase64) })
}

/** What is too long to travel unasked is fetched with `bytes.get`. */
function withoutLongBytes(event: TraceEvent): TraceEvent {
  if (!('bytes' in event) || event.bytes === null || event.bytes.length <= INLINE_BYTES) return event
  return { ...event, bytes: null }
}

function withBase64(value: object): object {
  if (!('bytes' in value) || !(value.bytes instanceof Uint8Array)) return value
  const { buffer, byteOffset, byteLength } = value.bytes
  return { ...value, bytes: Buffer.from(buffer, byteOffset, byteLength).toString('base64') }
}

/** A message that is none; `message` says why. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
}

/** @throws MessageError */
export function decodeMessage(data: Uint8Array, isBinary: boolean, format: Format): PageMessage {
  if (isBinary !== (format === 'msgpack')) throw new MessageError(`${format} is spoken here`)
  const parsed = PageMessage.safeParse(format === 'msgpack' ? fromMsgpack(data) : fromJson(data))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new MessageError(`${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'not a message'}`)
}

function fromMsgpack(data: Uint8Array): unknown {
  try {
    return decoder.decode(data)
  } catch (error) {
    throw new MessageError(`not msgpack: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function fromJson(data: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'))
    if (typeof value !== 'object' || value === null || !('bytes' in value)) return value
    return typeof value.bytes === 'string' ? { ...value, bytes: base64Decode(value.bytes) } : value
  } catch (error) {
    if (error instanceof SyntaxError) throw new MessageError(`not JSON: ${error.message}`)
    throw error
  }
}
