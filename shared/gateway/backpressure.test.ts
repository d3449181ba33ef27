/** What a client that does not read can make the server do: as little as possible, and not for ever. */
import { expect, test } from 'vitest'
import { latin1Encode } from '../bytes/latin1.ts'
import { called, chunk, closed, exhausted, hello, returned, startResponse } from '../testing/apps.ts'
import { checkOrder } from '../testing/checkOrder.ts'
import { Conversation, type TestApp, testOptions } from '../testing/conversation.ts'
import { recorded } from '../testing/recorded.ts'
import { story } from '../testing/story.ts'
import { createGateway } from './connection.ts'
import { CREDIT } from './credit.ts'
import { type AppEvent, DEFAULT_LIMITS, type Input } from './types.ts'

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`
const streaming: TestApp = () => [called, startResponse('200 OK'), returned(null), chunk('a'.repeat(CREDIT))]
const { sendMs, holdMs, sendRate, idleMs } = DEFAULT_LIMITS
const waiting = (conversation: Conversation) =>
  conversation.drafts.map(({ body }) => body).filter((body) => body.kind === 'response.waiting')

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

test('a client that has sent EOF gets every answer, whenever it takes them', () => {
  const conversation = new Conversation(hello).congested()
  conversation.send(get('/1') + get('/2')).feed({ kind: 'eof' })
  expect(conversation.closed).toBe(false)
  conversation.drained()
  expect(conversation.calls).toHaveLength(2)
  expect(conversation.closed).toBe(true)
})

test('an application is asked for more while what its client does not take can be kept, and not beyond', () => {
  const conversation = new Conversation(streaming).send(get('/'))
  expect(conversation.of('nextChunk')).toHaveLength(1)
  conversation.congested({ full: false }).appDoes(0, chunk('a'.repeat(CREDIT)))
  expect(conversation.of('nextChunk')).toHaveLength(2)
  conversation.congested().appDoes(0, chunk('a'.repeat(CREDIT)))
  expect(conversation.of('nextChunk')).toHaveLength(2)
  conversation.congested({ full: false })
  expect(conversation.of('nextChunk')).toHaveLength(3)
})

test('a client that lets the application wait is given up after a short while, and its application is closed', () => {
  const conversation = new Conversation(streaming)
    .send(get('/'))
    .congested()
    .appDoes(0, chunk('a'.repeat(CREDIT)))
  expect(conversation.of('deadline').at(-1)).toEqual({ kind: 'deadline', of: 'send', afterMs: holdMs })
  conversation.deadline('send', holdMs - 1)
  expect(conversation.closed).toBe(false)
  conversation.deadline('send', 1)
  expect(conversation.of('closeApp')).toHaveLength(1)
  expect(conversation.of('close')).toEqual([{ kind: 'close', linger: false }])
  expect(story(conversation).slice(-3)).toEqual([
    '0 response.waiting',
    '0 response.answered application 200 cut short',
    '- connection.closed gateway',
  ])
  expect(conversation.drafts.at(-1)?.body).toMatchObject({
    why: expect.stringMatching(/the application waited for it/),
  })
  conversation.appDoes(0, closed)
  checkOrder(recorded(conversation))
})

test('a client that lets nobody wait is given more time', () => {
  const conversation = new Conversation(streaming).send(get('/')).congested({ full: false })
  conversation.deadline('send', sendMs - 1)
  expect(conversation.closed).toBe(false)
  conversation.deadline('send', 1)
  expect(conversation.closed).toBe(true)
})

test('what it takes buys a client time, at the least rate', () => {
  const conversation = new Conversation(streaming)
    .send(get('/'))
    .congested()
    .appDoes(0, chunk('a'.repeat(CREDIT)))
  conversation.congested({ taken: 5 * sendRate })
  conversation.deadline('send', holdMs + 4999)
  expect(conversation.closed).toBe(false)
  conversation.deadline('send', 1)
  expect(conversation.closed).toBe(true)
})

test('the whole answer is waited for before the connection is closed, and no longer than the client may take', () => {
  for (const takes of [true, false]) {
    const conversation = new Conversation(streaming).send('GET / HTTP/1.0\r\n\r\n').congested({ full: false })
    conversation.appDoes(0, exhausted, closed)
    expect(conversation.closed).toBe(false)
    if (takes) conversation.drained()
    else conversation.deadline('send', sendMs)
    expect(conversation.of('close')).toEqual([{ kind: 'close', linger: false }])
    expect(conversation.gateway.account.failed).toBe(takes ? 0 : 1)
    checkOrder(recorded(conversation))
  }
})

test('a report that was on its way before it was asked for answers nothing, and is not asked for again', () => {
  const gateway = createGateway(testOptions)
  const hear = (...inputs: Input[]) => gateway.receiveAll(inputs).map(({ kind }) => kind)
  const app = (event: AppEvent): Input => ({ kind: 'app', exchange: 0, event, now: 0 })
  const report = (taken: number): Input => ({ kind: 'backlog', taken, memory: 0, disk: 0, full: false, now: 0 })
  hear({ kind: 'bytes', data: latin1Encode('GET / HTTP/1.0\r\n\r\n'), now: 0 })
  const last = [startResponse('200 OK'), returned(0), exhausted, closed].map(app)
  expect(hear(app(called), ...last).filter((kind) => kind === 'flush')).toHaveLength(1)
  expect(hear(report(0), report(0))).toEqual([])
  expect(hear(report(gateway.position.sent))).toContain('close')
})

test('a request behind a large answer waits until that is taken', () => {
  const conversation = new Conversation(streaming).send(get('/1')).congested({ full: false })
  conversation.appDoes(0, exhausted, closed).send(get('/2'))
  expect(conversation.calls).toHaveLength(1)
  conversation.drained()
  expect(conversation.calls).toHaveLength(2)
  checkOrder(recorded(conversation))
})

test('the trace tells of bytes that wait after a second, when they have doubled or halved, and when none do any more', () => {
  const conversation = new Conversation(streaming).send(get('/')).congested({ full: false })
  expect(waiting(conversation)).toEqual([])
  const later = () => {
    conversation.now += 1_000_000
    conversation.congested({ full: false })
  }
  later()
  later()
  expect(waiting(conversation)).toEqual([
    { kind: 'response.waiting', memory: expect.any(Number), disk: 0, held: false },
  ])
  conversation.appDoes(0, chunk('a'.repeat(2 * CREDIT)))
  expect(waiting(conversation)).toHaveLength(1)
  later()
  later()
  expect(waiting(conversation)).toHaveLength(2)
  conversation.drained()
  expect(waiting(conversation).at(-1)).toEqual({ kind: 'response.waiting', memory: 0, disk: 0, held: false })
  checkOrder(recorded(conversation))
})

test('a socket that is full for a moment is not worth an event', () => {
  const conversation = new Conversation(streaming).send(get('/')).congested({ full: false }).drained()
  expect(waiting(conversation)).toEqual([])
})

test('the time that a client takes for its answer is not idle time', () => {
  const conversation = new Conversation(hello).send(get('/')).congested().deadline('idle', idleMs)
  expect(conversation.closed).toBe(false)
  conversation.drained().deadline('idle', idleMs - 1)
  expect(conversation.closed).toBe(false)
  conversation.deadline('idle', 1)
  expect(conversation.closed).toBe(true)
})
