/** What a client that does not read can make the server do: as little as possible, and not for ever. */
import { expect, test } from 'vitest'
import { called, chunk, closed, hello, returned, startResponse } from '../testing/apps.ts'
import { checkOrder } from '../testing/checkOrder.ts'
import { Conversation, type TestApp } from '../testing/conversation.ts'
import { recorded } from '../testing/recorded.ts'
import { story } from '../testing/story.ts'
import { DEFAULT_LIMITS } from './types.ts'

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`
const streaming: TestApp = () => [called, startResponse('200 OK'), returned(null), chunk('a'.repeat(100_000))]
const { sendMs, idleMs } = DEFAULT_LIMITS

test('a pipelined request waits while the client takes nothing of the answer before it', () => {
  const conversation = new Conversation(hello)
    .send('')
    .congested()
    .send(get('/1') + get('/2'))
  expect(conversation.calls).toHaveLength(0)
  conversation.drained()
  expect(conversation.calls).toHaveLength(2)
  checkOrder(recorded(conversation))
})

test('a request that has begun when the client stops reading is answered; the one behind it waits', () => {
  const conversation = new Conversation(hello).send(get('/1').slice(0, 20)).congested()
  conversation.send(get('/1').slice(20) + get('/2'))
  expect(conversation.calls).toHaveLength(1)
  expect(conversation.of('readMore').at(-1)).toEqual({ kind: 'readMore', on: false })
})

test('a client that has said all gets every answer, whenever it takes them', () => {
  const conversation = new Conversation(hello).congested()
  conversation.send(get('/1') + get('/2')).feed({ kind: 'eof' })
  expect(conversation.closed).toBe(false)
  conversation.drained()
  expect(conversation.calls).toHaveLength(2)
  expect(conversation.closed).toBe(true)
})

test('an application is not asked for more while its client takes nothing', () => {
  const conversation = new Conversation(streaming).congested().drained().send(get('/'))
  expect(conversation.of('nextChunk')).toHaveLength(1)
  conversation.congested().appDoes(0, chunk('a'.repeat(100_000)))
  expect(conversation.of('nextChunk')).toHaveLength(1)
  conversation.drained()
  expect(conversation.of('nextChunk')).toHaveLength(2)
})

test('a client that takes nothing for too long is given up, and its application is closed', () => {
  const conversation = new Conversation(streaming).send(get('/')).congested()
  expect(conversation.of('deadline').at(-1)).toEqual({ kind: 'deadline', of: 'send', afterMs: sendMs })
  conversation.deadline('send', sendMs)
  expect(conversation.of('closeApp')).toHaveLength(1)
  expect(conversation.of('close')).toEqual([{ kind: 'close', linger: false }])
  expect(story(conversation).slice(-2)).toEqual([
    '0 response.answered application 200 cut short',
    '- connection.closed gateway',
  ])
  conversation.appDoes(0, closed)
  checkOrder(recorded(conversation))
})

test('a client that takes a little now and then is not', () => {
  const conversation = new Conversation(streaming).send(get('/')).congested()
  conversation.now += (sendMs - 1) * 1000
  conversation.drained().congested().deadline('send', 1)
  expect(conversation.closed).toBe(false)
  conversation.deadline('send', sendMs)
  expect(conversation.closed).toBe(true)
})

test('the time that a client takes for its answer is not idle time', () => {
  const conversation = new Conversation(hello).send(get('/')).congested().deadline('idle', idleMs)
  expect(conversation.closed).toBe(false)
  conversation.drained().deadline('idle', idleMs - 1)
  expect(conversation.closed).toBe(false)
  conversation.deadline('idle', 1)
  expect(conversation.closed).toBe(true)
})
