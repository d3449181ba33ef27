/** What an application does, as the trace tells it. */
import { assertNever } from '../assertNever.ts'
import { unshared } from '../bytes/unshared.ts'
import { MOST_BYTES, type OwnFrame, type TraceBody } from '../trace/events.ts'
import type { AppEvent } from './types.ts'

/** Null for what is only between gateway and host. */
export function traceOfAppEvent(event: AppEvent): TraceBody | null {
  switch (event.kind) {
    case 'queued':
      return { kind: 'app.queued', ahead: event.ahead }
    case 'called': {
      const { worker, callable, file, line, version, unwatched } = event
      const told = { ...(version === undefined ? {} : { version }), ...(unwatched === undefined ? {} : { unwatched }) }
      return { kind: 'app.called', worker, callable, file, line, ...told }
    }
    case 'environChanged': {
      const { key, before, after, noticedAt } = event
      return { kind: 'environ.changed', key, before, after, noticedAt }
    }
    case 'inputRead': {
      const { method, asked, returned, offset } = event
      return { kind: 'input.read', method, asked, returned, offset, ...frameOf(event) }
    }
    case 'startResponse': {
      const { status, headers, excInfo, stack, answer } = event
      return { kind: 'app.startResponse', status, headers, excInfo, stack, ...(answer === undefined ? {} : { answer }) }
    }
    case 'write':
      return { kind: 'app.wrote', ...pieceOf(event) }
    case 'returned':
      return { kind: 'app.returned', length: event.length, ...frameOf(event) }
    case 'chunk':
      return { kind: 'app.yielded', ...pieceOf(event) }
    case 'exhausted':
    case 'noticed':
      return null
    case 'raised': {
      const { type, message, traceback, stack } = event
      return { kind: 'app.raised', type, message, traceback, ...(stack === undefined ? {} : { stack }) }
    }
    case 'caught': {
      const { type, message, traceback, stack } = event
      return { kind: 'app.caught', type, message, traceback, stack }
    }
    case 'closed':
      return { kind: 'app.closed' }
    case 'died':
      return { kind: 'app.died', reason: event.reason }
    case 'logged':
      return { kind: 'log.line', source: event.source, text: event.text }
    default:
      return assertNever(event)
  }
}

/** What is longer is carried by the events that send it. */
const bytesOf = (data: Uint8Array): Uint8Array | null => (data.length > MOST_BYTES ? null : unshared(data))
function pieceOf(event: AppEvent & { kind: 'write' | 'chunk' }) {
  const { data, rest = 0 } = event
  return { length: data.length, bytes: bytesOf(data), ...(rest === 0 ? {} : { rest }), ...frameOf(event) }
}
const frameOf = ({ frame }: { frame?: OwnFrame }) => (frame === undefined ? {} : { frame })

/** Kinds that belong to a response; once it has ended, they are not part of the exchange any more. */
export const RESPONSE_EVENTS: ReadonlySet<AppEvent['kind']> = new Set([
  'caught',
  'startResponse',
  'write',
  'returned',
  'chunk',
  'exhausted',
] as const)
