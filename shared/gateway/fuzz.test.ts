/** Whatever a client sends and an application does, the gateway decides, and always the same. Failures print the seed. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  called,
  chunk,
  closed,
  died,
  echo,
  exhausted,
  raised,
  returned,
  startResponse,
  write,
} from '../testing/apps.ts'
import { cutBy, withChanges } from '../testing/changes.ts'
import { Conversation, methodsOf } from '../testing/conversation.ts'
import { expectSame, play } from '../testing/replaySplit.ts'
import { readResponses } from '../testing/responses.ts'
import { wireCases } from '../testing/wireCases.ts'
import type { AppEvent } from './types.ts'

const seeds = wireCases
  .map(({ send }) => send.filter((step) => typeof step === 'string').join(''))
  .filter((text) => text.length < 400)

/** What parsers trip over. */
const fragment = fc.oneof(
  fc.constantFrom('\r\n', '\n', '\r', ' ', '\t', ':', '\0', '\x16', '%', '#', '?', '[', '"', ';', ',', '_', '\xe4'),
  fc.constantFrom('0\r\n\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', 'Host: y\r\n', 'HTTP/1.0'),
  fc.constantFrom('Expect: 100-continue\r\n', 'Connection: close\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HEAD'),
  fc.string({ maxLength: 8 }).map((text) => Buffer.from(text).toString('latin1')),
)

/** A wire case with a few places replaced by a fragment, or several of them in a row. */
const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...seeds), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 6 }), fragment), { maxLength: 4 }),
  )
  .map(([texts, changes]) => withChanges(texts.join(''), changes))
const random = fc.array(fragment, { maxLength: 30 }).map((fragments) => fragments.join(''))
const stream = fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary: random })
const cut = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }).map(cutBy)

const kinds = (conversation: Conversation) => conversation.drafts.map(({ body }) => body.kind)
const count = (conversation: Conversation, kind: string) => kinds(conversation).filter((each) => each === kind).length

describe('any stream of bytes', () => {
  test('is answered, refused, or waited for, however it is cut', () => {
    fc.assert(
      fc.property(stream, cut, (text, pieces) => {
        const whole = play(echo, [text])
        expectSame(play(echo, [text], pieces), whole)
        // Every request that was read has one answer; a refused one is the last.
        const refused = count(whole, 'gateway.refused')
        expect(refused).toBeLessThanOrEqual(1)
        expect(count(whole, 'response.answered')).toBe(count(whole, 'environ.built') + refused)
        if (refused > 0) expect(kinds(whole).at(-1)).toBe('connection.closed')
        expect(whole.of('close').length).toBe(count(whole, 'connection.closed'))
      }),
      { numRuns: 1500 },
    )
  })

  test('ends when the client ends it, with every answer well-formed', () => {
    fc.assert(
      fc.property(stream, (text) => {
        const conversation = play(echo, [text, { eof: true }])
        expect(conversation.of('close').length).toBeGreaterThanOrEqual(1)
        const responses = readResponses(conversation.answer, methodsOf(conversation))
        const final = responses.filter(({ status }) => status >= 200)
        expect(final).toHaveLength(count(conversation, 'response.answered'))
      }),
      { numRuns: 1000 },
    )
  })

  test('gives the same outputs for the same inputs', () => {
    fc.assert(
      fc.property(stream, cut, (text, pieces) => {
        expect(play(echo, [text], pieces).outputs).toEqual(play(echo, [text], pieces).outputs)
      }),
      { numRuns: 300 },
    )
  })

  test('goes out the same where nobody watches', () => {
    fc.assert(
      fc.property(stream, (text) => {
        const unwatched = play(echo, [text, { eof: true }], undefined, { trace: false })
        const watched = play(echo, [text, { eof: true }])
        expect(unwatched.answer).toBe(watched.answer)
        expect(unwatched.of('close')).toEqual(watched.of('close'))
      }),
      { numRuns: 300 },
    )
  })
})

describe('any application', () => {
  const event: fc.Arbitrary<AppEvent> = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('200 OK', '204 No Content', '304 Not Modified', '102 Processing', '500 Oh'),
        fc.constantFrom<[string, string][]>(
          [],
          [['Content-Length', '3']],
          [
            ['content-length', 'x'],
            ['Date', 'd'],
          ],
        ),
      )
      .map(([status, headers]) => startResponse(status, headers)),
    fc.constantFrom('', 'a', 'bcd', 'e'.repeat(40_000)).map(chunk),
    fc.constantFrom('', 'a', 'bcd').map(write),
    fc.constantFrom(null, 0, 1, 2).map(returned),
    fc.constantFrom(called, exhausted, raised, closed, died(500), died(503), died(504)),
  )
  const client = fc.constantFrom(
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.0\r\n\r\n',
    'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  )
  const elsewhere = fc.constantFrom('congested', 'drained', 'eof', 'clientGone', 'shutdown', 'none', 'none', 'none')

  test('in any order, is answered once at most, and never more than it promised', () => {
    fc.assert(
      fc.property(client, fc.array(fc.tuple(event, elsewhere), { maxLength: 12 }), (send, events) => {
        const conversation = new Conversation(() => []).send(send)
        for (const [does, happens] of events) {
          conversation.appDoes(0, does)
          if (happens === 'clientGone') conversation.feed({ kind: 'clientGone', why: 'x' })
          else if (happens === 'congested') conversation.congested()
          else if (happens === 'drained') conversation.drained()
          else if (happens !== 'none') conversation.feed({ kind: happens })
        }
        expect(count(conversation, 'response.answered')).toBeLessThanOrEqual(1)
        expect(count(conversation, 'connection.closed')).toBeLessThanOrEqual(1)
        const answered = conversation.drafts.map(({ body }) => body).find((body) => body.kind === 'response.answered')
        if (answered?.complete !== true || answered.status < 200) return
        const [response, ...more] = readResponses(conversation.answer, [send.slice(0, send.indexOf(' '))])
        expect(more).toEqual([])
        expect(response?.status).toBe(answered.status)
      }),
      { numRuns: 3000 },
    )
  })
})
