/**
 * Random and mutated requests against the gateway in memory: requests of the wire cases, changed, joined, cut and
 * interrupted, an application that does anything, a client that stops reading, leaves, or says nothing more. Whatever it
 * was, every request has one answer, every connection ends, and the trace is in order. The same seed does the same.
 */

import type { AppEvent, Deadline } from '../gateway/types.ts'
import type { TraceKind } from '../trace/events.ts'
import { eventsOfKind, firstOfKind } from '../trace/query.ts'
import { called, chunk, closed, died, echo, exhausted, raised, returned, startResponse, write } from './apps.ts'
import { checkOrder } from './checkOrder.ts'
import { Conversation, methodsOf, type TestApp } from './conversation.ts'
import { type PseudoRandom, pseudoRandom } from './pseudoRandom.ts'
import { recorded } from './recorded.ts'
import { readResponses } from './responses.ts'
import { ownCases, type WireCase, wireCases } from './wireCases.ts'

const textsOf = (cases: readonly WireCase[]): [string, ...string[]] => {
  const [first = '', ...more] = cases
    .map(({ send }) => send.filter((step) => typeof step === 'string').join(''))
    .filter((text) => text.length < 400)
  return [first, ...more]
}
const CASES = [...wireCases, ...ownCases]
const ANY = textsOf(CASES)
const SERVED = textsOf(CASES.filter(({ expect: { status, then } }) => then === 'open' && !status.includes(100)))

/** What parsers trip over. */
const FRAGMENTS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '"',
  '\0',
  '\x0b',
  '\x16',
  '\x7f',
  '\x85',
  '\xa0',
  '\xff',
  '%',
  '%0d%0a',
  '#',
  '?',
  '*',
  '[',
  '_',
  '-1',
  '0x1',
  '+',
  'ffffffffffffffff',
  '0\r\n\r\n',
  '3\r\nabc\r\n',
  'HTTP/1.0',
  'HTTP/2.0',
  'HEAD',
  'Host: y\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Expect: 100-continue\r\n',
  'X_A: 1\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
] as const

/** What one run has seen. */
export interface FuzzTally {
  seed: number
  conversations: number
  /** Requests that were read or refused. */
  requests: number
  answered: number
  refused: number
}

/** One request, most often as it should not be. */
function mutated(random: PseudoRandom): string {
  let text = random.pick(random.below(4) === 0 ? ANY : SERVED)
  for (let left = random.pick([0, 0, 0, 1, 1, 2, 4]); left > 0; left--) {
    const at = random.below(text.length + 1)
    const removed = random.below(3) === 0 ? random.below(8) : 0
    const what = random.below(8)
    const inserted =
      what === 0 ? '' : what === 1 ? String.fromCharCode(random.below(256)) : what === 2 ? text : random.pick(FRAGMENTS)
    text = text.slice(0, at) + inserted + text.slice(at + removed)
  }
  return text.slice(0, 4000)
}

/** What a client of the fuzz sends: up to five requests. */
export function randomStream(random: PseudoRandom): string {
  if (random.below(12) === 0) {
    return Array.from({ length: random.below(30) }, () => random.pick(FRAGMENTS)).join('')
  }
  return Array.from({ length: 1 + random.below(5) }, () => mutated(random)).join('')
}

/** In one piece, byte by byte, or anything between. */
export function randomCut(random: PseudoRandom, text: string): string[] {
  const largest = random.pick([1, 3, 20, 200, 4000])
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const size = 1 + random.below(largest)
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}

const STATUSES = ['200 OK', '200 OK', '204 No Content', '304 Not Modified', '404 Not Found', '500 Oh'] as const
const HEADERS: readonly [[string, string][], ...[string, string][][]] = [
  [],
  [['Content-Length', '3']],
  [['content-length', 'x']],
  [
    ['Content-Type', 'text/plain'],
    ['Date', 'now'],
  ],
]

/** An application as hosts let it be: its events in the order that types.ts gives, its choices anything. */
function randomApp(random: PseudoRandom): TestApp {
  return (call) => {
    if (random.below(3) > 0) return echo(call)
    const events: AppEvent[] = random.below(12) === 0 ? [{ kind: 'queued', ahead: 1 }] : []
    if (random.below(20) === 0) return [...events, died(random.pick([500, 503, 504]))]
    events.push(called)
    if (random.below(10) > 0) events.push(startResponse(random.pick(STATUSES), random.pick(HEADERS)))
    for (let n = random.below(3); n > 0; n--) events.push(write('w'.repeat(random.below(6))))
    if (random.below(10) === 0) events.push(startResponse('500 Oh', [], { type: 'E', message: 'm' }))
    if (random.below(15) === 0) return [...events, raised, closed]
    events.push(returned(random.pick([null, 0, 1, 2])))
    for (let n = random.below(4); n > 0; n--) events.push(chunk('c'.repeat(random.pick([0, 1, 3, 500, 70_000]))))
    if (random.below(15) === 0) return [...events, died(random.pick([500, 504]))]
    if (random.below(15) === 0) return [...events, raised, closed]
    return [...events, exhausted, closed]
  }
}

const DEADLINES: readonly [Deadline, ...Deadline[]] = ['header', 'body', 'send', 'idle', 'linger']

/** One that takes its time: what it does is told to the gateway bit by bit, while other things happen. */
class Leisurely {
  readonly conversation: Conversation
  readonly #random: PseudoRandom
  readonly #later: AppEvent[] = []

  constructor(random: PseudoRandom) {
    this.#random = random
    const app = randomApp(random)
    this.conversation = new Conversation((call) => {
      const events = app(call)
      if (random.below(2) === 0) return events
      this.#later.push(...events.splice(random.below(events.length)))
      return events
    })
  }

  /** Does some of what is left; answers whether there was any. */
  work(all: boolean): boolean {
    const some = all ? this.#later.length : this.#random.below(this.#later.length + 1)
    const exchange = this.conversation.of('callApp').at(-1)?.exchange ?? 0
    for (const event of this.#later.splice(0, some)) this.conversation.appDoes(exchange, event)
    return some > 0
  }
}

/** Something else than bytes, now and then. */
function interrupt(random: PseudoRandom, conversation: Conversation): void {
  conversation.now += random.below(2000)
  switch (random.below(60)) {
    case 0:
      conversation.congested()
      return
    case 1:
    case 2:
      conversation.drained()
      return
    case 3:
      conversation.deadline(random.pick(DEADLINES), random.pick([1, 12_000, 70_000]))
      return
    case 4:
      if (random.below(10) === 0) conversation.feed({ kind: 'shutdown' })
      return
    case 5:
      if (random.below(10) === 0) conversation.feed({ kind: 'clientGone', why: 'gone' })
      return
    case 6:
      if (random.below(10) === 0) conversation.feed({ kind: 'eof' })
  }
}

function converse(random: PseudoRandom): Conversation {
  const text = randomStream(random)
  const client = new Leisurely(random)
  const conversation = client.conversation.feed({ kind: 'opened' })
  for (const piece of randomCut(random, text)) {
    conversation.send(piece)
    interrupt(random, conversation)
    client.work(false)
  }
  conversation.drained().feed({ kind: 'eof' })
  while (client.work(true));
  return conversation
}

const count = (conversation: Conversation, kind: TraceKind): number =>
  conversation.drafts.reduce((sum, { body }) => sum + (body.kind === kind ? 1 : 0), 0)

/** @throws where the conversation did not end as every conversation must. */
function check(conversation: Conversation, tally: FuzzTally): void {
  const events = recorded(conversation)
  checkOrder(events)
  if (count(conversation, 'connection.closed') !== 1) throw new Error('the connection was not closed once')
  const closing = firstOfKind(events, 'connection.closed')
  const gone = /^gone$|^the client reads too slowly/.test(closing?.why ?? '')
  if (!gone && !conversation.closed) throw new Error('the socket was not closed')
  const exchanges = new Set(events.flatMap(({ exchange }) => (exchange === null ? [] : [exchange]))).size
  const answers = eventsOfKind(events, 'response.answered')
  if (!gone && answers.length !== exchanges) throw new Error(`${exchanges} requests and ${answers.length} answers`)
  if (answers.every(({ complete }) => complete)) {
    const read = readResponses(conversation.answer, methodsOf(conversation)).filter(({ status }) => status >= 200)
    if (read.length !== answers.length) throw new Error(`${answers.length} answers, and the client read ${read.length}`)
  }
  tally.conversations++
  tally.requests += exchanges
  tally.answered += answers.length
  tally.refused += count(conversation, 'gateway.refused')
}

/**
 * Converses until at least `requests` were read or refused. `onProgress` hears of every hundredth conversation.
 * @throws what went wrong, with the seed of the very conversation in its message.
 */
export function fuzz(seed: number, requests: number, onProgress?: (tally: FuzzTally) => void): FuzzTally {
  const tally: FuzzTally = { seed, conversations: 0, requests: 0, answered: 0, refused: 0 }
  for (let own = seed; tally.requests < requests; own = (own + 1) >>> 0) {
    try {
      check(converse(pseudoRandom(own)), tally)
    } catch (error) {
      throw new Error(`the conversation of seed ${own}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
    if (tally.conversations % 100 === 0) onProgress?.(tally)
  }
  return tally
}
