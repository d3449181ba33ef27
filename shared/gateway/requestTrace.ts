/** What the trace says of a request, whoever reads it: a gateway, or a tap that only listens. */
import type { Span } from '../bytes/span.ts'
import type { BodyReader } from '../http1/bodyReaders.ts'
import { type Field, nameSpan, type RequestFraming, valueSpan } from '../http1/requestHead.ts'
import type { Piece, RequestLine } from '../http1/requestLine.ts'
import type { TraceBody } from '../trace/events.ts'
import type { PacketRequest } from '../uwsgi/packetRequest.ts'
import { pairs } from '../wsgi/environOrigins.ts'

const spanOf = (piece: Piece): Span => ({ start: piece.start, end: piece.start + piece.text.length })
const spanOrNull = (piece: Piece | null): Span | null => (piece === null ? null : spanOf(piece))

export function lineEvent({ method, target, version, authority, path, query }: RequestLine): TraceBody {
  return {
    kind: 'request.line',
    method: method.text,
    target: target.text,
    version: version.text,
    spans: {
      method: spanOf(method),
      target: spanOf(target),
      authority: spanOrNull(authority),
      path: spanOrNull(path),
      query: spanOrNull(query),
      version: spanOf(version),
    },
  }
}

export function fieldEvent(field: Field): Extract<TraceBody, { kind: 'request.header' }> {
  const { name, value, dropped } = field
  return { kind: 'request.header', name, value, dropped, spans: { name: nameSpan(field), value: valueSpan(field) } }
}

/** All of a packet but its body. */
export function packetEvent({ header, variables }: Pick<PacketRequest, 'header' | 'variables'>): TraceBody {
  return {
    kind: 'uwsgi.packet',
    ...header,
    vars: variables.map((variable) => ({
      key: variable.name,
      value: variable.value,
      spans: { key: nameSpan(variable), value: valueSpan(variable) },
      ...(variable.dropped === null ? {} : { dropped: variable.dropped }),
    })),
  }
}

/** Once the request is complete; nothing where it has no body. */
export function bodyEvents(framing: RequestFraming, body: BodyReader | null): TraceBody[] {
  if (framing === 'none' || body === null) return []
  return [{ kind: 'request.body', framing, length: body.received, spans: pairs(body.spans) }]
}
