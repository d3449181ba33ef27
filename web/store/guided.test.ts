import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { called, hello, startResponse } from '../../shared/testing/apps.ts'
import { Conversation, type TestApp } from '../../shared/testing/conversation.ts'
import { header, Recorder } from '../testing/recorder.ts'
import { createPlayheadStore } from './playheadStore.ts'
import { createTraceStore } from './trace.ts'

const GET = 'GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** A page's stores, for somebody who has never seen a trip. */
function firstTime({ still = false } = {}) {
  const recorder = new Recorder()
  const trace = createTraceStore()
  const playhead = createPlayheadStore({ trace, readingMs: () => 3000, stillness: () => still, guided: true })
  trace.getState().begin(header(), null)
  const state = () => playhead.getState()
  const arrives = (events: Recorder['events']) => state().arrived(trace.getState().append(events))
  return {
    trace,
    state,
    recorder,
    arrives,
    requests: (count: number, app: TestApp = hello) =>
      arrives(Array.from({ length: count }, () => recorder.connection(new Conversation(app).send(GET).drafts)).flat()),
    /** Time passes until the picture stands still, or `ms` are over. Returns how long it took. */
    plays: (ms = 60_000) => {
      let passed = 0
      while (passed < ms && (state().playing || state().target !== null)) {
        state().advance(16)
        passed += 16
      }
      return passed
    },
  }
}

const ends = (state: ReturnType<ReturnType<typeof firstTime>['state']>) => state.beats().map(({ to }) => to)

describe('the first trip', () => {
  test.each([{ still: false }, { still: true }])(
    'rests at the end of each beat until the next is asked for: %o',
    (how) => {
      const { state, requests, plays } = firstTime(how)
      requests(1)
      const stops: number[] = []
      while (state().guided) {
        plays()
        stops.push(state().playhead)
        expect(state()).toMatchObject({ playing: false, follow: true })
        state().stepForward()
      }
      expect(stops).toEqual(ends(state()))
    },
  )

  test('flies at its full pace, and does not rest once more before the next beat', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    expect(plays()).toBeGreaterThan(400)
    const [first = 0] = ends(state())
    state().stepForward()
    state().advance(16)
    state().advance(16)
    expect(state().playhead).toBeGreaterThan(first)
    expect(state().glide).toBeNull()
  })

  test('a step forward while a beat flies completes the beat', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    plays(100)
    const [first, second] = ends(state())
    state().stepForward()
    expect(state()).toMatchObject({ playhead: first, playing: false, guided: true, follow: true })
    state().stepForward()
    state().stepForward()
    expect(state()).toMatchObject({ playhead: second, playing: false })
  })

  test('at its end it is over, following is on, and the next one is not waited with', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    for (const _ of ends(state())) {
      plays()
      state().stepForward()
    }
    plays()
    expect(state()).toMatchObject({ guided: false, playhead: state().events().length, follow: true, playing: false })
    requests(1)
    plays(600_000)
    expect(state()).toMatchObject({ exchange: 2, playhead: state().events().length })
  })

  test('who has it played is not made to wait again, and it goes on at once', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    plays()
    const at = state().playhead
    state().play()
    state().advance(16)
    state().advance(16)
    expect(state()).toMatchObject({ guided: false, playing: true, follow: true })
    expect(state().playhead).toBeGreaterThan(at)
    plays(600_000)
    expect(state().playhead).toBe(state().events().length)
  })

  test('what arrives waits, however much it is, and the newest can be asked for', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    plays()
    requests(20)
    plays()
    state().stepForward()
    plays()
    expect(state()).toMatchObject({ exchange: 1, waiting: 20, follow: true, guided: true })
    state().followNewest()
    expect(state()).toMatchObject({ exchange: 21, playhead: 0, playing: true, guided: true, passedOver: 19 })
  })

  test('who steps back and seeks in it moves by hand, and reads on from there', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    plays()
    state().stepForward()
    plays()
    const [first, second, third] = ends(state())
    state().stepBack()
    plays()
    expect(state()).toMatchObject({ playhead: first, follow: false, guided: true })
    state().seek((second ?? 0) - 0.5)
    expect(state()).toMatchObject({ playing: false, follow: false })
    state().stepForward()
    plays()
    expect(state().playhead).toBe(second)
    state().stepForward()
    plays()
    expect(state().playhead).toBe(third)
  })

  test('who sends a request from the page while they read is shown that one', () => {
    const { state, requests, plays } = firstTime()
    requests(1)
    plays()
    state().followNext()
    requests(1)
    expect(state()).toMatchObject({ exchange: 2, playhead: 0, playing: true, guided: true })
  })

  test('who jumps to the end has had it', () => {
    const { state, requests } = firstTime()
    requests(1)
    state().last()
    expect(state().guided).toBe(false)
  })

  test('one that is shown as it ended was not read; nor was one that a link leads to', () => {
    const { state, trace, recorder, requests } = firstTime()
    trace.getState().append(recorder.connection(new Conversation(hello).send(GET).drafts))
    state().restart('newest')
    state().select(1, state().events().length)
    expect(state()).toMatchObject({ exchange: 1, guided: true, playing: false })
    state().followNewest()
    state().last()
    requests(1)
    expect(state().exchange).toBe(2)
  })

  test('the end of a connection that comes late is not a trip', () => {
    const { state, trace, recorder, arrives, requests } = firstTime()
    const conversation = new Conversation(hello).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const known = conversation.drafts.length
    conversation.feed({ kind: 'eof' })
    const events = recorder.connection(conversation.drafts)
    trace.getState().append(events.slice(0, known))
    state().restart('newest')
    arrives(events.slice(known))
    expect(state()).toMatchObject({ playhead: events.length, playing: false, guided: true })
    requests(1)
    expect(state()).toMatchObject({ exchange: 2, playhead: 0, guided: true })
  })

  test('what comes of the beat that is read is shown; the next beat waits', () => {
    const { state, recorder, arrives, plays } = firstTime()
    const conversation = new Conversation(() => [called]).send(GET)
    const known = conversation.drafts.length
    conversation.appDoes(0, startResponse('200 OK'))
    const events = recorder.connection(conversation.drafts)
    arrives(events.slice(0, known - 1))
    for (let beat = 0; beat < 20 && state().playhead < known - 1; beat++) {
      plays()
      if (state().playhead < known - 1) state().stepForward()
    }
    arrives(events.slice(known - 1))
    plays()
    expect(state()).toMatchObject({ playing: false, guided: true })
    expect(ends(state())).toContain(state().playhead)
    expect(state().playhead).toBeLessThan(events.length)
  })

  test('who asks for what has not come yet is shown it when it comes', () => {
    const { state, recorder, arrives, plays } = firstTime()
    const conversation = new Conversation(() => [called]).send(GET)
    const known = conversation.drafts.length
    conversation.appDoes(0, startResponse('200 OK'))
    const events = recorder.connection(conversation.drafts)
    arrives(events.slice(0, known))
    while (state().playhead < known) {
      plays()
      state().stepForward()
    }
    plays(100)
    expect(state()).toMatchObject({ playhead: known, playing: true })
    arrives(events.slice(known))
    plays()
    expect(state().playhead).toBeGreaterThan(known)
    expect(state().playing).toBe(false)
  })

  test('a recording begins with it', () => {
    const { state, trace, recorder, plays } = firstTime()
    trace.getState().append(recorder.connection(new Conversation(hello).send(GET).drafts))
    state().restart('beginning')
    plays()
    expect(state()).toMatchObject({ playhead: ends(state())[0], playing: false, guided: true })
  })
})

const ACTIONS = ['stepForward', 'stepBack', 'stepEventForward', 'pause', 'followNewest', 'followNext', 'first'] as const
type Act = (typeof ACTIONS)[number] | 'frame' | 'request'

test('law: whatever is done, playing never passes the end of a beat that was not stepped on from', () => {
  const acts = fc.array(fc.constantFrom<Act>(...ACTIONS, 'frame', 'frame', 'frame', 'request'), { maxLength: 60 })
  fc.assert(
    fc.property(acts, fc.boolean(), (list, still) => {
      const { state, requests } = firstTime({ still })
      requests(1)
      for (const act of list) {
        const before = state().snapshot()
        const end = ends(state()).find((to) => to > before.playhead) ?? before.playhead
        if (act === 'request') requests(1)
        else if (act === 'frame') state().advance(400)
        else state()[act]()
        const after = state().snapshot()
        if (act === 'frame' && before.guided && before.playing) expect(after.playhead).toBeLessThanOrEqual(end)
        if (act === 'request' && before.reading) expect(after.exchange).toBe(before.exchange)
        if (after.reading) expect(after).toMatchObject({ guided: true, playing: false, target: null })
        if (after.reading) expect(ends(state())).toContain(after.playhead)
        expect(JSON.parse(JSON.stringify(after))).toEqual(after)
      }
    }),
    { numRuns: 150 },
  )
})
