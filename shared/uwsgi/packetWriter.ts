/** Packets, for whoever speaks uwsgi to a server. */
import { HEADER_BYTES, LENGTH_BYTES, MOST_BYTES } from './packet.ts'

/**
 * The packet that says this. Text is one byte a code point; a packet for something else than a WSGI application may be made as well.
 * @throws RangeError where a name, a value or all of them are longer than two bytes can say, or a character is no byte
 */
export function writePacket(
  variables: readonly (readonly [name: string, value: string])[],
  { modifier1 = 0, modifier2 = 0 }: { modifier1?: number; modifier2?: number } = {},
): Uint8Array {
  const size = variables.reduce((sum, [name, value]) => sum + 2 * LENGTH_BYTES + name.length + value.length, 0)
  if (size > MOST_BYTES)
    throw new RangeError(`the variables are ${size} bytes long, and a packet has room for ${MOST_BYTES}`)
  const bytes = new Uint8Array(HEADER_BYTES + size)
  bytes.set([modifier1, size & 0xff, size >> 8, modifier2])
  let at = HEADER_BYTES
  for (const text of variables.flat()) {
    bytes.set([text.length & 0xff, text.length >> 8], at)
    at += LENGTH_BYTES
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0xff) throw new RangeError(`${JSON.stringify(text.slice(0, 60))} has a character that is no byte`)
      bytes[at++] = code
    }
  }
  return bytes
}
