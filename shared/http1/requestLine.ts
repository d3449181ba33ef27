/** RFC 9112 3: request-line = method SP request-target SP HTTP-version */

import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { isHost, isTargetCharacter, QUESTION_MARK, SP, scanToken } from './grammar.ts'

/** A piece of the stream as text; it ends at `start + text.length`, since one code point is one byte. */
export interface Piece {
  readonly text: string
  /** Absolute offset of its first byte. */
  readonly start: number
}

export interface RequestLine {
  readonly method: Piece
  readonly target: Piece
  readonly version: Piece
  /** Of HTTP/1.x; the major version is always 1. */
  readonly minor: number
  /** Only in the absolute form. */
  readonly authority: Piece | null
  /** Still percent-encoded; null for the server as a whole (OPTIONS *), empty where an absolute target has none. */
  readonly path: Piece | null
  /** Without the question mark; null where there is none. */
  readonly query: Piece | null
  /** Absolute offset of the target's first byte above 127; -1 where all of them are ASCII, as RFC 3986 wants it. */
  readonly rawByte: number
}

const SLASH = 47
const VERSION = 'HTTP/1.1'
const WELL_FORMED_VERSION = /^HTTP\/\d\.\d$/
// RFC 3986 3.1: scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
const ABSOLUTE = /^[a-z][-+.a-z0-9]*:\/\//i
// RFC 9112 3.2.3: authority-form = uri-host ":" port
const AUTHORITY = /^(\[[^\]]*\]|[^/?:]+):\d*$/
const HTTP_SCHEME = /^https?:\/\//i
const SECURE_SCHEME = /^https:/i

/**
 * Reads `text` from `start` to `end` (the line without CRLF); `base` is the absolute offset of index 0.
 * @throws ProtocolError
 */
export function parseRequestLine(text: string, start: number, end: number, base: number): RequestLine {
  const methodEnd = scanToken(text, start, end)
  if (methodEnd === end || methodEnd === start) throw refuse(base, 'request-line', start, end)
  if (text.charCodeAt(methodEnd) !== SP) throw refuse(base, 'method', methodEnd, methodEnd + 1)

  const targetStart = methodEnd + 1
  let targetEnd = targetStart
  let question = -1
  let raw = -1
  for (; targetEnd < end; targetEnd++) {
    const code = text.charCodeAt(targetEnd)
    if (!isTargetCharacter(code)) break
    if (code === QUESTION_MARK && question === -1) question = targetEnd
    if (code > 127 && raw === -1) raw = targetEnd
  }
  if (targetEnd === targetStart) throw refuse(base, 'request-line', start, end)
  if (targetEnd === end) throw refuse(base, 'version-missing', start, end)
  if (text.charCodeAt(targetEnd) !== SP) {
    const code = text[targetEnd] === '#' ? 'target-fragment' : 'target-character'
    throw refuse(base, code, targetEnd, targetEnd + 1)
  }

  const version = text.slice(targetEnd + 1, end)
  if (version !== VERSION && !WELL_FORMED_VERSION.test(version)) {
    throw refuse(base, version.includes(' ') ? 'request-line' : 'version', targetEnd + 1, end)
  }
  // RFC 9110 2.5: a higher minor version is served as the highest one known.
  if (version[5] !== '1') throw refuse(base, 'version-unsupported', targetEnd + 1, end)

  const method = text.slice(start, methodEnd)
  if (method === 'CONNECT') throw refuse(base, 'connect', start, methodEnd)
  const target = text.slice(targetStart, targetEnd)
  const pathStart = pathIndex(method, target)
  if (typeof pathStart === 'string') throw refuse(base, pathStart, targetStart, targetEnd)

  const pathEnd = question === -1 ? targetEnd : question
  // RFC 9110 4.2.3: an empty path is "/", but for OPTIONS; RFC 9112 3.2.4: there it stands for "*".
  const asksServer = target === '*' || (method === 'OPTIONS' && pathStart === target.length)
  return {
    method: { text: method, start: base + start },
    target: { text: target, start: base + targetStart },
    version: { text: version, start: base + targetEnd + 1 },
    minor: version.charCodeAt(7) - 48,
    authority:
      pathStart > 0 ? piece(text, base, targetStart + target.indexOf('//') + 2, targetStart + pathStart) : null,
    path: asksServer ? null : piece(text, base, targetStart + pathStart, pathEnd),
    query: question === -1 ? null : piece(text, base, question + 1, targetEnd),
    rawByte: raw === -1 ? -1 : base + raw,
  }
}

const piece = (text: string, base: number, from: number, to: number): Piece => ({
  text: text.slice(from, to),
  start: base + from,
})

const refuse = (base: number, code: RefusalCode, from: number, to: number): ProtocolError =>
  new ProtocolError(code, { start: base + from, end: base + to })

/** Where the path begins in `target`: behind the authority in the absolute form, else at 0. Or why there is none. */
function pathIndex(method: string, target: string): number | RefusalCode {
  // RFC 9112 3.2.1: origin-form = absolute-path [ "?" query ]
  if (target.charCodeAt(0) === SLASH) return 0
  // RFC 9112 3.2.4: asterisk-form = "*", for a server-wide OPTIONS
  if (target === '*') return method === 'OPTIONS' ? 0 : 'target-asterisk'
  // RFC 9112 3.2.2: absolute-form = absolute-URI. A server must accept it.
  if (ABSOLUTE.test(target)) {
    const authorityStart = target.indexOf('//') + 2
    const length = target.slice(authorityStart).search(/[/?]/)
    const authorityEnd = length === -1 ? target.length : authorityStart + length
    // RFC 9110 4.2.1: an empty host is invalid. 4.2.4: so is user information. isHost() refuses the "@".
    const authority = target.slice(authorityStart, authorityEnd)
    const valid = HTTP_SCHEME.test(target) && isHost(authority) && authority !== '' && !authority.startsWith(':')
    if (!valid) return 'target-absolute'
    // RFC 9110 7.4: a request for an https resource "MUST be rejected unless it has been received over a connection that
    // has been secured"; 15.5.20 has the status for it.
    return SECURE_SCHEME.test(target) ? 'target-scheme' : authorityEnd
  }
  return AUTHORITY.test(target) ? 'target-authority' : 'target-relative'
}
