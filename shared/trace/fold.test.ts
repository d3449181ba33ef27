import { describe, expect, test } from 'vitest'
import { eventsFrom, KINDS, SAMPLES } from '../testing/sampleEvents.ts'
import type { TraceBody, TraceKind } from './events.ts'
import { apply, copyOf, fold, initialState, type StageState } from './fold.ts'
import { PrefixList } from './prefixList.ts'

const state = (...bodies: (TraceBody | TraceKind)[]): StageState => {
  const events = eventsFrom(...bodies)
  return fold(events, events.length)
}

const plain = (value: unknown): unknown => (value instanceof PrefixList ? [...value] : value)

/** What the events of a kind say, as the parts of the state that they change. */
const CHANGES: { readonly [K in TraceKind]: readonly (keyof StageState)[] } = {
  'connection.opened': ['opened'],
  'socket.received': ['received', 'receivedTo', 'inboundEnd'],
  'request.line': ['requestLine'],
  'request.header': ['headers'],
  'request.body': ['body'],
  'uwsgi.packet': ['uwsgi'],
  'environ.built': ['environ'],
  'app.queued': ['queued'],
  'app.called': ['call', 'step'],
  'environ.changed': ['environChanges'],
  'app.line': ['line'],
  'input.read': ['reads', 'bodyRead', 'step'],
  'app.startResponse': ['startResponse', 'startResponseCalls', 'step'],
  'app.wrote': ['chunks', 'wholeChunks', 'chunkBytes', 'step'],
  'app.yielded': ['chunks', 'wholeChunks', 'chunkBytes', 'step'],
  'app.returned': ['returned', 'step'],
  'app.raised': ['raised'],
  'app.caught': ['caught'],
  'app.closed': ['appClosed'],
  'app.died': ['raised'],
  'response.serialized': ['gateOpen', 'segments', 'chunkSerialized', 'outboundStart'],
  'socket.sent': ['sentTo'],
  'response.waiting': ['waiting'],
  'referee.finding': ['findings'],
  'hold.entered': ['hold'],
  'hold.released': [],
  'gateway.refused': ['refused'],
  'response.answered': ['answered'],
  'connection.closed': ['closed'],
  'tap.bytesOnly': ['bytesOnly'],
  'app.source': [],
  'app.reloaded': [],
  'server.started': [],
  'server.accepted': [],
  'server.received': ['serverReceived'],
  'server.died': ['dead'],
  'server.absent': ['dead'],
  'trace.omitted': ['omitted'],
  'log.line': ['log'],
}

/** Where one is, and the bytes that are there whatever the playhead. */
const ALWAYS: readonly string[] = ['landed', 'flight', 'inbound', 'outbound']

function changed(before: StageState, after: StageState): string[] {
  const was = new Map(Object.entries(before))
  return Object.entries(after).flatMap(([key, value]) =>
    ALWAYS.includes(key) || JSON.stringify(plain(was.get(key))) === JSON.stringify(plain(value)) ? [] : [key],
  )
}

test.each(KINDS)('an event changes what it is about once it has landed, and nothing else: %s', (kind) => {
  const events = eventsFrom(kind)
  expect(changed(fold(events, 0), fold(events, 1)).sort()).toEqual([...CHANGES[kind]].sort())
  expect(changed(fold(events, 0), fold(events, 0.5))).toEqual([])
  expect(fold(events, 0.5).flight).toEqual({ event: events[0], t: 0.5 })
})

test('stepping back is folding less: the state before an event does not know of it', () => {
  const events = eventsFrom('request.line', 'request.header', 'environ.built', 'app.startResponse')
  for (let at = 0; at < events.length; at++) {
    expect(changed(fold(events, at), fold(events.slice(0, at), at))).toEqual([])
  }
})

describe('the response', () => {
  test('100 Continue opens no gate: it is none of the answer', () => {
    const interim: TraceBody = {
      kind: 'response.serialized',
      segments: [{ start: 0, end: 25, from: 'server:continue' }],
    }
    expect(state(interim)).toMatchObject({ continued: true, gateOpen: false, outboundStart: null })
    const head: TraceBody = { kind: 'response.serialized', segments: [{ start: 25, end: 40, from: 'status' }] }
    expect(state(interim, head)).toMatchObject({ gateOpen: true, chunkSerialized: false, outboundStart: 25 })
  })

  test('a chunk in pieces is one chunk, with the bytes of all of them', () => {
    const piece: TraceBody = { ...SAMPLES['app.yielded'], rest: 4 }
    const pieces = state(piece, { ...piece, rest: 2 }, 'app.yielded')
    expect([pieces.chunks.length, pieces.wholeChunks, pieces.chunkBytes]).toEqual([3, 1, 6])
    expect([...pieces.chunks].map(({ index }) => index)).toEqual([0, 1, 2])
  })

  test('of several calls of start_response the last one holds, and all are counted', () => {
    const again: TraceBody = { ...SAMPLES['app.startResponse'], status: '500 No' }
    expect(state('app.startResponse', again)).toMatchObject({
      startResponse: { status: '500 No' },
      startResponseCalls: 2,
    })
  })
})

describe('the application', () => {
  test('it has read as much of the body as its furthest read gave', () => {
    const read = (offset: number, returned: number): TraceBody => ({ ...SAMPLES['input.read'], offset, returned })
    expect(state(read(0, 5), read(5, 3), read(2, 1)).bodyRead).toBe(8)
  })

  test('a hold lasts until it is released', () => {
    expect(state('hold.entered').hold).toMatchObject({ stage: 'environ' })
    expect(state('hold.entered', 'hold.released').hold).toBeNull()
  })

  test('events that are left out are added up; while nobody knows how many, none are said', () => {
    const some: TraceBody = { kind: 'trace.omitted', events: null }
    expect(state('trace.omitted', 'trace.omitted').omitted).toEqual({ events: 6 })
    expect(state('trace.omitted', some).omitted).toEqual({ events: null })
  })
})

describe('the sixty-line server', () => {
  const opened: TraceBody = { ...SAMPLES['connection.opened'], listing: '/server.py' }
  const line = (number: number, locals: Record<string, string>, file = '/server.py'): TraceBody => ({
    ...{ kind: 'app.line', file, line: number, locals },
  })

  test('a line of its file is where it is, and a line of another file is the application’s', () => {
    const both = state(opened, line(7, {}), line(3, {}, '/app.py'))
    expect([both.serverLine?.event.line, both.line?.line]).toEqual([7, 3])
    expect(state('connection.opened', line(7, {})).serverLine).toBeNull()
  })

  test('a variable has changed where it has another value than it had last', () => {
    const { serverLine } = state(opened, line(7, { a: '1', b: '2' }), line(8, { c: '3' }), line(9, { a: '1', b: '4' }))
    expect(serverLine?.changed).toEqual([['b', '4']])
    expect(serverLine?.known).toEqual({ a: '1', b: '4', c: '3' })
  })
})

test('what becomes of a copy does not change the state that it was made from', () => {
  const first = initialState()
  for (const event of eventsFrom(...KINDS)) apply(first, event)
  const before = JSON.stringify(Object.entries(first).map(([key, value]) => [key, plain(value)]))
  const second = copyOf(first)
  for (const event of eventsFrom(...KINDS)) apply(second, event)
  expect(JSON.stringify(Object.entries(first).map(([key, value]) => [key, plain(value)]))).toBe(before)
})
