/** The variables behind a packet's header: what stands there, whatever it means. */
import { ProtocolError } from '../refusals/refusals.ts'
import { LENGTH_BYTES, type Variable } from './packet.ts'

/** More variables than this are refused, as headers are. */
const MOST_VARIABLES = 1000

/** Any visible character of ASCII. */
const NAME = /^[!-~]+$/

/**
 * The uwsgi protocol, "The uwsgi vars": u16 key_size, key, u16 val_size, val.
 * @param text the whole block, one code point a byte
 * @param base absolute offset of its first byte
 * @throws ProtocolError
 */
export function parseVariables(text: string, base: number): Variable[] {
  const variables: Variable[] = []
  for (let at = 0; at < text.length; ) {
    if (variables.length === MOST_VARIABLES) {
      throw new ProtocolError('variables-too-many', { start: base + at, end: base + text.length }, MOST_VARIABLES)
    }
    const nameStart = at + LENGTH_BYTES
    const nameEnd = endOf(text, at, base)
    if (nameEnd === text.length) {
      throw new ProtocolError('variable-value-missing', { start: base + nameStart, end: base + nameEnd })
    }
    const valueStart = nameEnd + LENGTH_BYTES
    const valueEnd = endOf(text, nameEnd, base)
    const name = text.slice(nameStart, nameEnd)
    if (!NAME.test(name)) {
      // An empty name is where its length is.
      throw new ProtocolError('variable-name', { start: base + (name === '' ? at : nameStart), end: base + nameEnd })
    }
    const value = text.slice(valueStart, valueEnd)
    variables.push({ name, value, nameStart: base + nameStart, valueStart: base + valueStart, dropped: null })
    at = valueEnd
  }
  return variables
}

/** Where what stands behind the length at `at` ends. */
function endOf(text: string, at: number, base: number): number {
  const start = at + LENGTH_BYTES
  if (start > text.length) {
    throw new ProtocolError('variable-length-cut', { start: base + at, end: base + text.length })
  }
  const length = text.charCodeAt(at) + 256 * text.charCodeAt(at + 1)
  const left = text.length - start
  if (length > left) {
    const detail = `${length}, and ${left === 1 ? '1 byte is' : `${left} bytes are`} left of the ${text.length} that datasize counts`
    throw new ProtocolError('variable-too-long', { start: base + at, end: base + start }, detail)
  }
  return start + length
}
