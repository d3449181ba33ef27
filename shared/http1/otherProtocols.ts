/**
 * Other protocols that arrive at an HTTP port, and how they are known: by their first byte, so that a client which sends
 * no line is answered at once, or by their first line.
 */

import { ProtocolError } from '../refusals/refusals.ts'
import { CR, HTAB, LF, SP } from './grammar.ts'

/** RFC 8446 5.1: ContentType handshake(22). */
const TLS_HANDSHAKE = 0x16
/** The modifier1 of a WSGI request in the uwsgi protocol. */
const UWSGI_WSGI = 0x00

/** First bytes that give a protocol away; where several share one, it says which is meant. */
const FIRST_BYTES: Readonly<Record<number, string>> = {
  4: 'SOCKS 4',
  5: 'SOCKS 5',
  16: 'MQTT',
  128: 'SSL 2',
  239: 'a byte order mark, which nothing may stand behind here',
}

/** First lines that give a protocol away. */
const FIRST_LINES: readonly (readonly [RegExp, string])[] = [
  [/^SSH-\d/, 'SSH'],
  [/^(EHLO|HELO|MAIL FROM|RCPT TO)\b/i, 'SMTP'],
  [/^\*\d+$/, 'Redis'],
  [/\bRTSP\/\d/, 'RTSP'],
  [/\bSIP\/\d/, 'SIP'],
  [/^JRMI/, 'Java RMI'],
]

// The PROXY protocol, version 1: "PROXY" SP ( "TCP4" / "TCP6" / "UNKNOWN" ).
const PROXY_LINE = /^PROXY (TCP4|TCP6|UNKNOWN)\b/
// RFC 9113 3.4: the client's connection preface.
const HTTP2_PREFACE = 'PRI * HTTP/2.0'
/** Whoever wrote this meant HTTP: there is a version, a well-known method, or a word and the beginning of a target. */
const MEANT_AS_HTTP =
  /\bHTTP\/\d|^ *(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|TRACE|CONNECT)\b|^ *[A-Za-z]+[ \t]+([/*?]|https?:)/i

/** Whether a line may begin so, well-formed or not. */
const beginsLine = (byte: number): boolean => (byte >= SP && byte < 0x7f) || byte === CR || byte === LF || byte === HTAB

/**
 * What is wrong with a request line that begins with `byte`, at the absolute offset `at`, behind `blankLines` empty lines;
 * null where it may.
 */
export function firstByteFault(byte: number, at: number, blankLines: number): ProtocolError | null {
  if (beginsLine(byte)) return null
  const span = { start: at, end: at + 1 }
  if (byte === TLS_HANDSHAKE) return new ProtocolError('tls-hello', span)
  // The PROXY protocol, version 2, has a signature that begins with CRLF CRLF NUL.
  if (byte === UWSGI_WSGI) return new ProtocolError(blankLines === 2 ? 'proxy-header' : 'uwsgi-packet', span)
  const known = FIRST_BYTES[byte]
  const hex = byte.toString(16).padStart(2, '0')
  return new ProtocolError('not-http-byte', span, known === undefined ? hex : `${hex}, as in ${known}`)
}

/** A better name for what is wrong with a first line that could not be read; null where it was meant as HTTP. */
export function firstLineFault(line: string, at: number): ProtocolError | null {
  const span = { start: at, end: at + line.length }
  if (PROXY_LINE.test(line)) return new ProtocolError('proxy-line', span)
  if (line === HTTP2_PREFACE) return new ProtocolError('http2-preface', span)
  if (line.trim() === '' || MEANT_AS_HTTP.test(line)) return null
  const known = FIRST_LINES.find(([pattern]) => pattern.test(line))
  return new ProtocolError('not-http', span, known === undefined ? '' : `, but of ${known[1]}`)
}
