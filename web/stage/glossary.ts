/** The words that explain themselves, and what an explanation is of. */

/** A term that is marked as `[term]`, and its gloss: a sentence or two. */
export interface Glossary extends Record<Exclude<Term, 'status'>, string> {
  /** Of each status: what it means to whoever gets it. */
  readonly statuses: Readonly<Record<number, string>>
  /** Of one that is none of those. */
  readonly status: string
}
export const TERMS = [
  'connection',
  'socket',
  'segments',
  'method',
  'path',
  'header',
  'body',
  'environ',
  'worker',
  'callable',
  'wsgi.input',
  'start_response',
  'exc_info',
  'next()',
  'chunk',
  'head',
  'traceback',
  'recv()',
  'tap',
  'status',
  'WSGI',
  'uwsgi',
  'uWSGI',
  'TCP',
  'HTTP',
  'gate',
  'framing',
  'PEP 3333',
] as const
export type Term = (typeof TERMS)[number]
