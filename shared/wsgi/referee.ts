/**
 * The referee: what was done against, or at the edge of, a specification without stopping the show. A table of rules;
 * whoever sees a rule broken says its name and the bytes.
 */
import type { Span } from '../bytes/span.ts'
import type { TraceBody } from '../trace/events.ts'

interface Rule {
  level: 'error' | 'warning' | 'note'
  /** Where it says so. */
  section: string
  message: string
}

const PEP_LENGTH = 'PEP 3333, Handling the Content-Length Header'
const PEP_START = 'PEP 3333, The start_response() Callable'

export const RULES = {
  // About the request
  'target-raw-bytes': {
    level: 'note',
    section: 'RFC 3986 2.1',
    message: 'The target has bytes above 127 that are not percent-encoded. They are taken as they came.',
  },
  'header-underscore': {
    level: 'warning',
    section: 'RFC 3875 4.1.18',
    message: 'This header is dropped: with its underscore it would have the same key as the name with a hyphen.',
  },

  // About the response
  'length-exceeded': {
    level: 'error',
    section: PEP_LENGTH,
    message: 'The application gave more bytes than its Content-Length. What exceeds it is not sent.',
  },
  'length-short': {
    level: 'error',
    section: PEP_LENGTH,
    message:
      'The application gave fewer bytes than its Content-Length. The connection is dropped, so that the client knows.',
  },
  'length-invalid': {
    level: 'error',
    section: 'RFC 9110 8.6',
    message: 'The Content-Length of the application is not one decimal number. It is not sent.',
  },
  'length-forbidden': {
    level: 'warning',
    section: 'RFC 9110 8.6',
    message: 'A response with this status has no body, and must not have a Content-Length. It is not sent.',
  },
  'body-forbidden': {
    level: 'warning',
    section: 'RFC 9110 6.4.1',
    message: 'A response with this status has no body. What the application gave is not sent.',
  },
  'status-informational': {
    level: 'error',
    section: 'RFC 9110 15.2',
    message: 'A status below 200 is not a final answer: the client goes on waiting for one.',
  },
  'start-response-missing': {
    level: 'error',
    section: PEP_START,
    message: 'The application gave its response without having called start_response.',
  },
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof RULES

/** `span` is of the inbound stream. The event that a finding is about is the one before it. */
export function finding(rule: RuleId, span: Span | null = null): TraceBody {
  return { kind: 'referee.finding', rule, ...RULES[rule], about: null, span }
}
