import { describe, expect, test } from 'vitest'
import { latin1Decode } from '../bytes/latin1.ts'
import { ProtocolError } from '../refusals/refusals.ts'
import { called, chunk, closed, died, exhausted, raised, returned, startResponse, write } from '../testing/apps.ts'
import { testOptions } from '../testing/conversation.ts'
import type { ResponseTerms } from '../wsgi/response.ts'
import { CREDIT } from './credit.ts'
import { type ConnectionContext, Exchange } from './exchange.ts'
import { Outbox } from './outbox.ts'
import { TracingOutbox } from './tracingOutbox.ts'
import type { AppEvent, Output } from './types.ts'

const TERMS: ResponseTerms = { method: 'GET', http10: false, keepAlive: true, chunkable: true }
const HEAD: ResponseTerms = { ...TERMS, method: 'HEAD' }

/** One exchange whose application has been called, and what comes of it. */
class Served {
  readonly context: { -readonly [K in keyof ConnectionContext]: ConnectionContext[K] }
  readonly outbox: Outbox
  readonly exchange: Exchange
  readonly outputs: Output[] = []

  constructor(terms: ResponseTerms = TERMS, outbox = new Outbox(testOptions)) {
    this.context = { mayStay: true, full: false, startedAt: 0 }
    this.outbox = outbox
    this.exchange = new Exchange(0, terms, outbox, this.context)
    this.exchange.call(terms)
  }

  does(...events: AppEvent[]): this {
    for (const event of events) this.exchange.receive(event)
    return this.took()
  }

  took(): this {
    this.outputs.push(...this.outbox.take())
    return this
  }

  /** All that goes to the client, latin-1. */
  get sent(): string {
    const segments = this.outputs.flatMap((output) => (output.kind === 'send' ? output.segments : []))
    return segments.map(({ data }) => latin1Decode(data)).join('')
  }

  get status(): number {
    return Number(this.sent.slice(9, 12))
  }

  /** What the application is told. */
  get told(): string[] {
    return this.outputs.flatMap((output) => {
      if (output.kind === 'closeApp') return ['close']
      return output.kind === 'nextChunk' ? [`${output.credit} more`] : []
    })
  }

  get traced(): string[] {
    return this.outputs.flatMap((output) => (output.kind === 'trace' ? [output.draft.body.kind] : []))
  }
}

const served = (...events: AppEvent[]) => new Served().does(...events)
const began = [called, startResponse('200 OK', [['Content-Type', 'text/plain']])]
const length = (bytes: number) => startResponse('200 OK', [['Content-Length', String(bytes)]])

describe('the head', () => {
  test('waits for the first chunk that is not empty: until then the application may change its mind', () => {
    const waiting = served(...began, returned(null), chunk(''))
    expect(waiting.sent).toBe('')
    waiting.does(startResponse('500 No', [], { type: 'E', message: '' }), chunk('x'))
    expect(waiting.status).toBe(500)
  })

  test('goes out where the application ends without any', () => {
    expect(served(...began, returned(0), exhausted).sent).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Content-Length: 0\r\n/s)
  })

  test('is not changed once it is gone', () => {
    const late = served(...began, returned(null), chunk('x'))
    const before = late.sent
    expect(late.does(startResponse('500 No', [], { type: 'E', message: '' })).sent).toBe(before)
  })

  test.each<[string, AppEvent[], boolean]>([
    ['where len() is 1, the one chunk is the body', [returned(1), chunk('four')], true],
    ['where len() is another, it is not', [returned(2), chunk('four')], false],
    ['where there is no len(), it is not', [returned(null), chunk('four')], false],
    ['where write() was used, it is not', [write('w'), returned(1), chunk('four')], false],
  ])('%s', (_, events, known) => {
    expect(served(...began, ...events).sent.includes('Content-Length: 4\r\n')).toBe(known)
  })
})

describe('what goes wrong', () => {
  test('before the head, the gateway answers instead', () => {
    const failed = served(...began, raised)
    expect([failed.status, failed.exchange.ending]).toEqual([500, 'linger'])
  })

  test('behind the head there is nothing left to say: the connection is dropped', () => {
    const failed = served(...began, returned(null), chunk('half'))
    const before = failed.sent
    failed.does(raised)
    expect([failed.sent, failed.exchange.ending]).toEqual([before, 'drop'])
  })

  test('chunks without start_response are none of a response, and an end without it neither', () => {
    for (const event of [chunk('x'), exhausted]) {
      const silent = served(called, returned(1), event)
      expect([silent.status, silent.told]).toEqual([500, ['close']])
    }
  })

  test.each([500, 503, 504] as const)('a worker that died is answered with the %d that its host gives', (status) => {
    expect(served(died(status)).status).toBe(status)
  })

  test('fewer bytes than promised are a torn answer', () => {
    const short = served(called, length(9), returned(null), chunk('half'), exhausted)
    expect([short.exchange.ending, short.outbox.account.failed]).toEqual(['drop', 1])
  })

  test('a generator that is closed before its end was cut short', () => {
    expect(served(...began, returned(null), closed).status).toBe(500)
  })

  test('an exchange fails once, however much goes wrong with it', () => {
    const failed = served(called, raised, died(500))
    failed.exchange.cut()
    expect(failed.outbox.account).toMatchObject({ answered: 1, failed: 1 })
  })
})

describe('enough', () => {
  test('what exceeds the length that was promised does not go out, and no more is asked for', () => {
    const long = served(called, length(4), returned(null), chunk('four and more'))
    expect(long.sent).toMatch(/\r\n\r\nfour$/)
    expect([long.told, long.exchange.ending]).toEqual([['close'], 'stay'])
  })

  test('an answer to HEAD may end as it would, but a stream may have no end', () => {
    const head = new Served(HEAD).does(...began, returned(null), chunk('x'.repeat(CREDIT)))
    expect([head.exchange.ending, head.told.includes('close')]).toEqual([null, false])
    expect(head.sent).toMatch(/\r\n\r\n$/)
    head.does(chunk('x'))
    expect([head.exchange.ending, head.told.at(-1)]).toEqual(['stay', 'close'])
  })

  test('where the connection is not kept, an answer to HEAD ends with its head', () => {
    const head = new Served(HEAD)
    head.context.mayStay = false
    expect(head.does(...began, returned(null), chunk('x')).told).toEqual(['close'])
  })

  test('what the application does behind the answer changes nothing of it', () => {
    const over = served(called, length(4), returned(null), chunk('four'), exhausted)
    const before = over.sent
    over.does(chunk('more'), raised)
    expect([over.sent, over.exchange.ending, over.exchange.done]).toEqual([before, 'stay', false])
    expect(over.does(closed).exchange.done).toBe(true)
  })

  test('an application that is done is not heard any more', () => {
    const over = served(...began, returned(0), exhausted, closed)
    expect(over.does(raised).outbox.account.failed).toBe(0)
  })
})

describe('credit', () => {
  const half = 'x'.repeat(CREDIT / 2)

  test('is given for half of it at a time, not for each chunk', () => {
    const stream = served(...began, returned(null), chunk('x'))
    expect(stream.told).toEqual([])
    expect(stream.does(chunk(half)).told).toEqual([`${CREDIT / 2 + 64} more`])
    expect(stream.does(chunk('x')).told).toHaveLength(1)
  })

  test('is not given while no more can be kept, and all at once when there is room again', () => {
    const stream = served(...began, returned(null))
    stream.context.full = true
    stream.does(chunk(half), chunk(half))
    expect([stream.told, stream.exchange.held]).toEqual([[], true])
    stream.context.full = false
    stream.exchange.hasRoom()
    expect([stream.took().told, stream.exchange.held]).toEqual([[`${CREDIT} more`], false])
  })

  test('is not given to an application that is to stop, or is done', () => {
    const stream = served(...began, returned(null), chunk(half))
    stream.exchange.abandon()
    expect(stream.does(chunk(half)).told).toEqual([`${CREDIT / 2} more`, 'close'])
    expect(served(...began, returned(1), exhausted, closed).told).toEqual([])
  })
})

describe('nobody waits for the rest', () => {
  test('before the head nothing is answered; behind it the answer is torn', () => {
    const early = served(...began)
    early.exchange.abandon()
    expect([early.took().sent, early.exchange.ending, early.outbox.account.answered]).toEqual(['', 'drop', 0])
    const late = served(...began, returned(null), chunk('half'))
    late.exchange.abandon()
    expect([late.exchange.ending, late.outbox.account.answered, late.outbox.account.failed]).toEqual(['drop', 1, 1])
  })

  test('the application is asked to stop once, and never before it was called or after it is done', () => {
    const running = served(...began)
    for (let n = 0; n < 3; n++) running.exchange.abandon()
    expect(running.took().told).toEqual(['close'])
    const uncalled = new Exchange(0, TERMS, running.outbox, running.context)
    uncalled.abandon()
    expect([running.took().told, uncalled.released]).toEqual([['close'], true])
  })
})

describe('a request that is not served', () => {
  test('is answered by the gateway, and its connection not kept', () => {
    const refused = new Served()
    refused.exchange.refuse(new ProtocolError('worker-none', null))
    expect(refused.took().sent).toMatch(/^HTTP\/1\.1 503 .*\r\nConnection: close\r\n/s)
    expect(refused.exchange.ending).toBe('linger')
  })

  test('is told as refused, and so is one for which no worker was there; one whose worker died is not', () => {
    const traced = (change: (served: Served) => void) => {
      const told = new Served(TERMS, new TracingOutbox(testOptions))
      change(told)
      return told.took().traced.filter((kind) => kind === 'gateway.refused' || kind === 'response.answered')
    }
    const refused = ['gateway.refused', 'response.answered']
    expect(traced(({ exchange }) => exchange.refuse(new ProtocolError('worker-none', null)))).toEqual(refused)
    expect(traced((told) => told.does(died(503)))).toEqual(refused)
    expect(traced((told) => told.does(died(500)))).toEqual(['response.answered'])
  })
})

test('what is told of the application ends with the answer, but for what it does besides the response', () => {
  const told = new Served(TERMS, new TracingOutbox(testOptions))
  told.does(called, length(4), returned(null), chunk('four'), exhausted, chunk('more'), raised, closed)
  const answered = told.traced.indexOf('response.answered')
  expect(told.traced.slice(answered + 1)).toEqual(['app.raised', 'app.closed'])
})
