/**
 * A trace of two clients, each with a connection of its own to a server that passes requests on over one connection which
 * it keeps (nginx before the gateway). The second client's request is passed on first: the two exchanges interleave.
 */
import type { TraceEvent } from '../trace/events.ts'
import { exchange, GET, POST, reading, recorded } from './recorded.ts'
import { type Line, Tapped } from './tapped.ts'

const ANSWER: Line = '< HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nHello, Ada!'

interface Client {
  asks: TraceEvent[]
  isAnswered: TraceEvent[]
  ends: TraceEvent[]
}

function clientOf(conn: number, request: string): Client {
  const events = new Tapped([`> ${request}`, ANSWER, '<|', '>|']).events.map((event): TraceEvent => {
    const hop = event.kind === 'connection.opened' ? { hop: 0 } : {}
    return { ...event, ...hop, conn, exchange: event.exchange === null ? null : conn }
  })
  const answer = events.findIndex(({ kind }) => kind === 'app.startResponse')
  const end = events.findIndex(({ kind }) => kind === 'connection.closed')
  return { asks: events.slice(0, answer), isAnswered: events.slice(answer, end), ends: events.slice(end) }
}

/** Of the connection on which requests are passed on: exchange 2, then exchange 1. */
function passedOn(): { second: TraceEvent[]; first: TraceEvent[] } {
  const events = recorded(exchange(reading, POST, GET)).map((event): TraceEvent => {
    const hop = event.kind === 'connection.opened' ? { hop: 1 } : {}
    return { ...event, ...hop, conn: 3, exchange: event.exchange === null ? null : 3 - event.exchange }
  })
  const next = events.findLastIndex(({ kind }) => kind === 'socket.received')
  return { second: events.slice(0, next), first: events.slice(next) }
}

/** Exchange N is that of connection N; connection 3 is the server's, on hop 1. */
export function twoHops(): TraceEvent[] {
  const [one, two] = [clientOf(1, GET), clientOf(2, POST)]
  const { second, first } = passedOn()
  const parts = [one.asks, two.asks, second, two.isAnswered, first, one.isAnswered, two.ends, one.ends]
  return parts.flat().map((event, seq) => {
    // What a finding is about has another number here.
    return event.kind === 'referee.finding' ? { ...event, seq, about: null } : { ...event, seq }
  })
}
