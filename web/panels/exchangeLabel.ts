/** What an exchange is called in the strip: what was asked, and what came of it. */
import { type ExchangeSummary, isOver } from '../../shared/trace/summary.ts'
import type { Dictionary } from '../i18n/dictionary.ts'
import { readable } from '../readable.ts'

export interface ExchangeLabel {
  /** `GET /hello`; empty where no request line could be read. */
  request: string
  /** `200`, `404 by app`, `400 by the server`, `running`. */
  outcome: string
}

export function exchangeLabel(exchange: ExchangeSummary, words: Dictionary['shell']['exchanges']): ExchangeLabel {
  const { method, target, status, state, by } = exchange
  const request = method === null ? '' : `${method} ${readable(target ?? '')}`
  if (!isOver(state) || status === null) return { request, outcome: words.state[state] }
  const author = state === 'refused' ? 'gateway' : by
  // Who answered needs saying when it is not what one expects.
  const expected = author === 'application' || author === 'server'
  const says = author !== null && (status >= 400 || !expected) ? ` ${words.by[author]}` : ''
  const torn = state === 'incomplete' ? `, ${words.state.incomplete}` : ''
  return { request, outcome: `${status}${says}${torn}` }
}
