/**
 * One connection to the sixty-line server, as the trace tells it: the bytes are the tap's, the steps the server's own. Such a
 * connection is one exchange, from accept() to its end; that server knows no second request on a connection.
 * Longer than 250 lines, most of them one report of the server each.
 */
import type { Span } from '../../shared/bytes/span.ts'
import type { ConnectionLog } from '../../shared/log/connectionLog.ts'
import { TapOutbox } from '../../shared/tap/tapOutbox.ts'
import type { TapInput } from '../../shared/tap/types.ts'
import type { EnvironEntry, EventOf, OwnFrame, TraceBody } from '../../shared/trace/events.ts'
import { serverFinding } from '../../shared/wsgi/serverRules.ts'
import type { Report, ReportOf } from './reports.ts'
import { requestLine } from './requestLine.ts'
import { SendPlan } from './sendPlan.ts'

export interface StoryOptions extends Pick<EventOf<'connection.opened'>, 'peer' | 'local'> {
  listing: string
  log: ConnectionLog
  now: () => number
  /** What the run counts; for a request, its number in the run. */
  count: (what: 'requests' | 'answered') => number
  /** What is called, and where it is defined. */
  called: () => Omit<EventOf<'app.called'>, 'kind' | 'seq' | 'at' | 'conn' | 'exchange'>
}

/** How the server died. */
export interface Death {
  reason: string
  traceback: string | null
}

type Ending = Extract<TapInput, { kind: 'end' | 'gone' }>

const frameOf = ({ frame }: { frame: OwnFrame | null }) => (frame === null ? {} : { frame })

type State = 'waiting' | 'served' | 'sent' | 'left' | 'dead' | 'over'

export class Story {
  readonly #options: StoryOptions
  readonly #outbox = new TapOutbox(true, 0)
  #exchange: number | null = null
  #state: State = 'waiting'
  /** Bytes that have come from the client. */
  #received = 0
  /** What its recv() returned. */
  #taken: Span = { start: 0, end: 0 }
  #line: ReportOf<'parsed'> | null = null
  /** Lengths of what the application wrote and yielded. */
  readonly #pieces: number[] = []
  #status = 0
  #closes = false
  readonly #plan = new SendPlan()
  #onAllSent: (() => void) | null = null
  /** Its side was closed while it served: why is not known before its process has ended. */
  #unexplained: Ending | null = null

  constructor(options: StoryOptions) {
    const { peer, local, listing } = options
    this.#options = options
    this.#tell(null, { kind: 'connection.opened', peer, local, protocol: 'http', via: 'tap', listing })
  }

  /** The client has said nothing yet. */
  get silent(): boolean {
    return this.#received === 0
  }

  /** Nothing of this connection is an event any more. */
  get over(): boolean {
    return this.#state === 'over'
  }

  hear(input: TapInput): void {
    if (this.over) return
    switch (input.kind) {
      case 'bytes':
        if (input.from === 'client') this.#fromClient(input.data)
        else this.#fromServer(input.data)
        return
      case 'end':
        if (input.from === 'server') this.#ended(input)
        return
      case 'gone':
        this.#ended(input)
        return
    }
  }

  /** `goOn` is called when what the report speaks of has been told. */
  report(report: Exclude<Report, { kind: 'listening' }>, goOn: () => void): void {
    if (report.kind === 'sent' && !this.#plan.done && !this.over) {
      this.#onAllSent = () => this.report(report, goOn)
      return
    }
    if (!this.over) this.#follow(report)
    goOn()
  }

  /** The server has died, while it served this connection or with this one still waiting for it. */
  died({ reason, traceback }: Death): void {
    if (this.#state !== 'waiting' && this.#state !== 'served') return
    const waits = this.#state === 'waiting'
    this.#exchange ??= this.#options.count('requests')
    this.#state = 'dead'
    this.#own({ kind: waits ? 'server.absent' : 'server.died', reason, traceback })
    if (this.#unexplained !== null) this.#ended(this.#unexplained)
  }

  /** The server goes on to another connection: it has nothing more to say of this one. */
  leave(): void {
    if (this.#unexplained === null) return
    this.#state = 'left'
    this.#ended(this.#unexplained)
  }

  #fromClient(data: Uint8Array): void {
    const start = this.#received
    this.#received += data.length
    this.#tell(this.#exchange, { kind: 'socket.received', start, length: data.length, bytes: data })
  }

  #fromServer(data: Uint8Array): void {
    this.#outbox.begin(this.#options.now())
    this.#outbox.add(data, this.#plan.take(data.length))
    this.#outbox.send(this.#exchange)
    this.#append()
    if (this.#plan.done) this.#allSent()
  }

  #allSent(): void {
    const told = this.#onAllSent
    this.#onAllSent = null
    told?.()
  }

  #follow(report: Exclude<Report, { kind: 'listening' }>): void {
    switch (report.kind) {
      case 'accepted':
        this.#exchange = this.#options.count('requests')
        this.#state = 'served'
        this.#own({ kind: 'server.accepted' })
        return
      case 'received':
        this.#taken = { start: 0, end: report.bytes.length }
        this.#own({ kind: 'server.received', start: 0, length: report.bytes.length })
        return
      case 'parsed':
        this.#line = report
        this.#own(requestLine(report))
        return
      case 'environ':
        this.#own({ kind: 'environ.built', entries: report.entries.map((entry) => this.#originOf(entry)) })
        this.#judge(new Set(report.entries.map(({ key }) => key)))
        return
      case 'called':
        this.#own({ kind: 'app.called', ...this.#options.called() })
        return
      case 'read':
        this.#own({
          kind: 'input.read',
          method: report.method,
          asked: null,
          returned: report.returned,
          offset: report.offset,
          ...frameOf(report),
        })
        return
      case 'startResponse': {
        const { status, headers, excInfo, stack } = report
        this.#own({ kind: 'app.startResponse', status, headers, excInfo, stack })
        return
      }
      case 'returned':
        this.#closes = report.closes
        this.#own({ kind: 'app.returned', length: report.length, ...frameOf(report) })
        return
      case 'wrote':
      case 'yielded':
        this.#pieces.push(report.length)
        this.#own({ kind: `app.${report.kind}`, length: report.length, bytes: report.bytes, ...frameOf(report) })
        return
      case 'sending':
        this.#status = Number.parseInt(report.status, 10) || 0
        this.#plan.expect(report, this.#pieces)
        return
      case 'sent':
        this.#state = 'sent'
        return
      case 'line':
        this.#own({ kind: 'app.line', file: this.#options.listing, line: report.line, locals: report.locals })
        return
      case 'died': {
        const { type, message, traceback } = report
        if (report.application) this.#own({ kind: 'app.raised', type, message, traceback })
        this.died({ reason: message === '' ? type : `${type}: ${message}`, traceback })
        return
      }
    }
  }

  /** An entry that is a piece of what recv() returned says which; `wsgi.input` holds all of it. */
  #originOf({ key, value, type }: ReportOf<'environ'>['entries'][number]): EnvironEntry {
    const spans = this.#line === null ? null : requestLine(this.#line).spans
    const from = (span: Span, transform: 'identity' | 'computed') => ({
      key,
      value,
      type,
      from: { spans: [span], transform },
    })
    if (spans !== null && key === 'REQUEST_METHOD' && value === this.#line?.method)
      return from(spans.method, 'identity')
    if (spans !== null && key === 'PATH_INFO' && value === this.#line?.path) return from(spans.target, 'identity')
    if (key === 'wsgi.input') return from(this.#taken, 'computed')
    return { key, value, type, from: 'server' }
  }

  /** The server has closed its side, or one of the two is gone. */
  #ended(input: Ending): void {
    const byServer = input.kind === 'end' || input.by === 'server'
    if (byServer && (this.#state === 'served' || this.#state === 'waiting')) {
      this.#unexplained ??= input
      return
    }
    this.#plan.forget()
    this.#allSent()
    if (this.#state === 'sent') this.#answered(byServer)
    const by = input.kind === 'end' ? 'server' : input.by
    const why = input.kind === 'gone' ? input.why : this.#state === 'dead' ? 'its process has ended' : 'close()'
    this.#tell(null, { kind: 'connection.closed', by, why })
    this.#state = 'over'
  }

  /** PEP 3333, "environ Variables": what is not empty must be there. */
  #judge(given: ReadonlySet<string>): void {
    if (!given.has('SERVER_PROTOCOL')) this.#own(serverFinding('server-protocol-missing'))
    if (!given.has('QUERY_STRING') && this.#line?.path.includes('?')) this.#own(serverFinding('query-string-missing'))
  }

  #answered(complete: boolean): void {
    this.#options.count('answered')
    if (this.#closes) this.#own(serverFinding('close-not-called'))
    this.#own({ kind: 'response.answered', by: 'application', status: this.#status, complete })
    if (!this.#closes) this.#own({ kind: 'app.closed' })
  }

  #own(body: TraceBody): void {
    this.#tell(this.#exchange, body)
  }

  #tell(exchange: number | null, body: TraceBody): void {
    this.#outbox.begin(this.#options.now())
    this.#outbox.trace(exchange, body)
    this.#append()
  }

  #append(): void {
    for (const { draft } of this.#outbox.take()) this.#options.log.append(draft)
  }
}
