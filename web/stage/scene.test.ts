import { describe, expect, test } from 'vitest'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { answering, called, closed, raised, returned, startResponse } from '../../shared/testing/apps.ts'
import { Conversation, type TestApp } from '../../shared/testing/conversation.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from '../../shared/testing/recorded.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { fold } from '../../shared/trace/fold.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { captions } from '../i18n/en/captions.ts'
import { stage as words } from '../i18n/en/stage.ts'
import { stage as chinese } from '../i18n/zh-CN/stage.ts'
import { captionOf } from './captionOf.ts'
import type { CommonCardId } from './cardId.ts'
import { applicationStatus } from './cards/application.ts'
import { responseRows } from './cards/response.ts'
import { direct } from './deployments/direct.ts'
import type { Rect } from './geometry.ts'
import { highlightCurves, isHighlighted, showingHighlight } from './highlight.ts'
import { isThere, layout, type Scene, type SceneInput } from './scene.ts'
import { cellWidth, visibleBytes } from './text.ts'

const SOURCE = `def app(environ, start_response):
    body = environ['wsgi.input'].read()
    name = environ['QUERY_STRING'].partition('=')[2]
    start_response('200 OK', [
        ('Content-Type', 'text/plain'),
    ])
    return [f'Hello, {name}!'.encode()]
`

const of = (id: number, ...conversations: readonly Conversation[]): readonly TraceEvent[] => {
  const index = new TraceIndex()
  index.append(recorded(...conversations))
  return index.eventsOf(id)
}

const stories: Record<string, readonly TraceEvent[]> = {
  get: of(1, exchange(reading, GET)),
  post: of(1, exchange(reading, POST)),
  chunked: of(1, exchange(reading, CHUNKED)),
  pieces: of(1, exchange(reading, POST.slice(0, 9), POST.slice(9, 70), POST.slice(70))),
  stream: of(1, exchange(answering('200 OK', [], ['one', 'two', 'three'], null), GET)),
  refused: of(1, exchange(reading, 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n')),
  waits: of(
    1,
    exchange(() => [{ kind: 'queued', ahead: 2 }, called, closed], GET),
  ),
  raises: of(
    1,
    exchange(() => [called, raised, closed], GET),
  ),
}

const VIEWS = [
  { width: 1440, height: 640 },
  { width: 1024, height: 500 },
  { width: 1920, height: 860 },
] as const

const at = (events: readonly TraceEvent[], playhead: number, view: SceneInput['view'] = VIEWS[0]): Scene =>
  layout({
    events,
    playhead,
    view,
    words,
    deployment: direct,
    sourceOf: (file) => ({ file, text: SOURCE }),
    appFile: '/app/hello.py',
    scrolled: {},
    pinned: null,
    folded: new Set(),
    enlarged: null,
  })

/** Playheads of a story: at rest, and at several places in every flight. */
const playheads = (events: readonly TraceEvent[]): number[] =>
  events.flatMap((_event, n) => [n, n + 0.1, n + 0.35, n + 0.6, n + 0.95]).concat(events.length)

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.w - 0.5 && b.x < a.x + a.w - 0.5 && a.y < b.y + b.h - 0.5 && b.y < a.y + a.h - 0.5

const cardText = (scene: Scene, id: CommonCardId): string =>
  scene.cards[id].rows.map((row) => row.tokens.map((token) => token.text).join('')).join('')

describe.each(Object.entries(stories))('the picture of %s', (_name, events) => {
  test.each(VIEWS)('at $width x $height: no two cards overlap, and none leaves the stage', (view) => {
    for (const playhead of playheads(events)) {
      const { cards, places, metrics } = at(events, playhead, view)
      const drawn = Object.values(cards).filter((card) => isThere(card, metrics))
      const rects = drawn.map((card) => card.rect)
      for (const [i, a] of rects.entries()) {
        expect(a.x).toBeGreaterThanOrEqual(0)
        expect(a.x + a.w).toBeLessThanOrEqual(view.width)
        expect(a.y + a.h).toBeLessThanOrEqual(view.height)
        expect(a.w).toBeGreaterThan(20)
        expect(a.h).toBeGreaterThan(20)
        for (const b of rects.slice(i + 1)) expect(overlap(a, b)).toBe(false)
      }
      for (const id of ['client', 'application'] as const) expect(overlap(cards[id].rect, places.server)).toBe(false)
      for (const id of ['socket', 'requestLine', 'environ', 'startResponse', 'response'] as const) {
        expect(cards[id].rect.x).toBeGreaterThanOrEqual(places.server.x)
        expect(cards[id].rect.x + cards[id].rect.w).toBeLessThanOrEqual(places.server.x + places.server.w)
      }
    }
  })

  test.each(VIEWS)('at $width x $height: no token is wider than its card', (view) => {
    for (const playhead of playheads(events)) {
      for (const card of Object.values(at(events, playhead, view).cards)) {
        if (card.chip) continue
        for (const row of card.rows) {
          for (const token of row.tokens) {
            expect(token.col + cellWidth(token.text), `${card.id}: ${token.text}`).toBeLessThanOrEqual(card.cols)
          }
        }
      }
    }
  })

  test('is the same for the same playhead, whichever way one came', () => {
    const forward = playheads(events).map((playhead) => at(events, playhead))
    const back = playheads(events)
      .reverse()
      .map((playhead) => at(events, playhead))
    expect(back.reverse()).toEqual(forward)
  })

  test('shows of the request exactly the bytes that have arrived', () => {
    for (let n = 0; n <= events.length; n++) {
      const scene = at(events, n)
      const { state } = scene
      const bytes = state.inbound.slice({ start: state.inboundStart, end: state.inboundEnd })
      const drawn = scene.cards.socket.rows
        .filter((row) => /^[hb]\d/.test(row.id))
        .map((row) => row.tokens.map((token) => token.text).join(''))
        .join('')
      expect(drawn).toBe(visibleBytes(bytes ?? new Uint8Array()))
    }
  })

  test('whatever flies is within the stage, and at rest nothing is seen but what waits', () => {
    for (const playhead of playheads(events)) {
      const { flights, state } = at(events, playhead)
      const waits = state.queued !== null && state.call === null
      if (Number.isInteger(playhead)) expect(flights.map(({ id }) => id)).toEqual(waits ? ['waiting'] : [])
      for (const flight of flights) {
        expect(flight.x).toBeGreaterThan(-260)
        expect(flight.x).toBeLessThan(1440)
        expect(flight.y).toBeGreaterThan(-20)
        expect(flight.y).toBeLessThan(640)
      }
    }
  })

  test('moves without jumps: half a percent of a flight moves no card by more than a few pixels', () => {
    for (const playhead of playheads(events)) {
      if (Number.isInteger(playhead)) continue
      const [a, b] = [at(events, playhead), at(events, playhead + 0.005)]
      for (const id of Object.keys(a.cards) as CommonCardId[]) {
        expect(Math.abs(a.cards[id].rect.x - b.cards[id].rect.x)).toBeLessThan(8)
        expect(Math.abs(a.cards[id].rect.w - b.cards[id].rect.w)).toBeLessThan(8)
      }
    }
  })
})

describe('what is the same bytes lights up together', () => {
  const scene = at(stories['post'] ?? [], stories['post']?.length ?? 0)

  test('the query stands on three cards, and two curves join them', () => {
    const events = stories['post'] ?? []
    const parsed = at(events, events.length).beats.find(({ kind }) => kind === 'environ')
    const scene = at(events, parsed?.to ?? 0)
    const token = scene.cards.requestLine.rows.flatMap((row) => row.tokens).find(({ tone }) => tone === 'query')
    const link = token?.link ?? null
    expect(link).not.toBeNull()
    if (link === null) return
    for (const id of ['socket', 'requestLine', 'environ'] as const) {
      expect(
        scene.cards[id].rows.flatMap((row) => row.tokens).filter((other) => isHighlighted(other.link, link)),
      ).not.toEqual([])
    }
    expect(highlightCurves(scene, link)).toHaveLength(2)
  })

  test('a header name lights the key it became', () => {
    const name = scene.cards.socket.rows.flatMap((row) => row.tokens).find(({ text }) => text === 'User-Agent')
    const lit = scene.cards.environ.rows
      .flatMap((row) => row.tokens)
      .filter((token) => isHighlighted(token.link, name?.link ?? null))
      .map((token) => token.text)
    expect(lit).toEqual(['HTTP_USER_AGENT'])
  })

  test('the status lights from start_response to the bytes', () => {
    const status = scene.cards.startResponse.rows.flatMap((row) => row.tokens).find(({ tone }) => tone === 'status')
    const lit = scene.cards.response.rows
      .flatMap((row) => row.tokens)
      .filter((token) => isHighlighted(token.link, status?.link ?? null))
    expect(lit.map((token) => token.text).join('')).toBe('200 OK')
  })
})

test('the caret waits only for what is missing', () => {
  const pieces = stories['pieces'] ?? []
  const waiting = (n: number): string => cardText(at(pieces, n), 'socket')
  expect(waiting(2)).toContain('still waiting')
  expect(waiting(3)).toContain('still waiting')
  expect(cardText(at(stories['post'] ?? [], 2), 'socket')).not.toContain('still waiting')
})

test('the bytes at fault of a refused request are marked', () => {
  const events = stories['refused'] ?? []
  const scene = at(events, events.length)
  const marked = scene.cards.socket.rows.flatMap((row) => row.tokens).filter((token) => token.fault === true)
  expect(marked.map((token) => token.text).join('')).toContain(' ')
  expect(scene.wires.find((wire) => wire.id === 'cutShort')?.state).toBe('used')
})

test('a body is said to be read or unread only where somebody looked', () => {
  const post = stories['post'] ?? []
  const told = (events: readonly TraceEvent[], playhead = events.length): string =>
    cardText(at(events, playhead), 'socket')
  expect(told(post)).toMatch(/all ?read/)
  const atCall = post.findIndex(({ kind }) => kind === 'app.called') + 1
  expect(told(post, atCall)).toContain('unread')
  // What hosts report while nobody watches: neither reads, nor the callers of start_response.
  const unwatched = post
    .filter(({ kind }) => kind !== 'input.read')
    .map((event): TraceEvent => (event.kind === 'app.startResponse' ? { ...event, stack: [] } : event))
  expect(told(unwatched)).toContain('body')
  expect(told(unwatched)).not.toMatch(/unread|all ?read/)
})

test('what somebody points at is scrolled into sight on every other card, and stays where it is on its own', () => {
  const many = Array.from({ length: 30 }, (_, n) => `X-Field-${n}: value ${n}\r\n`).join('')
  const events = of(1, exchange(reading, GET.replace('\r\n\r\n', `\r\n${many}\r\n`)))
  const scene = at(events, events.length)
  const seen = ({ cards, metrics }: Scene, id: 'socket' | 'environ', text: string): boolean => {
    const { rows, scroll, bodyHeight } = cards[id]
    const row = rows.findIndex(({ tokens }) => tokens.some((token) => token.text.includes(text)))
    return row * metrics.line >= scroll && (row + 1) * metrics.line <= scroll + bodyHeight
  }
  const link = scene.cards.socket.rows.flatMap(({ tokens }) => tokens).find(({ text }) => text === 'value 29')?.link
  if (link == null) throw new Error('the last field is not on the card')
  expect([seen(scene, 'socket', 'value 29'), seen(scene, 'environ', "'value 29'")]).toEqual([false, false])
  const pointed = showingHighlight(scene, { link, from: 'environ' })
  expect(seen(pointed, 'socket', 'value 29')).toBe(true)
  expect(pointed.cards.environ.scroll).toBe(scene.cards.environ.scroll)
  const byKeyboard = showingHighlight(scene, { link, from: null })
  expect(seen(byKeyboard, 'environ', "'value 29'")).toBe(true)
})

test('a line end stands on one row', () => {
  const value = (n: number): [string, string][] => [['X', 'y'.repeat(n)]]
  for (let n = 1; n < 90; n++) {
    const events = of(1, exchange(answering('200 OK', value(n), ['.']), GET))
    for (const row of at(events, events.length).cards.response.rows) {
      expect(row.tokens.map(({ text }) => text).join('')).not.toMatch(/\\r$/)
    }
  }
})

test('whichever chip is opened, no two cards overlap', () => {
  const events = stories['post'] ?? []
  const view = VIEWS[1]
  const ids: readonly CommonCardId[] = [
    'client',
    'socket',
    'requestLine',
    'environ',
    'application',
    'startResponse',
    'response',
  ]
  for (const pinned of ids) {
    for (let playhead = 0; playhead <= events.length; playhead++) {
      const sourceOf = (file: string) => ({ file, text: SOURCE })
      const input = {
        events,
        playhead,
        view,
        words,
        sourceOf,
        deployment: direct,
        appFile: null,
        scrolled: {},
        pinned,
        folded: new Set<CommonCardId>(),
        enlarged: null,
      }
      const rects = Object.values(layout(input).cards).map((card) => card.rect)
      for (const [i, a] of rects.entries()) {
        expect(a.x + a.w).toBeLessThanOrEqual(view.width)
        expect(a.y + a.h).toBeLessThanOrEqual(view.height)
        for (const b of rects.slice(i + 1)) expect(overlap(a, b)).toBe(false)
      }
    }
  }
})

test('in Chinese the picture has the same shapes, only other words', () => {
  const events = stories['get'] ?? []
  for (const playhead of playheads(events)) {
    const english = at(events, playhead)
    const translated = layout({
      events,
      playhead,
      view: VIEWS[0],
      words: chinese,
      deployment: direct,
      sourceOf: (file) => ({ file, text: SOURCE }),
      appFile: '/app/hello.py',
      scrolled: {},
      pinned: null,
      folded: new Set(),
      enlarged: null,
    })
    expect(Object.values(translated.cards).map((card) => card.rect)).toEqual(
      Object.values(english.cards).map((card) => card.rect),
    )
  }
})

describe('a request that no worker is free for', () => {
  const events = of(
    1,
    exchange(() => [{ kind: 'queued', ahead: 2 }], GET),
  )

  test.each(VIEWS)('at $width x $height: stands before the right edge, over no card, and says so', (view) => {
    const { flights, places, cards, metrics, state } = at(events, events.length, view)
    const [waiting] = flights
    if (waiting === undefined) throw new Error('nothing stands anywhere')
    const text = waiting.size === null ? waiting.text : `${waiting.text}  ${waiting.size}`
    const width = (cellWidth(text) + 1.2) * metrics.cell
    // Where cards stand close, it may touch the margin of the one that it comes from, never what is in it.
    const margin = metrics.pad / 2
    const place = { x: waiting.x, y: waiting.y + margin, w: width, h: metrics.line - margin }
    expect([state.queued?.ahead, waiting.text]).toEqual([2, `environ {${state.environ?.length}}`])
    // Where there is no room for it, the foot of the application's card and the caption say it.
    expect(view.width < 1440 ? [null, waiting.size] : [waiting.size]).toContain('waiting for a worker, 2 ahead')
    expect(captionOf(events, events.length, captions)).toContain('behind 2 others')
    const edge = places.server.x + places.server.w
    expect(place.x + place.w).toBeLessThanOrEqual(edge)
    expect(place.x + place.w).toBeGreaterThan(edge - 4 * metrics.cell)
    for (const { rect } of Object.values(cards)) expect(overlap(place, rect)).toBe(false)
  })

  test('is answered for, with nothing that could have snapped', () => {
    const reason = 'all workers are busy'
    const refused = of(
      1,
      exchange(() => [{ kind: 'died', status: 503, reason }], GET),
    )
    const scene = at(refused, refused.length)
    expect(applicationStatus(scene.state, words)).toEqual({ text: 'never called', alarm: true })
    expect(scene.wires.find(({ id }) => id === 'tether')?.state).not.toBe('broken')
    expect(scene.flights).toEqual([])
    expect(captionOf(refused, refused.length, captions)).toContain('answered [status|503] itself')
    const died = refused.findIndex(({ kind }) => kind === 'app.died')
    expect(captionOf(refused, died + 1, captions)).toContain('could take this request')
  })

  test('and one whose worker hung is told with the status that it was answered with', () => {
    const reason = 'it did nothing for 30 s'
    const hung = of(
      1,
      exchange(() => [called, { kind: 'died', status: 504, reason }], GET),
    )
    expect(captionOf(hung, hung.length, captions)).toBe('The server answered [status|504] itself; its log says why.')
    expect(at(hung, hung.length).wires.find(({ id }) => id === 'tether')?.state).toBe('broken')
  })
})

describe('what is not there is said', () => {
  const unwatched: TestApp = (call) =>
    reading(call).flatMap((event): AppEvent[] => {
      if (event.kind === 'inputRead') return []
      return event.kind === 'called' ? [{ ...event, unwatched: true }] : [event]
    })

  test.each([
    ['of a call that nobody watched', unwatched, /^done; nobody watched: reads, changes, callers/],
    ['not of one that somebody did', reading, /^done$/],
  ])('%s', (_, app, status) => {
    const events = of(1, exchange(app, POST))
    expect(applicationStatus(at(events, events.length).state, words).text).toMatch(status)
  })

  test('of an exchange that had more than its share', () => {
    const events = of(1, exchange(reading, POST))
    const last = events.at(-1)
    if (last === undefined) throw new Error('there are events')
    const omitted: TraceEvent = { ...last, seq: last.seq + 1, exchange: 1, kind: 'trace.omitted', events: 1234 }
    const scene = at([...events, omitted], events.length + 1)
    expect(applicationStatus(scene.state, words).text).toBe('more than is kept: 1,234 events left out')
  })
})

describe('bytes that wait for a slow client', () => {
  const app: TestApp = () => [
    called,
    startResponse('200 OK'),
    returned(1),
    { kind: 'chunk', data: new Uint8Array(70_000), rest: 70_000 },
    { kind: 'chunk', data: new Uint8Array(70_000) },
  ]
  const slow = () => {
    const conversation = new Conversation(app).send(GET).congested()
    conversation.now += 2_000_000
    return conversation.congested()
  }
  const rows = (conversation: Conversation, language = words) => {
    const events = of(1, conversation)
    return responseRows(fold(events, events.length), { cols: 200, words: language })
      .map(({ tokens }) => tokens.map(({ text }) => text).join(''))
      .join('\n')
  }

  test('are said on the card of the response while they do, in both languages', () => {
    expect(rows(slow())).toContain('The client reads slowly: 140,')
    expect(rows(slow(), chinese)).toContain('客户端读取太慢')
    expect(rows(slow().drained())).not.toContain('slowly')
  })

  test('and when they are given up, and when the client leaves', () => {
    expect(rows(slow().deadline('send', 70_000))).toContain('The client read too slowly: the server gave up 140,')
    expect(rows(slow().feed({ kind: 'clientGone', why: 'x' }))).toContain('The client left; 140,')
  })

  test('a chunk that came in pieces is one chunk, of its whole length', () => {
    const events = of(1, slow())
    const captioned = events.map((_, at) => captionOf(events, at + 1, captions))
    expect(captioned.some((caption) => caption?.includes('140,000'))).toBe(true)
    expect(captioned.some((caption) => caption?.includes('2 chunks'))).toBe(false)
  })
})
