/** What the gateway answers by itself. It is an ordinary response, written the ordinary way. */
import { latin1Encode } from '../bytes/latin1.ts'
import { type ProtocolError, REFUSALS } from '../refusals/refusals.ts'

// RFC 9110 15
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
}

export interface GatewayAnswer {
  /** As start_response takes it. */
  status: string
  headers: [string, string][]
  body: Uint8Array
}

/** Says which bytes are at fault, so that the client's author finds them. */
export function gatewayAnswer({ status, code, message, span }: ProtocolError): GatewayAnswer {
  const { advice } = REFUSALS[code]
  const line = `${status} ${REASONS[status] ?? 'Error'}`
  const place = span === null ? '' : ` (byte ${span.start} of what this connection received, counted from 0)`
  const body = latin1Encode(`${line}\n\n${message}${place}\n${advice}\n`)
  return { status: line, headers: [['Content-Type', 'text/plain; charset=us-ascii']], body }
}
