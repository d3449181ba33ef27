/** Requests that come to a port for uwsgi and are not served (the uwsgi protocol, "uwsgi packet header" and "The uwsgi vars"). */
import type { Refusal } from './refusal.ts'

const LENGTHS = 'A name and a value each stand behind their length: two bytes, the low one first.'
const COUNTED = 'Let datasize count every variable to its last byte.'

export const UWSGI_REFUSALS = {
  // The four bytes of the header
  'uwsgi-http': {
    status: 400,
    message: 'These bytes begin a request of HTTP, but this port speaks uwsgi: there, they are %s.',
    advice: 'Use the port for HTTP. In nginx, write proxy_pass http://... instead of uwsgi_pass.',
  },
  'uwsgi-tls': {
    status: 400,
    message: 'These bytes begin a TLS handshake, but this port speaks uwsgi: there, they are %s.',
    advice: 'Let the server in front take care of TLS (ssl_certificate in nginx), and use uwsgi_pass behind it.',
  },
  modifier1: {
    status: 501,
    message: 'The modifier1 of the packet is %s, and this server serves 0 only: a request for a WSGI application.',
    advice: 'In nginx, leave uwsgi_modifier1 out. Other values ask uWSGI for things that are no requests, or run code.',
  },
  'packet-too-large': {
    status: 431,
    message: 'The variables together are longer than the %s bytes that this server takes.',
    advice: 'Send fewer or shorter ones, or start the server with a higher --max-head (a packet has room for 65535).',
  },
  'packet-empty': {
    status: 400,
    message: 'The datasize of the packet is 0: it has no variables, and so asks for nothing.',
    advice: 'Send at least REQUEST_METHOD and PATH_INFO. In nginx, write: include uwsgi_params;',
  },

  // The variables
  'variable-length-cut': {
    status: 400,
    message: 'The packet ends within a length: one byte is left where two are needed.',
    advice: `${LENGTHS} ${COUNTED}`,
  },
  'variable-too-long': {
    status: 400,
    message: 'A length in the packet is %s.',
    advice: `${LENGTHS} ${COUNTED}`,
  },
  'variable-value-missing': {
    status: 400,
    message: 'The packet ends behind a name: its value is missing.',
    advice: 'A value that is empty still has its length, which is 00 00.',
  },
  'variables-too-many': {
    status: 431,
    message: 'There are more variables than the %s that this server takes.',
    advice: 'Send fewer.',
  },
  'variable-name': {
    status: 400,
    message: 'The name of a variable is empty, or has a character that no name can have.',
    advice: 'A name is made of letters, digits and underscores, and a few signs: REQUEST_METHOD, wsgi.url_scheme.',
  },
  'variable-value': {
    status: 400,
    message: 'The value of %s has a control character, which no request could have had there.',
    advice: 'Look how the server in front makes it. In PATH_INFO, which is decoded, any character may stand.',
  },
  'variable-method': {
    status: 400,
    message: 'REQUEST_METHOD is missing, or no method: letters, digits and a few signs.',
    advice: 'In nginx, write: include uwsgi_params;',
  },
  'variable-path': {
    status: 400,
    message: '%s does not begin with a slash, as a path does.',
    advice: 'Let it begin with a slash, or be empty.',
  },
  'variable-protocol': {
    status: 400,
    message: 'SERVER_PROTOCOL is not HTTP, a slash and a version.',
    advice: 'It is what the client spoke to the server in front: HTTP/1.1',
  },
  'variable-length-repeated': {
    status: 400,
    message: 'CONTENT_LENGTH is there more than once, and says different things of where the body ends.',
    advice: 'Send it once. Two servers in a row could disagree on where this request ends, so it is not guessed at.',
  },
  'variable-length-missing': {
    status: 411,
    message: 'The body is said to be chunked, which no body behind a packet is, and there is no CONTENT_LENGTH.',
    advice: 'Let the server in front read all of it and count it (in nginx, uwsgi_request_buffering on).',
  },

  // What is missing of it
  'packet-incomplete': {
    status: 400,
    message: 'The packet was not complete when the sender ended its side of the connection.',
    advice: 'Send as many bytes as datasize says, and the body that CONTENT_LENGTH announces.',
  },
  'packet-timeout': {
    status: 408,
    message: 'The packet was not complete in time.',
    advice: 'Send as many bytes as datasize says, at once.',
  },
} as const satisfies Record<string, Refusal>
