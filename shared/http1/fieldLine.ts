/** RFC 9112 5: field-line = field-name ":" OWS field-value OWS */

import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { COLON, isBlank, scanFieldValue, scanToken } from './grammar.ts'

/** Indices into the text of the line; the name begins where the line does, and ends at the colon. */
export interface FieldLine {
  colon: number
  valueStart: number
  valueEnd: number
}

/**
 * Reads `text` from `start` to `end` (the line without CRLF, not empty) into `into`; `base` is the absolute offset of
 * index 0.
 * @throws ProtocolError
 */
export function parseFieldLine(text: string, start: number, end: number, base: number, into: FieldLine): void {
  const colon = scanToken(text, start, end)
  if (colon === start || text.charCodeAt(colon) !== COLON) throw nameFault(text, start, colon, end, base)
  let valueStart = colon + 1
  let valueEnd = end
  while (valueStart < valueEnd && isBlank(text.charCodeAt(valueStart))) valueStart++
  while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--
  const odd = scanFieldValue(text, valueStart, valueEnd)
  if (odd !== valueEnd) throw new ProtocolError('header-value', { start: base + odd, end: base + odd + 1 })
  into.colon = colon
  into.valueStart = valueStart
  into.valueEnd = valueEnd
}

/** `at` is the first character that no name can have; it is not a colon, or it is the first of the line. */
function nameFault(text: string, start: number, at: number, end: number, base: number): ProtocolError {
  const refuse = (code: RefusalCode, from: number, to: number) =>
    new ProtocolError(code, { start: base + from, end: base + to })
  const code = text.charCodeAt(at)
  // RFC 9112 5.2: obs-fold must be refused, or replaced by a blank.
  if (at === start && isBlank(code)) return refuse('header-fold', at, at + 1)
  if (at === end) return refuse('header-colon', start, end)
  if (code === COLON) return refuse('header-empty-name', at, at + 1)
  // RFC 9112 5.1: "No whitespace is allowed between the field name and colon."
  let colon = at
  while (colon < end && isBlank(text.charCodeAt(colon))) colon++
  if (colon > at && text.charCodeAt(colon) === COLON) return refuse('header-blank', at, colon)
  return refuse('header-name', at, at + 1)
}
