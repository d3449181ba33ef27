import { describe, expect, test } from 'vitest'
import { hello } from '../testing/apps.ts'
import { passedOn, recorded } from '../testing/recorded.ts'
import { Tapped } from '../testing/tapped.ts'
import { packet } from '../testing/uwsgiPackets.ts'
import type { TraceEvent } from './events.ts'
import { foldedOf } from './folded.ts'
import { requestOf, responseOf } from './message.ts'
import { firstOfKind } from './query.ts'
import { requestExtent } from './requestExtent.ts'
import { TraceIndex } from './traceIndex.ts'

const eventsOf = (...pieces: string[]): readonly TraceEvent[] => {
  const index = new TraceIndex()
  index.append(recorded(passedOn(hello, ...pieces)))
  return index.eventsOf(1)
}

const POST = {
  REQUEST_METHOD: 'POST',
  PATH_INFO: '/a b',
  REQUEST_URI: '/a%20b?x=1',
  QUERY_STRING: 'x=1',
  SERVER_PROTOCOL: 'HTTP/1.1',
  CONTENT_TYPE: 'text/plain',
  CONTENT_LENGTH: '3',
  HTTP_USER_AGENT: 'curl/8',
  HTTP_CONTENT_TYPE: 'text/plain',
}

describe('the request that a packet tells of', () => {
  test('is what the client wrote in HTTP, as far as the packet says', () => {
    expect(requestOf(eventsOf(`${packet(POST)}abc`))).toMatchObject({
      method: 'POST',
      target: '/a%20b?x=1',
      version: 'HTTP/1.1',
      headers: [
        ['Content-Type', 'text/plain'],
        ['Content-Length', '3'],
        ['User-Agent', 'curl/8'],
      ],
      body: new TextEncoder().encode('abc'),
      bodyLength: 3,
      torn: null,
    })
  })

  test('is the same where a tap reads along, which does not know what the server drops', () => {
    const said = `${packet({ ...POST, HTTP_TRANSFER_ENCODING: 'chunked' })}abc`
    const index = new TraceIndex()
    index.append(
      new Tapped([`> ${said}`, '< HTTP/1.1 200 OK\r\n\r\n', '<|', '>|'], undefined, { speaks: 'uwsgi' }).events,
    )
    expect(requestOf(index.eventsOf(1))).toEqual(requestOf(eventsOf(said)))
  })

  test('has its decoded path and its query where nobody says what was asked for', () => {
    const { target } = requestOf(eventsOf(packet({ SCRIPT_NAME: '/app', PATH_INFO: '/x', QUERY_STRING: 'y' })))
    expect(target).toBe('/app/x?y')
  })

  test('has no type and no length where these are empty, as nginx sends them', () => {
    expect(requestOf(eventsOf(packet({ CONTENT_TYPE: '', CONTENT_LENGTH: '' }))).headers).toEqual([])
  })

  test('is torn where its body did not come to its end', () => {
    const request = requestOf(eventsOf(`${packet(POST)}a`))
    expect([request.torn, request.bodyLength]).toEqual(['body', 1])
  })

  test('is answered in HTTP', () => {
    expect(responseOf(eventsOf(packet())).head?.status).toBe(200)
  })
})

describe('the bytes of an exchange by uwsgi', () => {
  test('end with its body, whatever comes behind it', () => {
    const send = packet(POST)
    const events = eventsOf(`${send}abc and more`)
    expect(requestExtent(events)).toEqual({
      start: 0,
      headEnd: send.length,
      body: [{ start: send.length, end: send.length + 3 }],
      end: send.length + 3,
    })
    const state = foldedOf(events).at(events.length)
    expect([state.inboundStart, state.inboundEnd, state.bytesBehind]).toEqual([0, send.length + 3, ' and more'.length])
  })

  test('end with the packet where no body is announced', () => {
    const events = eventsOf(`${packet()}and more`)
    const state = foldedOf(events).at(events.length)
    expect([state.inboundEnd, state.bytesBehind]).toEqual([packet().length, 'and more'.length])
  })

  test('are told in the same beats as those of HTTP', () => {
    const kinds = foldedOf(eventsOf(packet())).beats.map(({ kind }) => kind)
    expect(kinds).toEqual(['arrives', 'read', 'parsed', 'environ', 'called', 'answers', 'chunks', 'ends'])
  })

  test('are summed up by what was asked for', () => {
    const index = new TraceIndex()
    index.append(recorded(passedOn(hello, packet(POST), 'abc')))
    expect(index.summaryOf(1)).toMatchObject({ method: 'POST', target: '/a%20b?x=1', state: 'done' })
    expect(firstOfKind(index.eventsOf(1), 'request.line')).toBeNull()
  })
})
