import { expect, test } from 'vitest'
import { exchange, POST, reading, recorded } from '../../shared/testing/recorded.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { stage as words } from '../i18n/en/stage.ts'
import type { CommonCardId } from './cardId.ts'
import { copyText, rowText } from './copying.ts'
import { direct } from './deployments/direct.ts'
import { layout, type Scene } from './scene.ts'

const SOURCE = 'def app(environ, start_response):\n    start_response("200 OK", [("Content-Type", "text/plain")])\n'

function drawn(events: readonly TraceEvent[], width: number): Scene {
  const index = new TraceIndex()
  index.append(events)
  const own = index.eventsOf(1)
  return layout({
    events: own,
    playhead: own.length,
    view: { width, height: 640 },
    words,
    sourceOf: (file) => ({ file, text: SOURCE }),
    deployment: direct,
    appFile: '/app/hello.py',
    pinned: null,
    folded: new Set(),
    enlarged: null,
    scrolled: {},
  })
}

const events = recorded(exchange(reading, POST.replace('How are you', 'Hello, \xe4\xbd\xa0\xff')))

test.each([1000, 1440, 1920])(
  'a card is copied as what stands in it, however it is wrapped (%i pixels wide)',
  (width) => {
    const scene = drawn(events, width)
    const copied = (id: CommonCardId): string[] => copyText(scene.cards[id].rows).split('\n')
    expect(copied('environ')).toContain('REQUEST_METHOD: POST')
    expect(copied('environ')).toContain('HTTP_USER_AGENT: curl/8.5.0')
    expect(copied('startResponse')).toEqual(expect.arrayContaining(['200 OK', 'Content-Type: text/plain']))
    expect(copied('requestLine')).toContain('/hello')
    expect(copied('application').join('\n')).toBe(SOURCE)
    expect(copied('socket').slice(0, 2)).toEqual(['POST /hello?name=Ada HTTP/1.1\r', 'Host: localhost:8888\r'])
    expect(copyText(scene.cards.response.rows)).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n.*\r\n\r\nHello, Ada!$/s,
    )
  },
)

test('bytes that are UTF-8 are copied as text, also where a row ends within a character', () => {
  const utf8 = recorded(exchange(reading, POST.replace('How are you', `${'\xe4\xbd\xa0'.repeat(3)}..`)))
  expect(copyText(drawn(utf8, 1000).cards.socket.rows)).toContain('你你你..')
})

test('the text of a row has its tokens in their columns, and not those that are still in flight', () => {
  const [row] = drawn(events, 1920).cards.environ.rows.filter(({ id }) => id === 'REQUEST_METHOD')
  if (row === undefined) throw new Error('the environ has a method')
  expect(rowText(row, new Set())).toBe("REQUEST_METHOD  'POST'")
  expect(rowText(row, new Set(['REQUEST_METHOD']))).toBe("                'POST'")
})

test('a target is drawn on the card of the request line as the bytes that it is, also those that have no glyph', () => {
  const target = recorded(exchange(reading, POST.replace('/hello', '/\xe4\xb8\xad\x9f')))
  const { rows } = drawn(target, 1920).cards.requestLine
  expect(rows.map((row) => rowText(row, new Set()))).toContain('path     /\\xe4\\xb8\\xad\\x9f')
})
