import { describe, expect, test } from 'vitest'
import { latin1Decode } from '../bytes/latin1.ts'
import { answering } from '../testing/apps.ts'
import type { Conversation } from '../testing/conversation.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import type { TraceEvent } from './events.ts'
import { requestOf, responseOf } from './message.ts'
import { bytesOf, eventsOfKind, firstOfKind, hasKind, isTorn, versionCalled } from './query.ts'
import { requestExtent } from './requestExtent.ts'
import { requestFields } from './requestFields.ts'
import { TraceIndex } from './traceIndex.ts'

function exchangesOf(...conversations: readonly Conversation[]): (readonly TraceEvent[])[] {
  const index = new TraceIndex()
  index.append(recorded(...conversations))
  return index.exchanges.map(({ id }) => index.eventsOf(id))
}

const [get = [], post = [], chunked = []] = exchangesOf(exchange(reading, GET, POST, CHUNKED))

describe('of a kind', () => {
  test('the first, all, and whether there is any', () => {
    expect(firstOfKind(get, 'request.header')?.name).toBe('Host')
    expect(eventsOfKind(get, 'request.header').map(({ name }) => name)).toEqual(['Host', 'User-Agent', 'Accept'])
    expect([hasKind(get, 'request.body'), hasKind(post, 'request.body')]).toEqual([false, true])
    expect(firstOfKind(get, 'app.raised')).toBeNull()
  })
})

describe('of an exchange', () => {
  test('the bytes that came, and those that went', () => {
    expect(latin1Decode(bytesOf(get, 'socket.received'))).toBe(GET)
    expect(latin1Decode(bytesOf(get, 'socket.sent'))).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Hello, Ada!/s)
  })

  test('the version of the application that it called: the first, where none is named', () => {
    expect(versionCalled(get)).toBe(1)
    const later = get.map((event) => (event.kind === 'app.called' ? { ...event, version: 3 } : event))
    expect(versionCalled(later)).toBe(3)
    expect(versionCalled(get.filter(({ kind }) => kind !== 'app.called'))).toBeNull()
  })

  test('an answer that says less than it promised is torn', () => {
    const [short = []] = exchangesOf(exchange(answering('200 OK', [['Content-Length', '99']], ['short']), GET))
    expect([isTorn(get), isTorn(short)]).toEqual([false, true])
  })

  test('where nobody says that an answer is torn, the end of its connection does', () => {
    const unsaid = chunked.filter(({ kind }) => kind !== 'response.answered')
    expect(isTorn(unsaid)).toBe(true)
    expect(isTorn(unsaid.filter(({ kind }) => kind !== 'connection.closed'))).toBe(false)
    expect(isTorn(unsaid.filter(({ kind }) => kind !== 'socket.sent'))).toBe(false)
  })
})

describe('the messages of an exchange', () => {
  test('the request as it was received', () => {
    const { method, target, headers, body, torn } = requestOf(post)
    expect([method, target, headers.length, torn]).toEqual(['POST', '/hello?name=Ada', 4, null])
    expect(latin1Decode(body ?? new Uint8Array())).toBe('How are you')
    expect(requestOf(get).body).toBeNull()
  })

  test('a chunked body without its framing, and where it lies in the stream', () => {
    expect(latin1Decode(requestOf(chunked).body ?? new Uint8Array())).toBe('abcde')
    const start = GET.length + POST.length
    const headEnd = start + CHUNKED.indexOf('3\r\n')
    expect(requestExtent(chunked)).toEqual({
      start,
      headEnd,
      body: [
        { start: headEnd + 3, end: headEnd + 6 },
        { start: headEnd + 11, end: headEnd + 13 },
      ],
      end: start + CHUNKED.length,
    })
  })

  test('of a body that did not come to its end, what came', () => {
    const [cut = []] = exchangesOf(exchange(reading, POST.slice(0, -4)))
    expect(requestOf(cut)).toMatchObject({ torn: 'body', bodyLength: 7 })
  })

  test('the fields of a request, each where it stands', () => {
    const [host] = requestFields(post)
    expect(host).toMatchObject({ name: 'Host', value: 'localhost:8888' })
    expect((host?.spans.name.start ?? 0) - GET.length).toBe(POST.indexOf('Host'))
  })

  test('the response as its client read it', () => {
    const { head, body, bodyLength, headGiven } = responseOf(get)
    expect([head?.status, headGiven, bodyLength]).toEqual([200, false, 11])
    expect(latin1Decode(body)).toBe('Hello, Ada!')
  })

  test('of a response that was too large to be kept, the head that start_response was given', () => {
    const bare = get.map((event) => (event.kind === 'socket.sent' ? { ...event, bytes: null } : event))
    const { head, headGiven, bodyLength } = responseOf(bare)
    expect([head?.status, headGiven, bodyLength]).toEqual([200, true, 11])
  })
})
