/**
 * The referee: what was done against, or at the edge of, a specification. A table of rules; whoever sees a rule broken
 * says its name. Most are seen by the gateway, some only where the application runs: those that raise an exception in it,
 * and those that leave no mark on what it sends.
 * Longer than 250 lines: a table, one entry for each rule.
 */
import type { Span } from '../bytes/span.ts'
import type { EventOf, Stage, TraceKind } from '../trace/events.ts'

export interface Rule {
  /** `error`: the specification forbids it. `warning`: it goes wrong for somebody. `note`: good to know. */
  level: 'error' | 'warning' | 'note'
  /** Where it says so. */
  section: string
  /** A stage of the request, or what the application does by itself. */
  concerns: Stage | 'application'
  /** The event it is about: the latest of the first of these kinds that the exchange has. */
  about: readonly TraceKind[]
  /** One sentence. */
  message: string
}

const pep = (title: string): string => `PEP 3333, ${title}`
const START = pep('The start_response() Callable')
const STRINGS = pep('A Note On String Types')
const DETAILS = pep('Specification Details')
const LENGTH = pep('Handling the Content-Length Header')
const WRITE = pep('The write() Callable')
const STREAMS = pep('Input and Error Streams')
const OTHER = pep('Other HTTP Features')

/** Raised in the application by a call of start_response; where it caught that itself, only the call is left. */
const REFUSED_CALL = { level: 'error', concerns: 'startResponse', about: ['app.raised', 'app.called'] } as const
/** Raised because of what the application gave as its body. */
const REFUSED_BODY = { level: 'error', concerns: 'application', about: ['app.raised', 'app.called'] } as const
/** Read off the arguments of start_response. */
const HEAD = { concerns: 'startResponse', about: ['app.startResponse'] } as const
/** Seen when a piece of the body comes. */
const PIECE = { concerns: 'response', about: ['app.yielded', 'app.wrote'] } as const

export const RULES = {
  // About the request
  'target-raw-bytes': {
    level: 'note',
    section: 'RFC 3986 2.1',
    concerns: 'socket',
    about: ['request.line'],
    message: 'The target has bytes above 127 that are not percent-encoded, and they are taken as they came.',
  },
  'header-underscore': {
    level: 'warning',
    section: 'RFC 3875 4.1.18',
    concerns: 'socket',
    about: ['request.header'],
    message: 'A header with an underscore is dropped: it would have the same key as the name with a hyphen.',
  },

  'variable-code': {
    level: 'warning',
    section: 'uwsgi protocol, magic variables',
    concerns: 'requestLine',
    about: ['uwsgi.packet'],
    message: 'A variable names code or a file for the server to load. uWSGI would; this server ignores it.',
  },
  'variable-of-server': {
    level: 'warning',
    section: pep('environ Variables'),
    concerns: 'requestLine',
    about: ['uwsgi.packet'],
    message: 'A variable has a name that only the server itself may give to the application, and is ignored.',
  },
  'variable-repeated': {
    level: 'note',
    section: 'uwsgi protocol, The uwsgi vars',
    concerns: 'requestLine',
    about: ['uwsgi.packet'],
    message: 'A variable is there more than once; the last one counts.',
  },

  // Refused calls of start_response
  'status-not-str': {
    ...REFUSED_CALL,
    section: STRINGS,
    message: 'The status must be a str, not a number or bytes.',
  },
  'status-form': {
    ...REFUSED_CALL,
    section: START,
    message: 'The status must be three digits, a space and a reason, such as "200 OK".',
  },
  'status-informational': {
    ...REFUSED_CALL,
    section: 'RFC 9110 15.2',
    message: 'A status below 200 is not a final answer: the client would go on waiting for one.',
  },
  'headers-not-list': {
    ...REFUSED_CALL,
    section: START,
    message: 'The headers must be a list, since the server may change them; no dict, tuple or iterator will do.',
  },
  'header-not-pair': {
    ...REFUSED_CALL,
    section: START,
    message: 'Each header must be a tuple of two: name and value.',
  },
  'header-not-str': {
    ...REFUSED_CALL,
    section: STRINGS,
    message: 'The name and the value of a header must be str, also where the value is a number.',
  },
  'header-name': {
    ...REFUSED_CALL,
    section: 'RFC 9110 5.1',
    message: 'A header name is letters, digits and a few signs, without blanks and without the colon.',
  },
  'not-latin1': {
    ...REFUSED_CALL,
    section: STRINGS,
    message: 'Status and headers become bytes as latin-1, so characters above U+00FF cannot stand in them.',
  },
  'control-character': {
    ...REFUSED_CALL,
    section: START,
    message: 'Status and headers must not have control characters: a line feed would begin a header of its own.',
  },
  'hop-by-hop': {
    ...REFUSED_CALL,
    section: OTHER,
    message: 'A hop-by-hop header is about this one connection, which only the server knows.',
  },
  'transfer-encoding': {
    ...REFUSED_CALL,
    section: OTHER,
    message: 'Transfer-Encoding is for the server alone: it does the chunking itself.',
  },
  'start-response-twice': {
    ...REFUSED_CALL,
    section: START,
    message: 'start_response was called a second time without exc_info.',
  },
  'exc-info-form': {
    ...REFUSED_CALL,
    section: START,
    message: 'exc_info must be what sys.exc_info() gives while an exception is handled.',
  },
  'exc-info-late': {
    ...REFUSED_CALL,
    level: 'note',
    section: START,
    message: 'The head had already been sent, so start_response could only raise the exception again.',
  },

  // What start_response was given
  'status-header': {
    ...HEAD,
    level: 'warning',
    section: 'RFC 3875 6.3.3',
    message: 'A header named Status is the language of CGI, where a server takes it for the status itself.',
  },
  'length-invalid': {
    ...HEAD,
    level: 'error',
    section: 'RFC 9110 8.6',
    message: 'The Content-Length is not one decimal number, so it is not sent.',
  },
  'length-repeated': {
    ...HEAD,
    level: 'error',
    section: 'RFC 9110 8.6',
    message: 'Content-Length was given more than once, so none is sent.',
  },
  'length-forbidden': {
    ...HEAD,
    level: 'warning',
    section: 'RFC 9110 8.6',
    message: 'A response with this status has no body, so its Content-Length is not sent.',
  },
  'content-type-forbidden': {
    ...HEAD,
    // What it says does no harm, and frameworks say it; wsgiref.validate does not let it pass.
    level: 'note',
    section: 'RFC 9110 15.4.5',
    message: 'A response with this status has no body, so there is nothing that has a Content-Type.',
  },
  'content-type-missing': {
    ...HEAD,
    level: 'note',
    section: 'RFC 9110 8.3',
    message: 'There is a body but no Content-Type, so the client has to guess what it is.',
  },
  'header-repeated': {
    ...HEAD,
    level: 'error',
    section: 'RFC 9110 5.3',
    message: 'A header that has one value was given twice, and each reader picks another one.',
  },
  'name-underscore': {
    ...HEAD,
    level: 'note',
    section: 'RFC 9110 16.3.2.1',
    message: 'A header name with an underscore is dropped by many servers on the way.',
  },
  'date-form': {
    ...HEAD,
    level: 'error',
    section: 'RFC 9110 5.6.7',
    message: 'A date in a header is written like "Sun, 06 Nov 1994 08:49:37 GMT".',
  },
  'location-missing': {
    ...HEAD,
    level: 'warning',
    section: 'RFC 9110 15.4',
    message: 'A redirection without a Location does not say where to go.',
  },
  'challenge-missing': {
    ...HEAD,
    level: 'error',
    section: 'RFC 9110 15.5.2',
    message: 'A 401 must say in WWW-Authenticate how to log in.',
  },
  'allow-missing': {
    ...HEAD,
    level: 'error',
    section: 'RFC 9110 15.5.6',
    message: 'A 405 must list in Allow the methods that there are.',
  },

  // The body
  'start-response-missing': {
    level: 'error',
    section: START,
    concerns: 'startResponse',
    about: ['app.yielded', 'app.returned'],
    message: 'The application gave its response without having called start_response.',
  },
  'result-not-iterable': {
    ...REFUSED_BODY,
    section: DETAILS,
    message: 'The application must return an iterable of bytes, also where there is no body: an empty list.',
  },
  'result-str': {
    ...REFUSED_BODY,
    section: DETAILS,
    message: 'The application returned a str, which has to be encoded, and put into a list.',
  },
  'result-bytes': {
    level: 'warning',
    section: DETAILS,
    concerns: 'application',
    about: ['app.returned'],
    message: 'The application returned bare bytes, taken as one chunk; iterated over, they are numbers.',
  },
  'chunk-not-bytes': {
    ...REFUSED_BODY,
    section: DETAILS,
    message: 'Each chunk must be bytes: text has to be encoded first.',
  },
  'len-wrong': {
    level: 'error',
    section: DETAILS,
    concerns: 'application',
    about: ['app.yielded', 'app.returned'],
    message: 'The len() of what the application returned is not the number of its chunks.',
  },
  'tiny-chunks': {
    ...PIECE,
    level: 'note',
    section: pep('Buffering and Streaming'),
    message: 'The body comes in very many very small chunks, each of which costs more than it carries.',
  },
  'write-used': {
    ...PIECE,
    level: 'note',
    about: ['app.wrote'],
    section: WRITE,
    message: 'write() is there for old frameworks only; new applications return an iterable.',
  },
  'write-late': {
    ...PIECE,
    level: 'error',
    about: ['app.wrote'],
    section: WRITE,
    message: 'write() must not be called from within the returned iterable.',
  },
  'write-not-bytes': {
    ...REFUSED_BODY,
    section: WRITE,
    message: 'write() takes bytes: text has to be encoded first.',
  },
  'length-exceeded': {
    ...PIECE,
    level: 'error',
    section: LENGTH,
    message: 'The application gave more bytes than its Content-Length, and what exceeds it is not sent.',
  },
  'length-short': {
    level: 'error',
    section: LENGTH,
    concerns: 'response',
    about: ['app.yielded', 'app.wrote', 'app.returned'],
    message:
      'The application gave fewer bytes than its Content-Length, so the connection is dropped to tell the client.',
  },
  'body-forbidden': {
    ...PIECE,
    level: 'warning',
    section: 'RFC 9110 6.4.1',
    message: 'A response with this status has no body, so what the application gave is not sent.',
  },
  'close-raised': {
    level: 'error',
    section: DETAILS,
    concerns: 'application',
    about: ['app.raised'],
    message: 'close() of the returned iterable raised an exception, when nothing could be answered any more.',
  },

  // environ and its streams
  'input-read-again': {
    level: 'note',
    section: STREAMS,
    concerns: 'environ',
    about: ['input.read'],
    message: 'wsgi.input was asked for the whole body once more; it can be read only once, and this gives empty bytes.',
  },
  'stream-closed': {
    level: 'error',
    section: STREAMS,
    concerns: 'environ',
    about: ['app.called'],
    message: 'The application must not close wsgi.input or wsgi.errors, which are the server\u2019s.',
  },
  'errors-not-str': {
    level: 'error',
    section: STREAMS,
    concerns: 'environ',
    about: ['app.raised', 'app.called'],
    message: 'wsgi.errors is a text stream and takes str, not bytes.',
  },
  'environ-not-native': {
    level: 'warning',
    section: pep('environ Variables'),
    concerns: 'environ',
    about: ['environ.changed'],
    message: 'The application put something other than a latin-1 str under a CGI key, such as PATH_INFO.',
  },
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof RULES

export const isRuleId = (text: string): text is RuleId => Object.hasOwn(RULES, text)

/** `span` is of the inbound stream. Which event it is about is known once the log has numbered them. */
export function finding(rule: RuleId, span: Span | null = null): Omit<EventOf<'referee.finding'>, EnvelopeKey> {
  const { level, section, message } = RULES[rule]
  return { kind: 'referee.finding', rule, level, section, message, about: null, span }
}

type EnvelopeKey = 'seq' | 'at' | 'conn' | 'exchange'
