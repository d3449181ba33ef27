import { describe, expect, test } from 'vitest'
import { answering, called, closed, exhausted, hello, startResponse } from '../../shared/testing/apps.ts'
import { Conversation, type TestApp } from '../../shared/testing/conversation.ts'
import { header, Recorder } from '../testing/recorder.ts'
import { startPlayer } from './player.ts'
import { createPlayheadStore } from './playheadStore.ts'
import { createTraceStore } from './trace.ts'

const GET = 'GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** A page's stores, and a server behind them that records. */
function page({ still = false, guided = false } = {}) {
  const recorder = new Recorder()
  const trace = createTraceStore()
  const playhead = createPlayheadStore({ trace, readingMs: () => 500, stillness: () => still, guided })
  trace.getState().begin(header(), null)
  const state = () => playhead.getState()
  const arrives = (events: Recorder['events']) => state().arrived(trace.getState().append(events))
  return {
    trace,
    state,
    playhead,
    arrives,
    recorder,
    /** Requests that come together and are answered at once. */
    requests: (count: number, text = GET, app: TestApp = hello) => {
      const events = Array.from({ length: count }, () => recorder.connection(new Conversation(app).send(text).drafts))
      arrives(events.flat())
    },
    /** Time passes in frames until the picture stands still, or `ms` are over. Returns how long it took. */
    plays: (ms = Number.POSITIVE_INFINITY) => {
      let passed = 0
      while (passed < ms && (state().playing || state().target !== null)) {
        state().advance(16)
        passed += 16
        if (passed > 600_000) throw new Error('the picture does not come to rest')
      }
      return passed
    },
  }
}

describe('following', () => {
  test('a request that arrives is told from its beginning to its end, and then the picture rests', () => {
    const { state, requests, plays } = page()
    requests(1)
    expect(state()).toMatchObject({ exchange: 1, playhead: 0, playing: true, follow: true })
    plays()
    expect(state()).toMatchObject({ exchange: 1, playhead: state().events().length, playing: false, follow: true })
  })

  test('a second one waits for the first, and none was passed over', () => {
    const { state, requests, plays } = page()
    requests(1)
    plays(1000)
    requests(1)
    expect(state()).toMatchObject({ exchange: 1, waiting: 1 })
    while (state().exchange === 1) plays(16)
    expect(state()).toMatchObject({ exchange: 2, playing: true, waiting: 0, passedOver: 0 })
  })

  test('when several wait, the newest is shown soon, and it is said how many were passed over', () => {
    const { state, requests, plays } = page()
    requests(1)
    requests(13)
    expect(state()).toMatchObject({ exchange: 1, waiting: 13 })
    plays(4000)
    expect(state()).toMatchObject({ exchange: 14, passedOver: 12, waiting: 0 })
  })

  test('what is shown is shown long enough to be seen, however many come', () => {
    const { state, requests, plays } = page()
    requests(1)
    const shown = new Set<number | null>()
    for (let frame = 0; frame < 600; frame++) {
      requests(2)
      plays(16)
      shown.add(state().exchange)
    }
    // 9.6 seconds of a flood.
    expect(shown.size).toBeLessThanOrEqual(5)
  })

  test('the fourth trip of a kind is told faster than the first', () => {
    const { requests, plays } = page()
    const took = [1, 2, 3, 4].map(() => {
      requests(1)
      return plays()
    })
    expect(took[3]).toBeLessThan((took[0] ?? 0) / 3)
    requests(1, GET.replace('GET', 'POST'))
    expect(plays()).toBe(took[0])
  })

  test.each([
    ['stepping', (state: ReturnType<ReturnType<typeof page>['state']>) => state.stepBack()],
    ['seeking', (state) => state.seek(2)],
    ['pausing', (state) => state.pause()],
    ['selecting', (state) => state.select(1)],
    ['the beginning', (state) => state.first()],
  ] as [string, (state: ReturnType<ReturnType<typeof page>['state']>) => void][])('%s stops it', (_name, act) => {
    const { state, requests, plays } = page()
    requests(2)
    plays(4000)
    act(state())
    plays()
    requests(3)
    expect(state()).toMatchObject({ follow: false, playing: false, waiting: 3 })
  })

  test('who is looking at something is left alone until they ask for the newest', () => {
    const { state, requests } = page()
    requests(1)
    state().pause()
    requests(5)
    expect(state()).toMatchObject({ exchange: 1, waiting: 5 })
    state().followNewest()
    expect(state()).toMatchObject({ exchange: 6, follow: true, playing: true, waiting: 0, passedOver: 4 })
  })

  test('at the last beat it comes on again, for what arrives from then on', () => {
    const { state, requests, plays } = page()
    requests(1)
    state().pause()
    requests(1)
    state().last()
    expect(state()).toMatchObject({ exchange: 1, follow: true, playing: false, waiting: 1 })
    requests(1)
    plays(16)
    expect(state()).toMatchObject({ exchange: 3, passedOver: 1 })
  })
})

describe('stepping', () => {
  test('a step ends at the end of a beat, a Shift-step at an event; both ways', () => {
    const { state, requests, plays } = page()
    requests(1)
    state().first()
    const stops: number[] = []
    for (const _ of state().beats()) {
      state().stepForward()
      plays()
      stops.push(state().playhead)
    }
    expect(stops).toEqual(
      state()
        .beats()
        .map((beat) => beat.to),
    )
    for (const stop of stops.slice(0, -1).reverse()) {
      state().stepBack()
      plays()
      expect(state().playhead).toBe(stop)
    }
    state().stepBack()
    plays()
    expect(state().playhead).toBe(0)
    state().stepEventForward()
    state().stepEventForward()
    plays()
    expect(state()).toMatchObject({ playhead: 2, grain: 'event' })
    state().stepEventBack()
    plays()
    expect(state().playhead).toBe(1)
  })

  test('steps that come faster than the picture flies are all taken', () => {
    const { state, requests, plays } = page()
    requests(1)
    state().first()
    for (let step = 0; step < 4; step++) {
      state().stepForward()
      state().advance(16)
    }
    expect(state().target).toBe(state().beats()[3]?.to)
    plays()
    expect(state().playhead).toBe(state().beats()[3]?.to)
  })

  test('there is nothing before the beginning and behind the end', () => {
    const { state, requests, plays } = page()
    requests(1)
    state().first()
    state().stepBack()
    state().stepEventBack()
    plays()
    expect(state().playhead).toBe(0)
    state().last()
    state().stepForward()
    state().stepEventForward()
    plays()
    expect(state().playhead).toBe(state().events().length)
  })

  test('without an exchange, controls do nothing', () => {
    const { state } = page()
    state().stepForward()
    state().play()
    state().last()
    expect(state()).toMatchObject({ exchange: null, playhead: 0, playing: false, follow: true })
  })

  test('playing from the end begins anew; from the middle it goes on', () => {
    const { state, requests } = page()
    requests(1)
    state().last()
    state().play()
    expect(state()).toMatchObject({ playhead: 0, playing: true })
    state().seek(3)
    state().play()
    expect(state()).toMatchObject({ playhead: 3, playing: true })
  })
})

describe('an exchange that is still under way', () => {
  const slow: TestApp = () => [called]

  test('playing waits at its end, and goes on with what comes', () => {
    const { state, recorder, arrives, plays } = page()
    const conversation = new Conversation(slow).send(GET)
    const known = conversation.drafts.length
    conversation.appDoes(0, startResponse('200 OK'), { kind: 'returned', length: 0 }, exhausted, closed)
    const events = recorder.connection(conversation.drafts)
    arrives(events.slice(0, known))
    plays(60_000)
    expect(state()).toMatchObject({ playhead: known, playing: true })
    arrives(events.slice(known))
    plays()
    expect(state()).toMatchObject({ playhead: events.length, playing: false })
  })

  test('the end of a connection that comes late is told too', () => {
    const { state, recorder, arrives, plays } = page()
    const conversation = new Conversation(hello).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const known = conversation.drafts.length
    conversation.feed({ kind: 'eof' })
    const events = recorder.connection(conversation.drafts)
    arrives(events.slice(0, known))
    plays()
    expect(state().playhead).toBe(known)
    arrives(events.slice(known))
    expect(state().playing).toBe(true)
    plays()
    expect(state().playhead).toBe(events.length)
  })

  test('who paused it stays where they are', () => {
    const { state, recorder, arrives, plays } = page()
    const conversation = new Conversation(slow).send(GET)
    const known = conversation.drafts.length
    conversation.appDoes(0, startResponse('200 OK'), { kind: 'returned', length: 0 }, exhausted, closed)
    const events = recorder.connection(conversation.drafts)
    arrives(events.slice(0, known))
    plays(60_000)
    state().pause()
    arrives(events.slice(known))
    expect(state()).toMatchObject({ playhead: known, playing: false, follow: false })
  })

  test('time runs on in a rest while events arrive behind it', () => {
    const together = page()
    together.requests(1)
    const whole = together.plays()
    const { recorder, arrives, plays } = page()
    const events = recorder.connection(new Conversation(hello).send(GET).drafts)
    let passed = 0
    for (const event of events) {
      arrives([event])
      passed += plays(160)
    }
    // Played while it arrived, it takes as long, but for frames.
    expect(passed + plays()).toBeLessThan(whole * 1.35)
  })
})

test('with less motion the playhead is always at an event, and steps are jumps', () => {
  const { state, requests } = page({ still: true })
  requests(1)
  while (state().playing) {
    state().advance(50)
    expect(Number.isInteger(state().playhead)).toBe(true)
  }
  state().first()
  state().stepForward()
  expect(state()).toMatchObject({ playhead: state().beats()[0]?.to, target: null })
})

test('twice the speed is half the time, also from the middle on', () => {
  const [slow, fast] = [page(), page()]
  slow.requests(1)
  fast.requests(1)
  fast.state().setSpeed(2)
  expect(fast.plays() / slow.plays()).toBeCloseTo(0.5, 1)
})

test('what is looked at stays, also when it is no longer kept', () => {
  const { state, trace, requests } = page()
  requests(1, GET, answering('200 OK', [], ['a']))
  state().pause()
  const events = state().events()
  for (let batch = 0; batch < 22; batch++) requests(100)
  expect(trace.getState().index.exchanges[0]?.id).toBeGreaterThan(1)
  expect(state().events()).toBe(events)
  expect(trace.getState().letGo).toBeGreaterThan(0)
})

test('the player asks for frames only while something moves, and never leaps after a stall', () => {
  const { playhead, state, requests } = page()
  const frames: ((now: number) => void)[] = []
  const stop = startPlayer(playhead, {
    request: (callback) => frames.push(callback),
    cancel: () => {
      frames.length = 0
    },
  })
  expect(frames).toHaveLength(0)
  requests(1)
  expect(frames).toHaveLength(1)
  frames.shift()?.(1000)
  expect(state().playhead).toBe(0)
  frames.shift()?.(1_000_000)
  expect(state().playhead).toBeLessThan(1)
  expect(frames).toHaveLength(1)
  state().pause()
  frames.shift()?.(1_000_016)
  expect(frames).toHaveLength(0)
  stop()
  state().play()
  expect(frames).toHaveLength(0)
})

describe('as data', () => {
  test('a snapshot goes through JSON, is taken over, and plays on as the original does', () => {
    const { state, trace, requests, plays } = page()
    requests(2)
    plays(1800)
    const sent = JSON.stringify(state().snapshot())
    const follower = createPlayheadStore({ trace, readingMs: () => 500, stillness: () => false, guided: false })
    follower.getState().takeOver(JSON.parse(sent))
    expect(follower.getState().snapshot()).toEqual(state().snapshot())
    for (let frame = 0; frame < 2000; frame++) {
      state().advance(16)
      follower.getState().advance(16)
      expect(follower.getState().snapshot()).toEqual(state().snapshot())
    }
    expect(state()).toMatchObject({ exchange: 2, playing: false })
  })

  test('two of them over one trace stand in two exchanges, and neither moves the other', () => {
    const { state, trace, requests, plays } = page()
    requests(2)
    const other = createPlayheadStore({ trace, readingMs: () => 500, stillness: () => false, guided: false })
    other.getState().select(1, 3)
    state().select(2)
    const before = other.getState().snapshot()
    state().first()
    state().stepForward()
    plays()
    expect(state()).toMatchObject({ exchange: 2, playhead: state().beats()[0]?.to })
    expect(other.getState().snapshot()).toEqual(before)
    expect(other.getState()).toMatchObject({ exchange: 1, playhead: 3 })
    other.getState().stepEventForward()
    expect(state()).toMatchObject({ exchange: 2, playhead: state().beats()[0]?.to })
  })

  test('a move leaves what it was made from as it was', () => {
    const { state, requests } = page()
    requests(1)
    const before = state().snapshot()
    const copy = structuredClone(before)
    state().stepEventForward()
    state().advance(10_000)
    state().setSpeed(4)
    expect(before).toEqual(copy)
  })
})
