/**
 * Requests of HTTP/1.x that are not served (RFC 9110, RFC 9112).
 * Longer than 250 lines: a table, one entry for each refusal.
 */
import type { Refusal } from './refusal.ts'

const SMUGGLING = 'Two servers in a row could disagree on where this request ends, so it is not guessed at.'
const CRLF = 'End every line with CRLF: a carriage return (0d), then a line feed (0a).'
const SIZES = 'A chunk is its size in hexadecimal digits, CRLF, that many bytes, CRLF. The last one has size 0.'

export const HTTP_REFUSALS = {
  // The line itself
  'tls-hello': {
    status: 400,
    message: 'These bytes begin a TLS handshake (the first one is 16), but this port speaks plain HTTP.',
    advice: 'Use http:// instead of https://, or put a server that speaks TLS in front.',
  },
  'uwsgi-packet': {
    status: 400,
    message: 'These bytes begin like a packet of the uwsgi protocol (the first one is 00), but this port speaks HTTP.',
    advice: 'In nginx, write proxy_pass http://... instead of uwsgi_pass, which is for a port that speaks uwsgi.',
  },
  'proxy-line': {
    status: 400,
    message: 'The first line is one of the PROXY protocol, which tells who the client is, and is not spoken here.',
    advice: 'Switch it off in the server in front (send-proxy, proxy_protocol), and let it send X-Forwarded-For.',
  },
  'proxy-header': {
    status: 400,
    message: 'These bytes begin a header of the PROXY protocol, version 2, which is not spoken here.',
    advice: 'Switch it off in the server in front (send-proxy-v2), and let it send X-Forwarded-For.',
  },
  'http2-preface': {
    status: 505,
    message: 'This is how HTTP/2 begins, and this server speaks HTTP/1.0 and HTTP/1.1 only.',
    advice: 'Send HTTP/1.1 (curl --http1.1), or put a server that speaks HTTP/2 in front.',
  },
  'not-http-byte': {
    status: 400,
    message: 'No request line can begin with this byte (%s): what came is not HTTP.',
    advice: 'This port speaks HTTP/1.1. Look which port the client was meant to connect to.',
  },
  'not-http': {
    status: 400,
    message: 'The first line is not one of HTTP at all%s.',
    advice: 'This port speaks HTTP/1.1, and a request begins like this: GET / HTTP/1.1',
  },
  'bare-lf': { status: 400, message: 'A line ends in a line feed without a carriage return.', advice: CRLF },
  'bare-cr': { status: 400, message: 'A carriage return stands without a line feed behind it.', advice: CRLF },
  incomplete: {
    status: 400,
    message: 'The client ended its side of the connection before the request was complete.',
    advice: 'Send the blank line that ends the head, and as many bytes of body as were announced.',
  },

  // RFC 9112 3: the request line
  'request-line': {
    status: 400,
    message: 'The first line is not a request line.',
    advice: 'It is a method, one space, a target, one space, and a version: GET / HTTP/1.1',
  },
  method: {
    status: 400,
    message: 'The method contains a character that no method can have.',
    advice: 'A method is a token: letters, digits and a few signs, followed by one space.',
  },
  'target-character': {
    status: 400,
    message: 'The target contains a control character.',
    advice: 'Percent-encode it, as in %0A.',
  },
  'target-fragment': {
    status: 400,
    message: 'The target contains a "#".',
    advice: 'A fragment stays in the client and is never sent. A "#" that belongs to the path is written %23.',
  },
  'target-relative': {
    status: 400,
    message: 'The target is not of any form that a request may have.',
    advice: 'Let it begin with a slash.',
  },
  'target-asterisk': {
    status: 400,
    message: 'The target "*" is for OPTIONS only.',
    advice: 'Name a path, beginning with a slash.',
  },
  'target-authority': {
    status: 400,
    message: 'A target that is only a host and a port is for CONNECT only.',
    advice: 'Name a path, beginning with a slash.',
  },
  'target-absolute': {
    status: 400,
    message: 'The target is a whole URL, but not one with http or https, a valid host, and no user name.',
    advice: 'Correct the URL, or send only its path, beginning with a slash.',
  },
  'target-scheme': {
    status: 421,
    message: 'The target is a URL with https, but this connection is not secured by TLS.',
    advice: 'Write http, or put a server that speaks TLS in front.',
  },
  'version-missing': {
    status: 400,
    message: 'The request line has no version. That was HTTP/0.9, which is not served.',
    advice: 'Add HTTP/1.1 at the end of the line.',
  },
  version: {
    status: 400,
    message: 'The version is not HTTP, a slash, a digit, a dot, and a digit.',
    advice: 'Write HTTP/1.1, in capitals.',
  },
  'version-unsupported': {
    status: 505,
    message: 'This server speaks HTTP/1.0 and HTTP/1.1 only.',
    advice: 'Send HTTP/1.1. A client that insists on HTTP/2 needs a server in front that speaks it.',
  },
  connect: {
    status: 501,
    message: 'CONNECT asks for a tunnel, and this server is not a proxy.',
    advice: 'Send the request without a proxy.',
  },
  'request-line-too-long': {
    status: 414,
    message: 'The request line is longer than the %s bytes that this server takes.',
    advice: 'Send what is long in the body instead of the query, or start the server with a higher --max-line.',
  },

  // RFC 9112 5: header fields
  'header-fold': {
    status: 400,
    message: 'A header line begins with white space: an obsolete way to continue the line before it.',
    advice: 'Write each header on one line.',
  },
  'header-colon': {
    status: 400,
    message: 'A header line has no colon.',
    advice: 'A header is a name, a colon and a value. A blank line ends the head.',
  },
  'header-empty-name': {
    status: 400,
    message: 'A header line begins with its colon: the name is missing.',
    advice: 'A header is a name, a colon and a value.',
  },
  'header-name': {
    status: 400,
    message: 'A header name contains a character that no name can have.',
    advice: 'A name is a token: letters, digits, hyphens and a few other signs.',
  },
  'header-blank': {
    status: 400,
    message: 'There is white space between a header name and its colon.',
    advice: 'Put the colon directly behind the name. Servers that disagree on this blank have been broken into.',
  },
  'header-value': {
    status: 400,
    message: 'A header value contains a control character.',
    advice: 'Encode it; a value is made of visible characters, blanks and tabs.',
  },
  'header-too-long': {
    status: 431,
    message: 'A header line is longer than the %s bytes that this server takes.',
    advice: 'Shorten it (it is often a cookie that has grown), or start the server with a higher --max-header.',
  },
  'headers-too-many': {
    status: 431,
    message: 'There are more header lines than the %s that this server takes.',
    advice: 'Send fewer, or start the server with a higher --max-headers.',
  },
  'headers-too-large': {
    status: 431,
    message: 'The header lines together are longer than the %s bytes that this server takes.',
    advice: 'Send fewer or shorter ones, or start the server with a higher --max-head.',
  },
  'host-missing': {
    status: 400,
    message: 'There is no Host header, which HTTP/1.1 requires.',
    advice: 'Add one: Host: localhost',
  },
  'host-repeated': {
    status: 400,
    message: 'There is more than one Host header.',
    advice: 'Send one. Two servers in a row could serve two different sites.',
  },
  'host-invalid': {
    status: 400,
    message: 'The Host header is not a host with an optional port.',
    advice: 'Write a name or an address, and a port where it is not 80: localhost:8888',
  },
  'content-type-repeated': {
    status: 400,
    message: 'There is more than one Content-Type header.',
    advice: 'Send one: a body has one type.',
  },
  'expect-unknown': {
    status: 417,
    message: 'The Expect header asks for something that this server does not know.',
    advice: 'The one expectation there is, is 100-continue. Leave the header out.',
  },

  // RFC 9112 6: where the body ends
  'length-invalid': {
    status: 400,
    message: 'The Content-Length is not a number written in decimal digits only.',
    advice: 'Count the bytes of the body and write the count.',
  },
  'length-repeated': {
    status: 400,
    message: 'There is more than one Content-Length header.',
    advice: `Send one. ${SMUGGLING}`,
  },
  'length-and-coding': {
    status: 400,
    message: 'There is a Content-Length and a Transfer-Encoding; each says in its own way where the body ends.',
    advice: `Send one of them. ${SMUGGLING}`,
  },
  'coding-on-http10': {
    status: 400,
    message: 'There is a Transfer-Encoding in HTTP/1.0, which does not know it.',
    advice: `Send a Content-Length, or HTTP/1.1. ${SMUGGLING}`,
  },
  'coding-invalid': {
    status: 400,
    message: 'The Transfer-Encoding is not a list of coding names.',
    advice: 'Write: Transfer-Encoding: chunked',
  },
  'coding-repeated': {
    status: 400,
    message: 'The Transfer-Encoding says chunked twice.',
    advice: `Say it once. ${SMUGGLING}`,
  },
  'coding-not-last': {
    status: 400,
    message: 'The Transfer-Encoding does not end in chunked, so the end of the body cannot be found.',
    advice: `Let chunked be the last coding. ${SMUGGLING}`,
  },
  'coding-unknown': {
    status: 501,
    message: 'The Transfer-Encoding names a coding that this server does not undo.',
    advice: 'Send chunked only. Compression of the content itself is named in Content-Encoding.',
  },
  'body-too-large': {
    status: 413,
    message: 'The body is larger than the %s bytes that this server takes.',
    advice: 'Send less, or start the server with a higher --max-body.',
  },
  'chunk-size': { status: 400, message: 'A chunk does not begin with its size.', advice: SIZES },
  'chunk-extension': {
    status: 400,
    message: 'What stands behind a chunk size is not an extension (;name=value).',
    advice: SIZES,
  },
  'chunk-line-too-long': {
    status: 400,
    message: 'The line with a chunk size is longer than the %s bytes that this server takes.',
    advice: 'Leave the chunk extensions out.',
  },
  'chunk-end': {
    status: 400,
    message: 'There is no CRLF where a chunk should end: its size and its data do not agree.',
    advice: SIZES,
  },
  'trailer-forbidden': {
    status: 400,
    message: 'This header stands behind the body, where it is too late: it must be known before the body is read.',
    advice: 'Send it in the head.',
  },

  // Time
  'header-timeout': {
    status: 408,
    message: 'The head of the request was not complete in time.',
    advice: 'Send it at once; a blank line ends it.',
  },
  'body-timeout': {
    status: 408,
    message: 'The body of the request was not complete in time.',
    advice: 'Send as many bytes as were announced, without pauses.',
  },
} as const satisfies Record<string, Refusal>
