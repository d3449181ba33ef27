/** The four bytes in front, and what else may come to a port that speaks uwsgi. */
import type { ReceiveBuffer } from '../bytes/receiveBuffer.ts'
import { ProtocolError } from '../refusals/refusals.ts'
import { HEADER_BYTES, headerIn, type PacketHeader } from './packet.ts'

/** A request for a WSGI application. */
const WSGI = 0

/** The uwsgi protocol, "Packet descriptions": what the other values of modifier1 ask for. */
const MODIFIERS: Readonly<Record<number, string>> = {
  5: 'a request for Perl (PSGI)',
  6: 'a request for Lua',
  7: 'a request for Ruby (Rack)',
  8: 'a request for Java',
  9: 'a CGI request',
  10: 'management',
  14: 'a request for PHP',
  15: 'a request for Mono',
  17: 'a task for the spooler',
  18: 'a call of a C symbol',
  22: 'code to be evaluated',
  23: 'XSLT',
  24: 'a request for V8',
  25: 'GridFS',
  26: 'GlusterFS',
  27: 'a FastFunc',
  30: 'WSGI, with SCRIPT_NAME taken off PATH_INFO',
  31: 'a message',
  48: 'SNMP',
  72: 'an answer of HTTP',
  95: 'cluster membership',
  96: 'a log line',
  97: 'a brutal reload',
  98: 'a graceful reload',
  99: 'a question about the configuration',
  100: 'a ping',
  101: 'an echo',
  109: 'a message of the legion',
  110: 'a signal',
  111: 'the cache',
  173: 'a remote procedure call',
  200: 'the end of a persistent connection',
  224: 'a subscription',
  255: 'an answer',
}

/** The first four bytes of what a client of HTTP may send. */
const HTTP_BEGINNINGS: ReadonlySet<string> = new Set([
  ...['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'CONN', 'OPTI', 'TRAC', 'PATC'],
  'PRI ', // RFC 9113 3.4
  '\r\n\r\n',
])

/** RFC 8446 5.1: ContentType handshake(22), then a version of 3.0 to 3.4. */
const TLS_HANDSHAKE = 22

/**
 * The header at the buffer's start, which has come to its end.
 * @throws ProtocolError where it is not one of a WSGI request; the bytes at fault are those that say so
 */
export function readHeader(buffer: ReceiveBuffer): PacketHeader {
  const { start } = buffer
  const all = { start, end: start + HEADER_BYTES }
  const bytes = [0, 1, 2, 3].map((index) => buffer.at(start + index))
  const [modifier1 = 0, version = 0, minor = 0] = bytes
  const header = headerIn(bytes)
  if (HTTP_BEGINNINGS.has(buffer.text(all.start, all.end))) throw new ProtocolError('uwsgi-http', all, asPacket(header))
  if (modifier1 === TLS_HANDSHAKE && version === 3 && minor <= 4)
    throw new ProtocolError('uwsgi-tls', all, asPacket(header))
  if (modifier1 !== WSGI) throw new ProtocolError('modifier1', { start, end: start + 1 }, modifierName(modifier1))
  if (header.datasize === 0) throw new ProtocolError('packet-empty', { start: start + 1, end: start + 3 })
  return header
}

/** What the bytes of another protocol mean in this one. */
const asPacket = ({ modifier1, datasize, modifier2 }: PacketHeader): string =>
  `modifier1 ${modifier1}, datasize ${datasize} and modifier2 ${modifier2}`

/** `17 (a task for the spooler)`; the number alone where it is not known. */
function modifierName(modifier1: number): string {
  const known = MODIFIERS[modifier1]
  return known === undefined ? String(modifier1) : `${modifier1} (${known})`
}
