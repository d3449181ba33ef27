/** What a server that is only watched does against PEP 3333: as the referee's rules, but about the server. */
import type { EventOf } from '../trace/events.ts'

const ENVIRON = 'PEP 3333, environ Variables'

export const SERVER_RULES = {
  'server-protocol-missing': {
    section: ENVIRON,
    key: 'SERVER_PROTOCOL',
    message: 'PEP 3333 requires SERVER_PROTOCOL; this server did not give it.',
  },
  'query-string-missing': {
    section: ENVIRON,
    key: 'QUERY_STRING',
    message: 'The query string belongs in QUERY_STRING; this server left it in PATH_INFO.',
  },
  'close-not-called': {
    section: 'PEP 3333, Specification Details',
    key: null,
    message: 'What the application returned has a close(), and this server never called it.',
  },
} as const satisfies Record<string, { section: string; key: string | null; message: string }>

export type ServerRuleId = keyof typeof SERVER_RULES

export const isServerRuleId = (text: string): text is ServerRuleId => Object.hasOwn(SERVER_RULES, text)

export function serverFinding(
  rule: ServerRuleId,
): Omit<EventOf<'referee.finding'>, 'seq' | 'at' | 'conn' | 'exchange'> {
  const { section, message } = SERVER_RULES[rule]
  return { kind: 'referee.finding', rule, level: 'error', message, section, about: null, span: null }
}
