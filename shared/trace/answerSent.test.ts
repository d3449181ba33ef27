import { expect, test } from 'vitest'
import { answering, hello } from '../testing/apps.ts'
import { Conversation } from '../testing/conversation.ts'
import { reading, recorded } from '../testing/recorded.ts'
import { answerSentAt } from './answerSent.ts'
import type { TraceEvent } from './events.ts'

const text = (event: TraceEvent | undefined): string =>
  event?.kind === 'socket.sent' ? new TextDecoder().decode(event.bytes ?? undefined) : `${event?.kind}`

test('it is where the first bytes of the answer are sent', () => {
  const events = recorded(
    new Conversation(answering('200 OK', [], ['one', 'two'])).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  )
  const at = answerSentAt(events)
  expect(text(events[at - 1])).toMatch(/^HTTP\/1\.1 200/)
  expect(events.slice(0, at - 1).some(({ kind }) => kind === 'socket.sent')).toBe(false)
})

test('a 100 (Continue) is not the answer', () => {
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'
  const events = recorded(new Conversation(reading).send(head).send('abc'))
  expect(events.some((event) => text(event).startsWith('HTTP/1.1 100'))).toBe(true)
  expect(text(events[answerSentAt(events) - 1])).toMatch(/^HTTP\/1\.1 200/)
})

test('what is refused is answered too', () => {
  const events = recorded(new Conversation(hello).send('GET / HTTP/1.1\r\n\r\n'))
  expect(text(events[answerSentAt(events) - 1])).toMatch(/^HTTP\/1\.1 400/)
})

test('without an answer it is the end of what is known', () => {
  const events = recorded(new Conversation(() => []).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  expect(answerSentAt(events)).toBe(events.length)
})
