import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventsFrom, KINDS } from '../testing/sampleEvents.ts'
import { type BeatKind, type BeatsSoFar, beatAt, beatsOf, extendBeats, NO_BEATS } from './beats.ts'
import type { TraceKind } from './events.ts'

const OPENS: Partial<Record<TraceKind, BeatKind>> = {
  'connection.opened': 'arrives',
  'socket.received': 'read',
  'request.line': 'parsed',
  'request.header': 'parsed',
  'request.body': 'parsed',
  'uwsgi.packet': 'parsed',
  'environ.built': 'environ',
  'app.queued': 'waits',
  'app.called': 'called',
  'input.read': 'reads',
  'app.startResponse': 'answers',
  'app.wrote': 'chunks',
  'app.yielded': 'chunks',
  'response.answered': 'ends',
  'app.closed': 'ends',
  'connection.closed': 'ends',
  'gateway.refused': 'refused',
  'tap.bytesOnly': 'refused',
  'app.raised': 'raised',
  'app.died': 'raised',
  'server.died': 'dead',
  'server.absent': 'dead',
}

const told = (...kinds: TraceKind[]): string =>
  beatsOf(eventsFrom(...kinds))
    .map(({ kind, from, to }) => `${kind} ${from}-${to}`)
    .join(', ')

test.each(KINDS)('an event opens the beat of its step, or belongs to whatever is on: %s', (kind) => {
  const beats = beatsOf(eventsFrom('log.line', kind)).map((beat) => beat.kind)
  const opened = OPENS[kind]
  expect(beats).toEqual(opened === undefined ? ['read'] : ['read', opened])
})

test('the story never goes back: what comes late stays in the beat that is on', () => {
  expect(told('app.called', 'app.yielded', 'input.read', 'app.queued', 'response.answered')).toBe(
    'called 0-1, chunks 1-4, ends 4-5',
  )
})

test('an event of the step that is on opens no beat of its own', () => {
  expect(told('request.line', 'request.header', 'request.header', 'environ.built')).toBe('parsed 0-3, environ 3-4')
})

test('what goes out before there is an answer (100 Continue) belongs to the beat that is on', () => {
  expect(told('request.line', 'response.serialized', 'socket.sent', 'app.called', 'response.serialized')).toBe(
    'parsed 0-3, called 3-4, chunks 4-5',
  )
})

test.each<TraceKind>(['app.called', 'app.died', 'app.startResponse', 'gateway.refused', 'tap.bytesOnly'])(
  'what goes out after %s is the answer',
  (kind) => {
    expect(beatsOf(eventsFrom(kind, 'socket.sent')).at(-1)?.kind).toBe('chunks')
  },
)

test('an accident is told whenever it happens, and the story goes on with what is sent', () => {
  expect(told('app.called', 'app.yielded', 'socket.sent', 'app.raised', 'socket.sent', 'app.closed')).toBe(
    'called 0-1, chunks 1-3, raised 3-4, chunks 4-5, ends 5-6',
  )
  expect(told('response.answered', 'server.died', 'connection.closed')).toBe('ends 0-1, dead 1-2, ends 2-3')
})

test('a beat happens when its first event does', () => {
  expect(beatsOf(eventsFrom('request.line', 'request.header', 'environ.built')).map(({ at }) => at)).toEqual([0, 2000])
})

test('the beats of a list that has grown are those of all of it, and the earlier ones are left as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...KINDS), { maxLength: 30 }), fc.array(fc.nat(30)), (kinds, cuts) => {
      const events = eventsFrom(...kinds)
      let soFar: BeatsSoFar = NO_BEATS
      let from = 0
      for (const to of [...cuts.filter((cut) => cut < events.length), events.length].sort((a, b) => a - b)) {
        const [before, copy] = [soFar, structuredClone(soFar)]
        soFar = extendBeats(soFar, events.slice(0, to), from)
        from = to
        expect(before).toEqual(copy)
        expect(soFar.beats).toEqual(beatsOf(events.slice(0, to)))
      }
    }),
  )
})

test('a playhead is in the beat that ends at it or behind it; before the first event in the first; in none where there is none', () => {
  const beats = beatsOf(eventsFrom('request.line', 'request.header', 'environ.built'))
  expect([0, 1.5, 2, 2.01, 3, 99].map((playhead) => beatAt(beats, playhead))).toEqual([0, 0, 0, 1, 1, 1])
  expect(beatAt([], 0)).toBe(-1)
})
