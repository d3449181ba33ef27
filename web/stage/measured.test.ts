/**
 * What can be measured of a picture without eyes: for every kind of exchange, at every event, in windows of six sizes, on
 * the scene itself.
 */
import { describe, expect, test } from 'vitest'
import { answering, called, chunk, closed, raised, returned, startResponse } from '../../shared/testing/apps.ts'
import type { Conversation } from '../../shared/testing/conversation.ts'
import { CHUNKED, exchange, GET, POST, passedOn, reading, recorded } from '../../shared/testing/recorded.ts'
import { packet } from '../../shared/testing/uwsgiPackets.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { stage as english } from '../i18n/en/stage.ts'
import { dictionaryIn } from '../testing/dictionaries.ts'
import { noteOf } from './cards/note.ts'
import type { Deployment } from './deployments/deployment.ts'
import { direct } from './deployments/direct.ts'
import { sixtyLines } from './deployments/sixtyLines.ts'
import { tap } from './deployments/tap.ts'
import { uwsgi } from './deployments/uwsgi.ts'
import { uwsgiTap } from './deployments/uwsgiTap.ts'
import { flightWidth } from './flights/inFlight.ts'
import type { Point, Rect } from './geometry.ts'
import { type Card, isThere, layout, type Scene } from './scene.ts'
import { cellWidth, titleCells } from './text.ts'
import { WIRE_ENDS } from './wireId.ts'
import type { StageWords } from './words.ts'

const SOURCE = `"""The smallest useful application."""


def app(environ, start_response):
    body = environ['wsgi.input'].read()
    name = environ['QUERY_STRING'].partition('=')[2]
    start_response('200 OK', [
        ('Content-Type', 'text/plain'),
    ])
    return [f'Hello, {name}!'.encode()]
`

const of = (...conversations: readonly Conversation[]): readonly TraceEvent[] => {
  const index = new TraceIndex()
  index.append(recorded(...conversations))
  return index.eventsOf(1)
}

const KINDS: Record<string, readonly TraceEvent[]> = {
  GET: of(exchange(reading, GET)),
  'a GET with a long header': of(
    exchange(reading, GET.replace('\r\n\r\n', `\r\nX-Long: ${'word '.repeat(60)}\r\n\r\n`)),
  ),
  POST: of(exchange(reading, POST)),
  'a body in chunks': of(exchange(reading, CHUNKED)),
  'a request in pieces': of(exchange(reading, POST.slice(0, 9), POST.slice(9, 70), POST.slice(70))),
  'three pieces': of(exchange(answering('200 OK', [], ['one', 'two', 'three'], null), GET)),
  'an empty answer': of(exchange(answering('204 No Content', [], [], null), GET)),
  HEAD: of(exchange(reading, GET.replace('GET', 'HEAD'))),
  'a refused line': of(exchange(reading, 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n')),
  'a refused header': of(exchange(reading, 'GET / HTTP/1.1\r\nHost: x\r\nX-Bad : yes\r\n\r\n')),
  'no worker is free': of(exchange(() => [{ kind: 'queued', ahead: 2 }, called, closed], GET)),
  'an exception before the head': of(exchange(() => [called, raised, closed], GET)),
  'an exception after the head': of(
    exchange(() => [called, startResponse('200 OK', []), returned(null), chunk('some'), raised, closed], GET),
  ),
}

/** As nginx sends them, with all that its usual configuration adds. */
const NGINX = {
  QUERY_STRING: 'name=Ada',
  PATH_INFO: '/hello',
  CONTENT_TYPE: '',
  CONTENT_LENGTH: '',
  REQUEST_URI: '/hello?name=Ada',
  DOCUMENT_ROOT: '/usr/share/nginx/html',
  SERVER_PROTOCOL: 'HTTP/1.1',
  REQUEST_SCHEME: 'http',
  REMOTE_ADDR: '127.0.0.1',
  REMOTE_PORT: '53856',
  SERVER_PORT: '8080',
  SERVER_NAME: 'localhost',
  HTTP_HOST: 'localhost',
  HTTP_USER_AGENT: 'curl/8.5.0',
  HTTP_ACCEPT: '*/*',
}
const PACKETS: Record<string, readonly TraceEvent[]> = {
  'a GET': of(passedOn(reading, packet(NGINX))),
  'a POST, in pieces': of(
    passedOn(reading, packet({ ...NGINX, REQUEST_METHOD: 'POST', CONTENT_LENGTH: '11' }), 'How are', ' you'),
  ),
  'variables that are dropped': of(
    passedOn(reading, packet({ ...NGINX, UWSGI_SCRIPT: 'evil:app', 'wsgi.input': 'x', SERVER_PORT: ['80', '443'] })),
  ),
  'a packet for something else': of(passedOn(reading, packet(NGINX, { modifier1: 17 }))),
  'a request of HTTP': of(passedOn(reading, GET)),
  'a packet without a method': of(passedOn(reading, packet({ ...NGINX, REQUEST_METHOD: null }))),
}

/** What is left of a window for the stage, below its bars and above the caption and the timeline. */
const BARS = 230
const SIZES = [
  { width: 390, height: 844 },
  { width: 1024, height: 768 },
  { width: 1366, height: 768 },
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
  { width: 2560, height: 1440 },
] as const
const VIEWS = SIZES.map(({ width, height }) => ({ width, height: height - BARS }))
type View = (typeof VIEWS)[number]

const LANGUAGES = ['en', 'zh-CN'] as const

const sceneAt = (
  events: readonly TraceEvent[],
  playhead: number,
  view: View,
  words: StageWords = english,
  deployment: Deployment = direct,
): Scene =>
  layout({
    events,
    playhead,
    view,
    words,
    deployment,
    sourceOf: (file) => ({ file, text: SOURCE }),
    appFile: '/app/hello.py',
    scrolled: {},
    pinned: null,
    folded: new Set(),
    enlarged: null,
  })

/** Every event at rest, and two moments of its flight. */
function* moments(events: readonly TraceEvent[]): Generator<number> {
  for (let at = 0; at < events.length; at++) yield* [at, at + 0.3, at + 0.8]
  yield events.length
}

const drawnCards = (scene: Scene): Card[] => Object.values(scene.cards).filter((card) => isThere(card, scene.metrics))

interface Text {
  readonly what: string
  readonly box: Rect
}

/** Letters are lower than their line. */
const LETTERS = 0.72

function textsOf(scene: Scene, words: StageWords): Text[] {
  const { metrics } = scene
  const { cell, line, title, pad, font } = metrics
  const texts: Text[] = scene.labels.map(({ id, text, x, y, width }) => ({
    what: `label ${id} "${text}"`,
    box: { x: x - width / 2, y: y - font * LETTERS, w: width, h: font * LETTERS },
  }))
  for (const card of drawnCards(scene)) {
    const { id, rect, chip } = card
    if (!chip) {
      texts.push({ what: `title of ${id}`, box: { x: rect.x, y: rect.y, w: rect.w, h: title } })
      const first = Math.ceil(card.scroll / line)
      for (const [n, row] of card.rows.entries()) {
        const y = rect.y + title + n * line - card.scroll
        if (n < first || n * line - card.scroll + line > card.bodyHeight) continue
        for (const token of row.tokens) {
          const x = rect.x + pad + token.col * cell
          texts.push({
            what: `${id}: ${token.text}`,
            box: { x, y, w: cellWidth(token.text) * cell, h: line * LETTERS },
          })
        }
      }
    }
    const definition = scene.deployment.cards.find((each) => each.id === id)
    const note =
      definition === undefined || chip ? null : noteOf(definition, scene, words, { file: null, earlier: false })
    if (definition !== undefined && note !== null) {
      const cells = titleCells(definition.title(words)) + cellWidth(note.text) + (id === 'application' ? 7 : 8)
      expect(cells * cell, `title and note of ${id}: ${note.text}`).toBeLessThanOrEqual(rect.w)
    }
  }
  return texts
}

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.w - 1 && b.x < a.x + a.w - 1 && a.y < b.y + b.h - 1 && b.y < a.y + a.h - 1

const onBorder = ({ x, y }: Point, rect: Rect): boolean => {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1
  const across = y >= rect.y - 1 && y <= rect.y + rect.h + 1
  const along = x >= rect.x - 1 && x <= rect.x + rect.w + 1
  return (
    (across && (near(x, rect.x) || near(x, rect.x + rect.w))) ||
    (along && (near(y, rect.y) || near(y, rect.y + rect.h)))
  )
}

function measure(events: readonly TraceEvent[], view: View, words: StageWords, deployment: Deployment = direct): void {
  for (const playhead of moments(events)) {
    const scene = sceneAt(events, playhead, view, words, deployment)
    const height = scene.mode === 'phone' ? Number.POSITIVE_INFINITY : view.height
    const texts = textsOf(scene, words)
    for (const [n, a] of texts.entries()) {
      const where = `${a.what} at ${playhead}`
      expect(a.box.x, where).toBeGreaterThanOrEqual(0)
      expect(a.box.x + a.box.w, where).toBeLessThanOrEqual(view.width + 0.5)
      expect(a.box.y + a.box.h, where).toBeLessThanOrEqual(height)
      for (const b of texts.slice(n + 1)) {
        if (overlap(a.box, b.box)) expect.fail(`${a.what} lies over ${b.what} at ${playhead}`)
      }
    }
    for (const flight of scene.flights) {
      const where = `in flight at ${playhead}: ${flight.text}`
      expect(flight.x, where).toBeGreaterThanOrEqual(0)
      expect(flight.x + flightWidth(flight, scene.metrics), where).toBeLessThanOrEqual(view.width)
      expect(flight.y, where).toBeGreaterThanOrEqual(0)
      expect(flight.y + scene.metrics.line, where).toBeLessThanOrEqual(height)
    }
  }
}

describe.each([tap, sixtyLines])('of a $kind server', (deployment) => {
  describe.each(VIEWS)('at $width pixels', (view) => {
    test.each(LANGUAGES)('%s: no two texts overlap, and nothing leaves the window', (language) => {
      for (const kind of ['POST', 'three pieces', 'a refused line']) {
        measure(KINDS[kind] ?? [], view, dictionaryIn(deployment, language).stage, deployment)
      }
    })
  })
})

describe.each(Object.entries(PACKETS))('by uwsgi, %s', (_kind, events) => {
  test.each(VIEWS)('at $width x $height', (view) => {
    for (const language of LANGUAGES) {
      for (const deployment of [uwsgi, uwsgiTap]) {
        measure(events, view, dictionaryIn(deployment, language).stage, deployment)
      }
    }
  })
})

describe.each(Object.entries(KINDS))('%s', (_kind, events) => {
  describe.each(VIEWS)('at $width pixels', (view) => {
    test.each(LANGUAGES)('%s: no two texts overlap, and nothing leaves the window', (language) => {
      measure(events, view, dictionaryIn(direct, language).stage)
    })

    test('no card changes its size within a beat, once it has made room', () => {
      const { beats } = sceneAt(events, events.length, view)
      for (const beat of beats) {
        const rects = (playhead: number): Rect[] =>
          Object.values(sceneAt(events, playhead, view).cards).map((card) => card.rect)
        const atEnd = rects(beat.to)
        for (let at = beat.from + 1; at <= beat.to; at++) expect(rects(at), `${beat.kind} at ${at}`).toEqual(atEnd)
      }
    })

    test('every wire begins and ends at the cards that it joins', () => {
      for (const playhead of moments(events)) {
        const scene = sceneAt(events, playhead, view)
        if (scene.tetherEnd !== null) continue
        for (const { id, points } of scene.wires) {
          const [from, to] = WIRE_ENDS[id].map((card) => scene.cards[card].rect)
          const [first, last] = [points[0], points.at(-1)]
          if (from === undefined || to === undefined || first === undefined || last === undefined) throw new Error(id)
          expect(onBorder(first, from), `${id} begins at ${JSON.stringify(first)} at ${playhead}`).toBe(true)
          const below = scene.mode === 'phone' && id === 'response'
          if (!below) expect(onBorder(last, to), `${id} ends at ${JSON.stringify(last)} at ${playhead}`).toBe(true)
        }
      }
    })
  })
})

describe.each(VIEWS.slice(1))('at $width pixels the callback is tethered', (view) => {
  const events = KINDS['POST'] ?? []
  /** The row of a line, from its top to its foot; null where it is not in sight. */
  const rowOf = ({ cards, metrics }: Scene, line: number): { top: number; foot: number } | null => {
    const { rows, rect, scroll, bodyHeight, chip } = cards.application
    const at = rows.findIndex(({ id }) => id === `s${line}-0`) * metrics.line - scroll
    if (chip || at < 0 || at + metrics.line > bodyHeight) return null
    const top = rect.y + metrics.title + at
    return { top, foot: top + 1.5 * metrics.line }
  }

  test('to the line that defines what was called, then to the line that calls it', () => {
    let seen = 0
    for (const playhead of moments(events)) {
      const scene = sceneAt(events, playhead, view)
      const tether = scene.wires.find(({ id }) => id === 'tether')
      const [end] = tether?.points ?? []
      if (end === undefined || scene.tetherEnd !== null) continue
      const answers = scene.state.startResponse !== null || scene.state.flight?.event.kind === 'app.startResponse'
      const row = rowOf(scene, answers ? 4 : 2)
      if (row === null) continue
      seen++
      expect(end.y, `at ${playhead}`).toBeGreaterThanOrEqual(row.top)
      expect(end.y, `at ${playhead}`).toBeLessThanOrEqual(row.foot)
    }
    expect(seen).toBeGreaterThan(5)
  })
})
