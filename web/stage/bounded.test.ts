/** What an application or a client can make grow is drawn with its beginning and a count. */
import { expect, test } from 'vitest'
import { exchange, GET, reading, recorded } from '../../shared/testing/recorded.ts'
import { Coherence } from '../../shared/trace/coherence.ts'
import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { captions } from '../i18n/en/captions.ts'
import { stage as words } from '../i18n/en/stage.ts'
import { captionOf } from './captionOf.ts'
import type { CommonCardId } from './cardId.ts'
import { direct } from './deployments/direct.ts'
import { layout, type Scene } from './scene.ts'

const MANY = 20_000
const LONG = 3_000_000

function drawn(events: readonly TraceEvent[], playhead = events.length): Scene {
  return layout({
    events,
    playhead,
    view: { width: 1440, height: 640 },
    words,
    sourceOf: () => undefined,
    deployment: direct,
    appFile: null,
    pinned: null,
    folded: new Set(),
    enlarged: null,
    scrolled: {},
  })
}

const text = (scene: Scene, id: CommonCardId): string =>
  scene.cards[id].rows.flatMap((row) => row.tokens.map((token) => token.text)).join('')

const events = recorded(exchange(reading, GET))

/** The trace with one of its events changed, or told many times, and numbered anew. */
function changed(change: (event: TraceEvent) => readonly TraceEvent[]): readonly TraceEvent[] {
  const all = events.flatMap(change).map((event, seq) => ({ ...event, seq }))
  const coherence = new Coherence()
  expect(all.map((event) => coherence.fault(event)).filter((fault) => fault !== null)).toEqual([])
  const index = new TraceIndex()
  index.append(all)
  return index.eventsOf(1)
}

const with_ = <K extends TraceEvent['kind']>(kind: K, more: (event: EventOf<K>) => readonly TraceEvent[]) =>
  changed((event) => (isOf(event, kind) ? more(event) : [event]))

const isOf = <K extends TraceEvent['kind']>(event: TraceEvent, kind: K): event is EventOf<K> => event.kind === kind

const rowsOf = (scene: Scene): number => Object.values(scene.cards).reduce((sum, { rows }) => sum + rows.length, 0)

test('a value of 3 MB, in the environ and in a header of the answer', () => {
  const value = 'v'.repeat(LONG)
  const environ = drawn(
    with_('environ.built', (event) => [
      { ...event, entries: event.entries.map((entry) => (entry.key === 'HTTP_ACCEPT' ? { ...entry, value } : entry)) },
    ]),
  )
  const answer = drawn(with_('app.startResponse', (event) => [{ ...event, headers: [['X', value]], status: value }]))
  for (const [scene, id] of [
    [environ, 'environ'],
    [answer, 'startResponse'],
  ] as const) {
    expect(rowsOf(scene)).toBeLessThan(2000)
    expect(text(scene, id)).toContain('… +2,991,808')
  }
})

test('a name of 3 MB, a target, a change and a message', () => {
  const value = 'v'.repeat(LONG)
  const scene = drawn(
    with_('app.called', (event) => [
      event,
      { ...event, kind: 'environ.changed', key: value, before: value, after: value, noticedAt: 'startResponse' },
      { ...event, kind: 'app.raised', type: value, message: value, traceback: value },
      {
        ...event,
        kind: 'referee.finding',
        rule: 'x',
        level: 'note',
        message: value,
        section: '',
        about: null,
        span: null,
      },
    ]),
  )
  expect(rowsOf(scene)).toBeLessThan(2000)
  const lines = scene.cards.application.foot.flatMap((note) => note.lines)
  expect(lines.join('').length).toBeLessThan(10_000)
})

test('20,000 findings: a dozen and how many more, with the gravest level among them', () => {
  const scene = drawn(
    with_('app.returned', (event) => [
      event,
      ...Array.from({ length: MANY }, (_, n): TraceEvent => {
        const level = n === MANY - 1 ? 'error' : 'note'
        return {
          ...event,
          kind: 'referee.finding',
          rule: 'x',
          level,
          message: 'm',
          section: '',
          about: null,
          span: null,
        }
      }),
    ]),
  )
  const { foot } = scene.cards.application
  expect(foot).toHaveLength(13)
  expect(foot.at(-1)).toMatchObject({ level: 'error' })
  expect(foot.at(-1)?.lines.join(' ')).toBe('… and 19,988 more findings')
})

test('20,000 headers, entries, frames and changes', () => {
  const headers: [string, string][] = Array.from({ length: MANY }, (_, n) => [`X-${n}`, 'v'])
  const stack = Array.from({ length: MANY }, (_, n) =>
    n % 2 === 0 ? { folded: 1 } : { file: 'a', line: n, function: 'f' },
  )
  expect(rowsOf(drawn(with_('app.startResponse', (event) => [{ ...event, headers, stack }])))).toBeLessThan(2000)
  const entries = with_('environ.built', (event) => [
    {
      ...event,
      entries: [
        ...event.entries,
        ...headers.map(([key, value]) => ({ key, value, type: 'str' as const, from: 'server' as const })),
      ],
    },
  ])
  expect(rowsOf(drawn(entries))).toBeLessThan(2000)
  const changes = with_('app.called', (event) => [
    event,
    ...headers.map(([, value], n): TraceEvent => {
      const key = n % 2 === 0 ? `k${n}` : 'same'
      return { ...event, kind: 'environ.changed', key, before: value, after: value, noticedAt: 'returned' }
    }),
  ])
  expect(rowsOf(drawn(changes))).toBeLessThan(2000)
})

test('200,000 chunks are told, drawn and captioned at every kind of place', () => {
  const own = changed((event) => {
    if (event.kind !== 'app.closed') return [event]
    const { sentTo } = drawn(events).state
    const answered = { ...event, kind: 'app.yielded', length: 1, bytes: Uint8Array.of(120) } as const
    return [
      event,
      ...Array.from({ length: 200_000 }, (_, n): TraceEvent[] => {
        const start = sentTo + n
        const segments = [{ start, end: start + 1, from: `chunk:${n + 1}` }]
        return [
          answered,
          { ...event, kind: 'response.serialized', segments },
          { ...answered, kind: 'socket.sent', start },
        ]
      }).flat(),
    ]
  })
  expect(own.length).toBeGreaterThan(600_000)
  for (const playhead of [3, own.length / 2, own.length / 2 + 0.5, own.length]) {
    expect(rowsOf(drawn(own, playhead))).toBeLessThan(2000)
    expect(captionOf(own, playhead, captions)).not.toBe('')
  }
})
