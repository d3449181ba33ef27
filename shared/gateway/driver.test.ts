/** The driver over an edge that is no socket and no process: a byte pipe in memory, and an application that is a function. */
import { expect, test } from 'vitest'
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import { answering, called, chunk, closed, exhausted, hello, returned, startResponse } from '../testing/apps.ts'
import { type TestApp, testOptions } from '../testing/conversation.ts'
import { CREDIT, Credit } from './credit.ts'
import { Driver } from './driver.ts'
import { type Transport, unrecorded } from './edge.ts'
import type { AppCall, Body, Host, RunningCall } from './host.ts'
import type { AppEvent } from './types.ts'

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'
const LAST = 'GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const SECOND = 1_000_000

/** A client that takes what it is sent, or nothing of it. */
class Pipe implements Transport {
  sent = ''
  takes = true
  reads = true
  halfClosed = false
  gone = false
  #taken = 0
  #onGone: () => void = () => undefined
  /** What waits is another amount. */
  onChange: () => void = () => undefined

  onGone(then: () => void): void {
    this.#onGone = then
  }

  send(parts: Uint8Array[]): void {
    for (const part of parts) this.sent += latin1Decode(part)
    if (this.takes) this.#taken = this.sent.length
    else this.onChange()
  }

  get backlog() {
    const memory = this.sent.length - this.#taken
    return { taken: this.#taken, memory, disk: 0, full: memory >= CREDIT }
  }

  get waiting(): boolean {
    return this.#taken < this.sent.length
  }

  look(): void {
    if (!this.takes) return
    this.#taken = this.sent.length
    this.onChange()
  }

  setReading(on: boolean): void {
    this.reads = on
  }

  end(): void {
    this.halfClosed = true
  }

  destroy(): void {
    this.gone = true
    this.#onGone()
  }
}

/** One call after the other, in the page's own thread: chunks as far as there is credit for them. */
class FunctionHost implements Host {
  readonly app = { spec: 'test', language: 'typescript', callable: 'app', file: null, line: null, runtime: '' } as const
  readonly multithread = false
  readonly multiprocess = false
  readonly bodies: string[] = []
  readonly #app: TestApp
  /** Bytes of chunks that were given. */
  given = 0
  aborted = 0

  constructor(app: TestApp) {
    this.#app = app
  }

  call(call: AppCall): RunningCall {
    const body = textOf(call.body)
    this.bodies.push(body)
    const events = this.#app({ environ: call.environ, body })
    const credit = new Credit()
    const go = (): void => {
      for (let event = events[0]; event !== undefined; event = events[0]) {
        if (event.kind === 'chunk') {
          if (credit.isSpent) return
          credit.spend(event.data.length)
          this.given += event.data.length
        }
        events.shift()
        call.onEvent(event, 0)
      }
    }
    go()
    return {
      more: (more) => {
        credit.grant(more)
        go()
      },
      abort: () => {
        this.aborted++
        events.splice(0, events.length, closed)
        go()
      },
    }
  }

  async close(): Promise<void> {
    // Nothing outlives a call.
  }
}

const textOf = (body: Body): string =>
  body.kind === 'memory' ? body.parts.map((part) => latin1Decode(part)).join('') : ''

function driven(app: TestApp) {
  const pipe = new Pipe()
  const host = new FunctionHost(app)
  const tasks: (() => void)[] = []
  const later = (task: () => void): void => {
    tasks.push(task)
  }
  const faults: string[] = []
  let now = 0
  let numbers = 0
  const driver = new Driver(
    { ...testOptions, trace: false },
    pipe,
    {
      host,
      scheduler: { now: () => now, soon: later, nextTurn: later },
      bodies: {
        open: () => {
          const parts: Uint8Array[] = []
          return {
            add: (data) => parts.push(data),
            complete: () => ({ kind: 'memory', parts, length: parts.reduce((sum, part) => sum + part.length, 0) }),
            discard: () => undefined,
          }
        },
      },
      onPassed: () => undefined,
      onAppOutput: (_source, text) => text,
      onLog: (text) => faults.push(text),
    },
    () => unrecorded(() => ++numbers),
  )
  pipe.onChange = () => driver.backlogChanged()
  pipe.onGone(() => driver.closed('the pipe is shut'))
  /** All that is to be done in the turns that come. */
  const settle = (): void => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task()
  }
  driver.open()
  return {
    pipe,
    host,
    driver,
    faults,
    says(text: string): void {
      driver.received(latin1Encode(text))
      settle()
    },
    /** Time goes by, and is looked at ten times a second. */
    passes(seconds: number): void {
      for (const end = now + seconds * SECOND; now < end; ) {
        now += SECOND / 10
        driver.checkDeadlines(now)
        settle()
      }
    },
    settle,
  }
}

const answers = ({ pipe }: ReturnType<typeof driven>): number => pipe.sent.split('HTTP/1.1 200 OK').length - 1

test('a connection is kept: one request after the other is answered over it', () => {
  const page = driven(hello)
  page.says(GET)
  expect(answers(page)).toBe(1)
  expect(page.pipe.sent).toMatch(/\r\n\r\nhello$/)
  page.says(GET.slice(0, 9))
  expect(answers(page)).toBe(1)
  page.says(GET.slice(9))
  expect(answers(page)).toBe(2)
  expect(page.pipe.gone).toBe(false)
})

test('requests that come together are answered in their order, each before the next is called', () => {
  const paths: string[] = []
  const page = driven((call) => {
    paths.push(call.environ.find(({ key }) => key === 'PATH_INFO')?.value ?? '')
    return hello(call)
  })
  page.says(`${GET}${GET.replace('/a', '/b')}${LAST}`)
  expect(paths).toEqual(['/a', '/b', '/z'])
  expect(answers(page)).toBe(3)
  page.driver.ended()
  expect(page.pipe.gone).toBe(true)
})

test('a body is kept while it arrives, and given to the application as a whole', () => {
  const page = driven(hello)
  page.says('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc')
  expect(page.host.bodies).toEqual([])
  page.says('def')
  expect(page.host.bodies).toEqual(['abcdef'])
})

test('a head that does not come is answered 408 when its time is over, and then the connection ends', () => {
  const page = driven(hello)
  page.says('GET / HTTP/1.1\r\n')
  page.passes(9)
  expect(page.pipe.sent).toBe('')
  page.passes(2)
  expect(page.pipe.sent).toMatch(/^HTTP\/1\.1 408 /)
  expect(page.pipe.halfClosed).toBe(true)
  page.passes(3)
  expect(page.pipe.gone).toBe(true)
})

test('of a client that leaves, the application is told to stop, and is through', () => {
  const endless: TestApp = () => [called, startResponse('200 OK'), returned(null), ...pieces(64), exhausted, closed]
  const page = driven(endless)
  page.pipe.takes = false
  page.says(GET)
  expect(page.host.aborted).toBe(0)
  page.pipe.destroy()
  page.settle()
  expect(page.host.aborted).toBe(1)
})

test('an application is given credit for so much, and more only as its client takes it', () => {
  const long: TestApp = () => [called, startResponse('200 OK'), returned(null), ...pieces(64), exhausted, closed]
  const page = driven(long)
  page.pipe.takes = false
  page.says(GET)
  page.passes(1)
  expect(page.host.given).toBeLessThanOrEqual(2 * CREDIT)
  const before = page.host.given
  page.pipe.takes = true
  page.passes(30)
  expect(page.host.given).toBe(64 * PIECE)
  expect(before).toBeLessThan(page.host.given)
  expect(page.pipe.sent).toMatch(/\r\n0\r\n\r\n$/)
})

test('an answer of the wrong shape costs one connection, and says so', () => {
  const page = driven(() => {
    throw new Error('this host is broken')
  })
  page.says(GET)
  expect(page.faults.join()).toMatch(/internal error, connection dropped: Error: this host is broken/)
  expect(page.pipe.gone).toBe(true)
})

test('an answer that closes is half-closed, and what comes then is dropped', () => {
  const page = driven(answering('200 OK', [], ['bye']))
  page.says(LAST)
  page.says(GET)
  expect(answers(page)).toBe(1)
})

const PIECE = 64 * 1024
const pieces = (count: number): AppEvent[] => Array.from({ length: count }, () => chunk('x'.repeat(PIECE)))
