/** The picture of a request to the sixty-line server: what that does otherwise, and what it must not be said to do. */
import { describe, expect, test } from 'vitest'
import { latin1Encode } from '../../shared/bytes/latin1.ts'
import type { TraceBody, TraceEvent } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { serverFinding } from '../../shared/wsgi/serverRules.ts'
import { captions } from '../i18n/en/captions.ts'
import { dictionaryIn } from '../testing/dictionaries.ts'
import { captionOf } from './captionOf.ts'
import type { CommonCardId } from './cardId.ts'
import { environCard } from './cards/environ.ts'
import { listingCard } from './cards/listing.ts'
import { noteOf } from './cards/note.ts'
import { sixtyLines } from './deployments/sixtyLines.ts'
import type { Rect } from './geometry.ts'
import { layout, type Scene } from './scene.ts'

const { stage: words } = dictionaryIn(sixtyLines, 'en')
const { stage: chinese } = dictionaryIn(sixtyLines, 'zh-CN')
const NOTHING = { file: null, earlier: false }

const LISTING = '/server/sixty_lines.py'
const SOURCE = [
  'def handle(connection):',
  '    data = connection.recv(1024)',
  '    return data',
  '',
  'listener.accept()',
]
const HEAD = 'POST /a?b=c HTTP/1.1\r\nHost: here\r\nContent-Length: 1200\r\n\r\n'
const REQUEST = latin1Encode(HEAD + 'z'.repeat(1200))
const READ = 1024

const opened: TraceBody = {
  kind: 'connection.opened',
  peer: { host: '127.0.0.1', port: 50_000 },
  local: { host: '127.0.0.1', port: 8888 },
  protocol: 'http',
  via: 'tap',
  listing: LISTING,
}
const line = (number: number, locals: Record<string, string>): TraceBody => ({
  kind: 'app.line',
  file: LISTING,
  line: number,
  locals,
})
const target = { start: 5, end: 11 }
const read: TraceBody[] = [
  { kind: 'server.accepted' },
  line(2, { connection: '<socket>' }),
  { kind: 'server.received', start: 0, length: READ },
  line(3, { connection: '<socket>', data: "b'POST /a'" }),
]
const parsed: TraceBody = {
  kind: 'request.line',
  method: 'POST',
  target: '/a?b=c',
  version: 'HTTP/1.1',
  spans: {
    method: { start: 0, end: 4 },
    target,
    authority: null,
    path: target,
    query: null,
    version: { start: 12, end: 20 },
  },
}
const answered: TraceBody[] = [
  parsed,
  {
    kind: 'environ.built',
    entries: [
      {
        key: 'wsgi.input',
        value: '<_io.BytesIO object at 0x7f0000000000>',
        type: 'file',
        from: { spans: [{ start: 0, end: READ }], transform: 'computed' },
      },
      { key: 'PATH_INFO', value: '/a?b=c', type: 'str', from: { spans: [target], transform: 'identity' } },
    ],
  },
  serverFinding('server-protocol-missing'),
  serverFinding('query-string-missing'),
  { kind: 'app.called', worker: 1, callable: 'app', file: '/app.py', line: 1 },
  { kind: 'input.read', method: 'read', asked: null, returned: READ, offset: 0 },
  { kind: 'app.startResponse', status: '200 OK', headers: [], excInfo: null, stack: [] },
  { kind: 'app.returned', length: 2 },
  { kind: 'app.yielded', length: 1, bytes: latin1Encode('a') },
  { kind: 'app.yielded', length: 1, bytes: latin1Encode('b') },
  { kind: 'response.serialized', segments: [{ start: 0, end: 21, from: 'status' }] },
  { kind: 'socket.sent', start: 0, length: 21, bytes: latin1Encode('HTTP/1.0 200 OK\r\n\r\nab') },
  serverFinding('close-not-called'),
  { kind: 'response.answered', by: 'application', status: 200, complete: true },
]
const died: TraceBody = { kind: 'server.died', reason: 'ValueError: no', traceback: 'Traceback: no' }
const closed: TraceBody = { kind: 'connection.closed', by: 'server', why: 'close()' }

const NO_EXCHANGE: ReadonlySet<string> = new Set(['connection.opened', 'connection.closed', 'socket.received'])

function trip(...bodies: TraceBody[]): readonly TraceEvent[] {
  const received: TraceBody = { kind: 'socket.received', start: 0, length: REQUEST.length, bytes: REQUEST }
  const index = new TraceIndex()
  index.append(
    [opened, received, ...bodies, closed].map((body, seq) => ({
      seq,
      at: seq,
      conn: 1,
      exchange: NO_EXCHANGE.has(body.kind) ? null : 1,
      ...body,
    })),
  )
  return index.eventsOf(1)
}

const stories = {
  answered: trip(...read, ...answered),
  dead: trip(...read, died),
  absent: trip({ kind: 'server.absent', reason: 'ValueError: no', traceback: null }),
}

const VIEWS = [
  { width: 1440, height: 640 },
  { width: 1024, height: 560 },
  { width: 400, height: 700 },
] as const

const at = (events: readonly TraceEvent[], playhead: number, view: (typeof VIEWS)[number] = VIEWS[0]): Scene =>
  layout({
    events,
    playhead,
    view,
    words,
    deployment: sixtyLines,
    sourceOf: (file) => ({ file, text: `${SOURCE.join('\n')}\n` }),
    appFile: '/app.py',
    scrolled: {},
    pinned: null,
    folded: new Set(),
    enlarged: null,
  })

/** The playhead behind the first event of this kind. */
const after = (events: readonly TraceEvent[], kind: TraceBody['kind']): number =>
  events.findIndex((event) => event.kind === kind) + 1

const text = (scene: Scene, id: CommonCardId): string =>
  scene.cards[id].rows.map((row) => row.tokens.map((token) => token.text).join(' ')).join('\n')

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.w - 0.5 && b.x < a.x + a.w - 0.5 && a.y < b.y + b.h - 0.5 && b.y < a.y + a.h - 0.5

describe.each(Object.entries(stories))('the picture of a naive server, %s', (_name, events) => {
  test.each(VIEWS)('at $width x $height: its source stands in its frame, and on no card', (view) => {
    for (let playhead = 0; playhead <= events.length; playhead += 0.25) {
      const { cards, places } = at(events, playhead, view)
      const { listing, ...others } = cards
      expect(listing?.rect).toEqual(places.cards.listing)
      const rect = listing?.rect ?? { x: 0, y: 0, w: 0, h: 0 }
      expect(rect.h).toBeGreaterThan(60)
      for (const card of Object.values(others)) expect(overlap(card.rect, rect), card.id).toBe(false)
      expect(rect.x).toBeGreaterThanOrEqual(places.server.x)
      expect(rect.x + rect.w).toBeLessThanOrEqual(places.server.x + places.server.w)
      expect(rect.y + rect.h).toBeLessThanOrEqual(places.server.y + places.server.h)
    }
  })
})

test('the line that runs next is marked, and what the line before it has set is said', () => {
  const { answered: events } = stories
  const before = at(events, after(events, 'server.accepted'))
  expect(before.cards.listing?.rows.some((row) => row.mark === 'now')).toBe(false)
  const scene = at(events, after(events, 'request.line'))
  const marked = scene.cards.listing?.rows.filter((row) => row.mark === 'now').map((row) => row.id)
  expect(marked).toEqual(['s3-0'])
  expect(noteOf(listingCard, scene, words, NOTHING)?.text).toBe("data = b'POST /a'   line 3")
  expect(noteOf(listingCard, scene, chinese, NOTHING)?.text).toBe("data = b'POST /a'   第 3 行")
})

test('its lines are none of the application', () => {
  const { answered: events } = stories
  expect(at(events, events.length).state.line).toBeNull()
})

test('what the one recv() left behind is shown, and said to be unread', () => {
  const { answered: events } = stories
  expect(text(at(events, after(events, 'socket.received')), 'socket')).toContain('not read by the server yet')
  const left = REQUEST.length - READ
  expect(text(at(events, after(events, 'server.received')), 'socket')).toContain(`never read: ${left} bytes`)
  const caption = captionOf(events, after(events, 'server.received'), captions)
  expect(caption).toBe(`One [recv()] returned 1,024 bytes; ${left} more stay unread for ever.`)
})

test('no caption and no wire says that a header became anything', () => {
  const { answered: events } = stories
  const said = events.map((_, n) => captionOf(events, n + 1, captions)).join('\n')
  expect(said).toContain('never reads a [header]')
  expect(said).not.toMatch(/each \[header\]|sends each at once|into its parts/)
  expect(said).toContain('joined 2 [chunk|chunks]')
  for (let n = 0; n <= events.length; n++) {
    expect(at(events, n).wires.filter(({ id, state }) => id === 'headers' && state !== 'idle')).toEqual([])
    expect(at(events, n).wires.map(({ id }) => id)).not.toContain('headers')
  }
})

test('the query stays in the path, and wsgi.input is all that came', () => {
  const { answered: events } = stories
  const scene = at(events, events.length)
  expect(text(scene, 'requestLine')).toBe('method POST\npath /a?b=c\nversion HTTP/1.1')
  expect(text(scene, 'environ')).toContain("PATH_INFO '/a?b=c'".replace(' ', ' '))
  expect(text(scene, 'environ')).toMatch(/wsgi\.input +<_io\.BytesIO>/)
  const input = scene.cards.environ.rows.flatMap((row) => row.tokens).find((token) => token.id === 'wsgi.input=0')
  expect(input).toMatchObject({ tone: 'plain', link: { spans: [{ start: 0, end: READ }] } })
  expect(scene.cards.startResponse.foot).toEqual([])
})

test('what the server should have given stands among what it gave; what it never called, with the application', () => {
  const { answered: events } = stories
  const scene = at(events, events.length)
  expect(text(scene, 'environ')).toMatch(/NOT\s+GIVEN\nSERVER_PROTOCOL\nQUERY_STRING$/)
  expect(scene.cards.environ.foot).toEqual([])
  const built = at(events, after(events, 'app.called'))
  const note = noteOf(environCard, built, words, NOTHING)
  expect(note).toEqual({ text: '2 keys, 2 missing', alarm: true })
  expect(scene.cards.application.foot.map(({ level }) => level)).toEqual(['error'])
  expect(scene.cards.application.foot[0]?.lines.join(' ')).toContain('this server never called it')
})

test('a death is the last but one thing told of it, and a client of a dead server is told so', () => {
  const { dead, absent } = stories
  expect(at(dead, after(dead, 'server.died') - 1).state.dead).toBeNull()
  expect(at(dead, after(dead, 'server.died')).state.dead).toMatchObject({ reason: 'ValueError: no' })
  expect(captionOf(dead, after(dead, 'server.died'), captions)).toBe(captions.listing.died)
  expect(captionOf(dead, dead.length, captions)).toBe(captions.listing.noAnswer)
  expect(captionOf(absent, after(absent, 'server.absent'), captions)).toBe(captions.listing.absent)
})
