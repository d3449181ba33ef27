/** Conversations as the trace that a log would have made of them. */
import type { TraceEvent } from '../trace/events.ts'
import { FindingAbout } from '../wsgi/findingAbout.ts'
import { chunk, closed, exhausted, returned } from './apps.ts'
import { Conversation, type TestApp } from './conversation.ts'

/** Numbers the drafts of each conversation, one connection after the other. */
export function recorded(...conversations: readonly Conversation[]): TraceEvent[] {
  const events: TraceEvent[] = []
  let exchanges = 0
  for (const [index, conversation] of conversations.entries()) {
    let most = 0
    const about = new FindingAbout()
    for (const { at, exchange, body } of conversation.drafts) {
      const id = exchange === null ? null : exchanges + exchange + 1
      if (id !== null) most = Math.max(most, id)
      events.push(about.resolve({ ...body, seq: events.length, at, conn: index + 1, exchange: id }))
    }
    exchanges = Math.max(exchanges, most)
  }
  return events
}

/** One that reads its body and then answers, its calling line known. */
export const reading: TestApp = ({ body }) => [
  { kind: 'called', worker: 1, callable: 'app', file: '/app/hello.py', line: 2 },
  { kind: 'inputRead', method: 'read', asked: null, returned: body.length, offset: 0 },
  {
    kind: 'startResponse',
    status: '200 OK',
    headers: [['Content-Type', 'text/plain']],
    excInfo: null,
    stack: [{ file: '/app/hello.py', line: 4, function: 'app' }, { folded: 3 }],
  },
  returned(1),
  chunk('Hello, Ada!'),
  exhausted,
  closed,
]

export const GET =
  'GET /hello?name=Ada HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n'
export const POST =
  'POST /hello?name=Ada HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: curl/8.5.0\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nHow are you'
export const CHUNKED =
  'POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'

/** A finished conversation: these pieces, each a segment, then the end of the client. */
export function exchange(app: TestApp, ...pieces: readonly string[]): Conversation {
  return finished(new Conversation(app), pieces)
}

/** The same by the uwsgi protocol: each piece is a packet, or a part of one. */
export function passedOn(app: TestApp, ...pieces: readonly string[]): Conversation {
  return finished(new Conversation(app, { speaks: 'uwsgi' }), pieces)
}

function finished(conversation: Conversation, pieces: readonly string[]): Conversation {
  for (const piece of pieces) {
    conversation.now += 150
    conversation.send(piece)
  }
  conversation.now += 500
  return conversation.feed({ kind: 'eof' })
}
