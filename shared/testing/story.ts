/**
 * A trace as short lines, without what may differ when the same bytes come in other segments: `socket.received`, the
 * 100, times.
 */
import { latin1Decode } from '../bytes/latin1.ts'
import type { TraceBody } from '../trace/events.ts'
import type { Conversation } from './conversation.ts'

const CONTINUE_LENGTH = 'HTTP/1.1 100 Continue\r\n\r\n'.length

const NO_BYTES = new Uint8Array(0)

const isContinue = (body: TraceBody): boolean =>
  body.kind === 'response.serialized' && body.segments.some((segment) => segment.from === 'server:continue')

/** The trace, comparable: outbound offsets are counted without the 100. */
export function comparable(conversation: Conversation): unknown[] {
  const kept: unknown[] = []
  let shift = 0
  let skipNext = false
  for (const { exchange, body } of conversation.drafts) {
    if (skipNext) {
      skipNext = false
      continue
    }
    if (body.kind === 'socket.received') continue
    if (isContinue(body)) {
      shift += CONTINUE_LENGTH
      skipNext = true
    } else if (body.kind === 'response.serialized') {
      const segments = body.segments.map((s) => ({ ...s, start: s.start - shift, end: s.end - shift }))
      kept.push({ exchange, ...body, segments })
    } else if (body.kind === 'socket.sent') {
      kept.push({ exchange, ...body, start: body.start - shift, bytes: latin1Decode(body.bytes ?? NO_BYTES) })
    } else kept.push({ exchange, ...body })
  }
  return kept
}

/** Everything that went to the client, without the 100. */
export const answerOf = (conversation: Conversation): string =>
  conversation.answer.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '')

/** One line for each event. `socket.sent` is left out: it stands behind every `response.serialized`. */
export function story(conversation: Conversation): string[] {
  const lines: string[] = []
  for (const { exchange, body } of conversation.drafts) {
    if (body.kind === 'socket.received' || body.kind === 'socket.sent' || isContinue(body)) continue
    lines.push(`${exchange ?? '-'} ${tell(body)}`)
  }
  return lines
}

function tell(body: TraceBody): string {
  const { kind } = body
  switch (body.kind) {
    case 'request.line':
      return `${kind} ${body.method} ${body.target} ${body.version}`
    case 'request.header':
      return `${kind} ${body.name}: ${body.value}${body.dropped === null ? '' : ` (${body.dropped})`}`
    case 'request.body':
      return `${kind} ${body.framing} ${body.length}`
    case 'app.startResponse':
      return `${kind} ${body.status}`
    case 'app.wrote':
    case 'app.yielded':
    case 'app.returned':
      return `${kind} ${body.length}`
    case 'response.serialized':
      return `${kind} ${origins(body.segments.map((segment) => segment.from))}`
    case 'gateway.refused':
      return `${kind} ${body.status} ${body.code} ${body.span === null ? '-' : `${body.span.start}-${body.span.end}`}`
    case 'referee.finding':
      return `${kind} ${body.level} ${body.rule}`
    case 'response.answered':
      return `${kind} ${body.by} ${body.status} ${body.complete ? 'complete' : 'cut short'}`
    case 'connection.closed':
      return `${kind} ${body.by}`
    default:
      return kind
  }
}

/** Framing is everywhere; it is told only where there is nothing else. */
function origins(from: string[]): string {
  const told = from.filter((origin) => origin !== 'framing')
  return told.length === 0 ? 'framing' : told.join(' ')
}
