/** All refusals there are, by their code, and the error that carries one from where it is read to where it is answered. */
import type { Span } from '../bytes/span.ts'
import { APPLICATION_REFUSALS } from './application.ts'
import { HTTP_REFUSALS } from './http.ts'
import { UWSGI_REFUSALS } from './uwsgi.ts'

export const REFUSALS = { ...HTTP_REFUSALS, ...UWSGI_REFUSALS, ...APPLICATION_REFUSALS } as const

export type RefusalCode = keyof typeof REFUSALS

/** What the client did wrong, thrown once, where it is read; it becomes a response in one place, in the gateway. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: RefusalCode
  readonly status: number
  /** The bytes at fault; null where it is their absence. */
  readonly span: Span | null

  /** `detail` takes the place of `%s` in the table's message. */
  constructor(code: RefusalCode, span: Span | null, detail: string | number = '') {
    super(REFUSALS[code].message.replace('%s', String(detail)))
    this.code = code
    this.status = REFUSALS[code].status
    this.span = span
  }
}
