/** Applications as gateways see them: the events of one call, in order. */
import { latin1Encode } from '../bytes/latin1.ts'
import type { AppEvent } from '../gateway/types.ts'
import type { TestApp } from './conversation.ts'

export const called: AppEvent = { kind: 'called', worker: 0, callable: 'app', file: null, line: null }
export const returned = (length: number | null): AppEvent => ({ kind: 'returned', length })
export const chunk = (text: string): AppEvent => ({ kind: 'chunk', data: latin1Encode(text) })
export const write = (text: string): AppEvent => ({ kind: 'write', data: latin1Encode(text) })
export const exhausted: AppEvent = { kind: 'exhausted' }
export const closed: AppEvent = { kind: 'closed' }
export const raised: AppEvent = { kind: 'raised', type: 'ValueError', message: 'no', traceback: 'ValueError: no' }
export const died = (status: 500 | 503 | 504): AppEvent => ({ kind: 'died', status, reason: 'gone' })
export const startResponse = (
  status: string,
  headers: [string, string][] = [],
  excInfo: { type: string; message: string } | null = null,
): AppEvent => ({ kind: 'startResponse', status, headers, excInfo, stack: [] })

/** One that answers with these chunks, in a list or (without a length) from a generator. */
export const answering =
  (status: string, headers: [string, string][], chunks: string[], length: number | null = chunks.length): TestApp =>
  () => [called, startResponse(status, headers), returned(length), ...chunks.map(chunk), exhausted, closed]

export const hello: TestApp = answering('200 OK', [['Content-Type', 'text/plain']], ['hello'])

/** 200, and as JSON every environ key that holds a str, and the body. */
export const echo: TestApp = ({ environ, body }) => {
  const strings = environ.filter((entry) => entry.type === 'str').map((entry) => [entry.key, entry.value])
  const text = JSON.stringify({ environ: Object.fromEntries(strings), body })
  const ascii = text.replace(/[\x80-\xff]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
  return answering('200 OK', [['Content-Type', 'application/json']], [ascii])({ environ, body })
}
