import { expect, test } from 'vitest'
import { hello } from '../../shared/testing/apps.ts'
import { Conversation } from '../../shared/testing/conversation.ts'
import { Recorder } from '../testing/recorder.ts'
import { asideOf } from './asideOf.ts'

const events = new Recorder().connection(
  new Conversation(hello).send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n').drafts,
)
const input = { events, playhead: 3, over: true, guided: false, canSend: true }
const end = events.length

test('before the first request nothing stands beside the sentence', () => {
  expect(asideOf({ ...input, events: [], playhead: 0, guided: true })).toBe('none')
})

test('a first trip is stepped through, also while its exchange is under way', () => {
  expect(asideOf({ ...input, guided: true })).toBe('guide')
  expect(asideOf({ ...input, guided: true, over: false, playhead: end })).toBe('guide')
})

test('what is over is said to be played, before its end', () => {
  expect(asideOf(input)).toBe('replay')
  expect(asideOf({ ...input, canSend: false })).toBe('replay')
})

test('what is still under way is not said to be', () => {
  expect(asideOf({ ...input, over: false })).toBe('none')
})

test('at its end there is something to try, where requests can be sent', () => {
  expect(asideOf({ ...input, playhead: end })).toBe('andNow')
  expect(asideOf({ ...input, playhead: end, canSend: false })).toBe('none')
})

test('the end of the connection takes nothing away again', () => {
  const kept = new Conversation(hello).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const answered = kept.drafts.length
  kept.feed({ kind: 'eof' })
  const closed = new Recorder().connection(kept.drafts)
  expect(closed.length).toBeGreaterThan(answered)
  expect(asideOf({ ...input, events: closed, playhead: answered })).toBe('andNow')
})
