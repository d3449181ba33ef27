/**
 * Who made which bytes of a response, as far as its bytes tell. WSGI lets an application set every header but those that
 * are between server and client alone (PEP 3333, "Other HTTP Features"); which of the others a server added, such as Date,
 * cannot be seen from outside.
 */
import { latin1Decode } from '../bytes/latin1.ts'
import type { ResponseHead } from '../http1/responseHead.ts'
import type { ResponsePiece } from '../http1/responseReader.ts'
import type { TraceBody } from '../trace/events.ts'
import { HOP_BY_HOP } from '../wsgi/startResponse.ts'

/** A run of outbound bytes; `from` as in `response.serialized`. */
export interface Run {
  length: number
  from: string
}

const isHopByHop = (name: string): boolean => HOP_BY_HOP.has(name.toLowerCase())

/** The call of start_response that the head could have come from. */
export function inferredCall(head: ResponseHead): TraceBody {
  return {
    kind: 'app.startResponse',
    status: `${head.status}${head.reason === '' ? '' : ` ${head.reason}`}`,
    headers: head.headers.filter(([name]) => !isHopByHop(name)),
    excInfo: null,
    stack: [],
    inferred: true,
  }
}

/** Of a piece that carries bytes, what they are. */
export function runsOf(piece: Exclude<ResponsePiece, { kind: 'end' }>): Run[] {
  switch (piece.kind) {
    case 'head':
      return piece.interim ? [interimRun(piece.head)] : headRuns(piece.head)
    case 'body':
      return [{ length: piece.data.length, from: `chunk:${piece.chunk}` }]
    case 'framing':
    case 'trailer':
      return [{ length: piece.data.length, from: 'framing' }]
  }
}

/** RFC 9110 15.2: a 1xx response goes before the answer, and no application can ask for it. */
const interimRun = (head: ResponseHead): Run => ({
  length: head.raw.length,
  from: head.status === 100 ? 'server:continue' : 'server:interim',
})

function headRuns(head: ResponseHead): Run[] {
  const text = latin1Decode(head.raw)
  const { headers } = head
  const runs: Run[] = []
  let header = 0
  let at = 0
  for (let index = -1; at < text.length; index++) {
    const lf = text.indexOf('\n', at)
    const end = text[lf - 1] === '\r' ? lf - 1 : lf
    const name = headers[index]?.[0]
    if (index === -1)
      runs.push({ length: VERSION, from: 'server:version' }, { length: end - at - VERSION, from: 'status' })
    else if (name === undefined) runs.push({ length: end - at, from: 'framing' })
    else if (isHopByHop(name)) runs.push({ length: end - at, from: `server:${labelOf(name)}` })
    else runs.push({ length: end - at, from: `header:${header++}` })
    runs.push({ length: lf + 1 - end, from: 'framing' })
    at = lf + 1
  }
  return runs.filter(({ length }) => length > 0)
}

/** `HTTP/1.1 ` */
const VERSION = 9

const labelOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9-]/g, '-')
