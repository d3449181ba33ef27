import { expect, test } from 'vitest'
import { Conversation } from '../testing/conversation.ts'
import { exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import { exchangeDuration, exchangeTimes } from './times.ts'
import { TraceIndex } from './traceIndex.ts'

/** Of each exchange, what `exchangeTimes` says, and what the index does. */
function timesOf(...conversations: Conversation[]) {
  const index = new TraceIndex()
  index.append(recorded(...conversations))
  return index.exchanges.map(({ id, startedAt, endedAt }) => ({
    ...exchangeTimes(index.eventsOf(id)),
    indexed: [startedAt, endedAt],
  }))
}

test('an exchange begins with its first byte, not with its connection', () => {
  const late = new Conversation(reading)
  late.now += 3_000_000
  late.send(GET)
  expect(timesOf(late)).toMatchObject([{ began: 3_000_000, ended: 3_000_000 }])
})

test('on a kept-alive connection each request has its own beginning', () => {
  expect(timesOf(exchange(reading, GET, POST)).map(({ began }) => began)).toEqual([150, 300])
})

test('100 Continue is no beginning of the answer', () => {
  const conversation = new Conversation(reading)
  conversation.now = 100
  conversation.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
  conversation.now = 900
  conversation.send('ab')
  expect(timesOf(conversation)).toMatchObject([{ began: 100, requestRead: 900, answerBegan: 900, ended: 900 }])
})

test('an exchange whose connection ends without an answer ends with it; one under way has no end', () => {
  const conversation = new Conversation(() => [])
  conversation.now = 100
  conversation.send(GET)
  expect(timesOf(conversation)).toMatchObject([{ ended: null }])
  conversation.now = 700
  conversation.feed({ kind: 'clientGone', why: 'reset' })
  expect(timesOf(conversation)).toMatchObject([{ began: 100, ended: 700 }])
})

test('the index says the same', () => {
  const all = timesOf(exchange(reading, GET, POST.slice(0, 20), POST.slice(20)), exchange(reading, 'nonsense\r\n\r\n'))
  expect(all).toHaveLength(3)
  for (const { began, ended, indexed } of all) expect(indexed).toEqual([began, ended])
})

test('the duration is from the beginning to the end', () => {
  const index = new TraceIndex()
  index.append(recorded(exchange(reading, POST.slice(0, 20), POST.slice(20))))
  expect(exchangeDuration(index.eventsOf(1))).toBe(150)
  expect(exchangeDuration([])).toBeNull()
})
