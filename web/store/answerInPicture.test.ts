import { describe, expect, test } from 'vitest'
import { answering, hello } from '../../shared/testing/apps.ts'
import { Conversation, type TestApp } from '../../shared/testing/conversation.ts'
import { answerSentAt } from '../../shared/trace/answerSent.ts'
import { keepIn } from '../keep.ts'
import { header, Recorder } from '../testing/recorder.ts'
import { answerInPicture } from './answerInPicture.ts'
import { createPlayheadStore } from './playheadStore.ts'
import { createSessionStore } from './session.ts'
import { createTraceStore } from './trace.ts'

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** A live page, and clients whose ports are the numbers of their requests. */
function live({ guided = false } = {}) {
  const recorder = new Recorder()
  const trace = createTraceStore()
  const session = createSessionStore(
    keepIn(() => {
      throw new DOMException('denied', 'SecurityError')
    }),
    [],
  )
  session.setState({ status: 'live' })
  const playhead = createPlayheadStore({ trace, readingMs: () => 500, stillness: () => false, guided })
  trace.getState().begin(header(), null)
  const state = () => playhead.getState()
  return {
    trace,
    session,
    state,
    answer: (port: number) => answerInPicture(port, { trace, playhead, session }),
    request: (port: number, app: TestApp = hello, text = GET) => {
      const events = recorder.connection(new Conversation(app).send(text).drafts).map((event) => {
        return event.kind === 'connection.opened' ? { ...event, peer: { ...event.peer, port } } : event
      })
      state().arrived(trace.getState().append(events))
    },
    plays: (until: () => boolean) => {
      for (let frame = 0; frame < 10_000 && !until(); frame++) state().advance(16)
      expect(until()).toBe(true)
    },
  }
}

describe('the answer of the terminal’s client', () => {
  test('is ahead until the picture has sent it, whichever way it got there', () => {
    const { state, answer, request, plays } = live()
    expect(answer(1)).toBe('unknown')
    request(1)
    expect(answer(1)).toBe('before')
    const sent = answerSentAt(state().events())
    plays(() => state().playhead >= sent - 0.5)
    expect(answer(1)).toBe('before')
    plays(() => state().playhead >= sent)
    expect(answer(1)).toBe('after')
    state().seek(sent - 1)
    expect(answer(1)).toBe('before')
    state().last()
    expect(answer(1)).toBe('after')
  })

  test('is never ahead once the picture is at the end, also of what was refused or never answered', () => {
    for (const text of [GET, 'GET / HTTP/1.1\r\n\r\n', 'nonsense\r\n\r\n']) {
      for (const app of [hello, answering('204 No Content', [], [])]) {
        const { state, answer, request, plays } = live()
        request(1, app, text)
        expect(answer(1)).toBe('before')
        plays(() => !state().playing)
        expect(answer(1)).toBe('after')
      }
    }
  })

  test('of what waits for the trip that is played, it is ahead too', () => {
    const { state, answer, request, plays } = live()
    request(1)
    request(2)
    expect(answer(2)).toBe('before')
    plays(() => state().exchange === 2)
    expect(answer(2)).toBe('before')
    expect(answer(1)).toBe('after')
  })

  test('of what was passed over it is not', () => {
    const { state, answer, request } = live()
    request(1)
    for (let port = 2; port < 9; port++) request(port)
    state().followNewest()
    expect(state().exchange).toBe(8)
    for (let port = 1; port < 8; port++) expect(answer(port)).toBe('after')
  })

  test('of what nobody looks at it is not', () => {
    const { state, answer, request } = live()
    request(1)
    state().pause()
    request(2)
    expect(answer(2)).toBe('after')
    expect(answer(1)).toBe('before')
    state().select(2)
    expect(answer(1)).toBe('after')
  })

  test('of what waits for somebody who reads a first trip it is not', () => {
    const { state, answer, request } = live({ guided: true })
    request(1)
    request(2)
    expect(state().exchange).toBe(1)
    expect(answer(2)).toBe('after')
    expect(answer(1)).toBe('before')
  })

  test('of a server that is not listened to it is not', () => {
    const { session, answer, request } = live()
    request(1)
    session.setState({ status: 'lost' })
    expect(answer(1)).toBe('after')
  })

  test('a port that is used again is that of the newest connection', () => {
    const { state, answer, request } = live()
    request(1)
    state().last()
    request(1)
    expect(state().exchange).toBe(2)
    expect(answer(1)).toBe('before')
    state().select(1)
    state().first()
    expect(answer(1)).toBe('after')
  })
})
