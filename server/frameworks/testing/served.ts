/** An application of a framework behind the real server: curl asks, and the trace of each exchange is read. */

import { execFile } from 'node:child_process'
import { checkOrder } from '../../../shared/testing/checkOrder.ts'
import type { EventOf, TraceEvent, TraceKind } from '../../../shared/trace/events.ts'
import { eventsOfKind } from '../../../shared/trace/query.ts'
import { parseCommandLine } from '../../options.ts'
import { type Running, start } from '../../run.ts'
import { until } from '../../testing/harness.ts'

export class Served {
  readonly running: Running
  readonly port: number
  /** The whole trace, without its bytes: there may be hundreds of megabytes of them. */
  readonly events: TraceEvent[] = []
  /** What went to stderr. */
  readonly lines: string[]

  constructor(running: Running, lines: string[]) {
    this.running = running
    this.lines = lines
    this.port = Number(new URL(`${running.http}`).port)
    this.events.push(...running.log.snapshot())
    running.log.sink((event) => this.events.push(withoutBytes(event)))
  }

  /** One request by curl: what it wrote, and the trace of the exchange it made. */
  async curl(path: string, ...args: string[]): Promise<Answer> {
    const before = this.requests
    const stdout = await runCurl('-i', ...args, `${this.running.http}${path}`)
    return readAnswer(stdout, await this.exchange(before + 1))
  }

  /** How many requests there have been. */
  get requests(): number {
    return this.running.log.totals.requests
  }

  /** All of an exchange, once its application is through or was never called. */
  async exchange(id: number): Promise<Exchange> {
    const own = () => this.events.filter((event) => event.exchange === id)
    const over = (kind: TraceKind) => own().some((event) => event.kind === kind)
    await until(() => over('response.answered') && (!over('app.called') || over('app.closed')))
    checkOrder(numberedAnew(this.events))
    return new Exchange(own())
  }

  async close(): Promise<void> {
    await this.running.close()
  }
}

/** What only pages are told, that something is left out for them, has a number that is missing here. */
function numberedAnew(events: readonly TraceEvent[]): TraceEvent[] {
  const places = new Map(events.map(({ seq }, place) => [seq, place]))
  return events.map((event, seq) => {
    if (event.kind !== 'referee.finding' || event.about === null) return { ...event, seq }
    return { ...event, seq, about: places.get(event.about) ?? null }
  })
}

const withoutBytes = (event: TraceEvent): TraceEvent => ('bytes' in event ? { ...event, bytes: null } : event)

/** `cwd` is where the person stands who types `spec`. */
export async function serve(spec: string, cwd: string, python: string): Promise<Served> {
  const words = [spec, '--python', python, '--port', '0', '--ui-port', '0', '--no-open']
  const line = parseCommandLine(words, { PATH: process.env.PATH }, cwd)
  if (line.kind !== 'run') throw new Error(`${words.join(' ')} is no run`)
  const lines: string[] = []
  const surroundings = {
    log: (_source: string, text: string) => lines.push(text),
    stdout: process.stdout,
    webFolder: cwd,
  }
  return new Served(await start(line.options, surroundings), lines)
}

/** The events of one exchange. */
export class Exchange {
  readonly events: readonly TraceEvent[]

  constructor(events: readonly TraceEvent[]) {
    this.events = events
  }

  all<K extends TraceKind>(kind: K): EventOf<K>[] {
    return eventsOfKind(this.events, kind)
  }

  one<K extends TraceKind>(kind: K): EventOf<K> {
    const [first, ...others] = this.all(kind)
    if (first === undefined || others.length > 0) throw new Error(`${others.length + (first ? 1 : 0)} ${kind}, not one`)
    return first
  }

  /** `application 200`: who answered, and with what. */
  get answered(): string {
    const { by, status, complete } = this.one('response.answered')
    return `${by} ${status}${complete ? '' : ', torn'}`
  }

  /** The rules that the referee found broken. */
  get findings(): string[] {
    return this.all('referee.finding').map(({ rule }) => rule)
  }

  /** What the application changed: before and after, by key. */
  get changes(): Record<string, [string | null, string | null]> {
    return Object.fromEntries(this.all('environ.changed').map(({ key, before, after }) => [key, [before, after]]))
  }

  /** The line at which the application's own files called start_response, and the frames that are not theirs. */
  get calledFrom(): string[] {
    return this.one('app.startResponse').stack.map((frame) =>
      'file' in frame
        ? `${frame.file.slice(frame.file.lastIndexOf('/') + 1)}:${frame.line} ${frame.function}`
        : `${frame.folded} of ${frame.of?.join(', ')}`,
    )
  }
}

export interface Answer {
  status: number
  /** By lower-case name; the values of a repeated one are joined by a line feed. */
  headers: ReadonlyMap<string, string>
  body: Buffer
  text: string
  exchange: Exchange
}

const runCurl = (...args: string[]): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', maxBuffer: 1024 ** 3 } as const
    execFile('curl', ['-q', '-s', '-S', '--noproxy', '*', ...args], options, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(error)
    })
  })

function readAnswer(stdout: Buffer, exchange: Exchange): Answer {
  let rest = stdout
  // A 100 Continue stands before the answer.
  while (rest.subarray(0, 12).toString('latin1') === 'HTTP/1.1 100') rest = rest.subarray(rest.indexOf('\r\n\r\n') + 4)
  const end = rest.indexOf('\r\n\r\n')
  const [first = '', ...fields] = rest.subarray(0, end).toString('latin1').split('\r\n')
  const headers = new Map<string, string>()
  for (const field of fields) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).toLowerCase()
    const value = field.slice(colon + 1).trim()
    const known = headers.get(name)
    headers.set(name, known === undefined ? value : `${known}\n${value}`)
  }
  const body = rest.subarray(end + 4)
  return { status: Number(first.split(' ')[1]), headers, body, text: body.toString(), exchange }
}
