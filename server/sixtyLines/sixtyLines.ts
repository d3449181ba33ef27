/**
 * The sixty-line server behind a tap: its program runs as it stands, in a process of its own; the tap listens where people
 * connect and passes bytes on. What the trace tells is of both. When the server dies it stays dead until it is told to start.
 * Longer than 250 lines: its life, from start to death to the next start, is one state machine.
 */
import type { Socket } from 'node:net'
import { LoadError, type LoadedApp, type SourceText } from '../../shared/gateway/host.ts'
import type { EventLog } from '../../shared/log/eventLog.ts'
import type { Address } from '../bind.ts'
import { parseAppSpec } from '../hosts/appSpec.ts'
import { chooseInterpreter, noPython } from '../hosts/python/interpreter.ts'
import { loadFailure } from '../hosts/python/loadFailure.ts'
import { sayWhileLoading } from '../hosts/slowLoad.ts'
import { type LoadedSources, Sources } from '../hosts/sources.ts'
import type { Observer } from '../tap/observer.ts'
import { type Relay, startRelay } from '../tap/relay.ts'
import { AcceptQueue } from './acceptQueue.ts'
import { argumentOf } from './listingArgument.ts'
import { LISTING, type ListingListener, ListingProcess, type ListingStart } from './listingProcess.ts'
import type { Report, ReportOf } from './reports.ts'
import { type Death, Story } from './story.ts'

export interface SixtyLinesOptions {
  /** As on the command line. */
  spec: string
  cwd: string
  env: Record<string, string | undefined>
  /** What `--python` said. */
  python?: string
  /** Where people connect; port 0 picks a free one. */
  address: Address
  log: EventLog
  /** Whether somebody may come to look at what happens. */
  watchable: boolean
  now: () => number
  onLog: (text: string) => void
  /** What the server and the application print. */
  onOutput: (source: 'stdout' | 'stderr', text: string) => void
  /** A traceback that the trace has already. */
  onTraceback: (text: string) => void
}

/** It listens on this machine alone, whoever the tap listens to. */
const OWN_HOST = '127.0.0.1'

export class SixtyLines {
  readonly #options: SixtyLinesOptions
  readonly #start: ListingStart
  #process: ListingProcess | null = null
  /** What it said when it began to listen last. */
  #loaded: ReportOf<'listening'> | null = null
  /** Where it listens; null while it is dead. */
  #port: number | null = null
  #relay: Relay | null = null
  #death: Death = { reason: 'it was never started', traceback: null }
  /** Whether the trace has this process's death. */
  #deathTold = false
  #closing = false
  /** Connections that the server has not accepted. */
  readonly #waiting = new AcceptQueue<Story>()
  #serving: Story | null = null
  /** All that have not ended. */
  readonly #stories = new Set<Story>()
  readonly #sources: LoadedSources

  constructor(options: SixtyLinesOptions) {
    this.#options = options
    const spec = parseAppSpec(options.spec, options.cwd)
    const { cwd, env } = options
    const interpreter = chooseInterpreter({ ...options, folder: spec.folder })
    const { log, onLog } = options
    const onSource = (source: SourceText) => log.note({ kind: 'app.source', ...source })
    this.#sources = new Sources({ onSource, onLog: (_source, text) => onLog(text) }, 'python').load([])
    // Refused now, rather than in each attempt.
    argumentOf(spec)
    this.#start = { interpreter, spec, cwd, env }
  }

  get app(): LoadedApp {
    if (this.#loaded === null) throw new Error('the server has not been started')
    const { callable, file, line, version, executable } = this.#loaded
    const runtime = `Python ${version} (${executable}), sixty_lines.py`
    return { spec: this.#options.spec, language: 'python', callable, file, line, runtime }
  }

  /** Where people connect. */
  get address(): Address {
    return this.#relay?.address ?? this.#options.address
  }

  /** @throws LoadError when its application cannot be used; the operating system's error where it cannot listen. */
  async listen(): Promise<void> {
    await this.#launch(false)
    const { address, log, now, onLog } = this.#options
    this.#relay = await startRelay({
      address,
      log,
      now,
      onLog,
      target: () => (this.#port === null ? null : { host: OWN_HOST, port: this.#port }),
      observe: (client) => this.#observe(client),
    })
  }

  /** Starts it again where it is dead. */
  async restart(): Promise<void> {
    if (this.#process !== null || this.#closing) return
    try {
      await this.#launch(true)
      this.#options.onLog('the sixty-line server was started again')
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      this.#options.onLog(error.message)
    }
  }

  async close(graceMs?: number): Promise<void> {
    this.#closing = true
    await this.#relay?.close(graceMs)
    this.#process?.kill()
    for (const story of this.#stories) story.leave()
  }

  /** Resolves when it listens. */
  #launch(again: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopSaying = sayWhileLoading(this.#options.onLog, { mostMs: null })
      const { interpreter, spec } = this.#start
      let runs = false
      const process = this.#newProcess(stopSaying, {
        detail: () => (this.#options.log.watched ? 2 : this.#options.watchable ? 1 : 0),
        onLine: this.#options.onOutput,
        onReport: (report, goOn) => {
          if (report.kind === 'listening') {
            stopSaying()
            this.#begin(report, again)
            resolve()
            goOn()
          } else if (report.kind === 'started') {
            runs = true
            goOn()
          } else if (report.kind === 'failed') {
            reject(loadFailure(report.failed, spec, interpreter))
            goOn()
          } else if (this.#port !== null) this.#hear(report, goOn)
          else goOn()
        },
        onGone: (how) => {
          stopSaying()
          this.#process = null
          const isNone = !runs && how.startsWith('exited')
          reject(new LoadError(isNone ? noPython(interpreter, how) : `${interpreter} ${how}`))
          this.#gone(how)
        },
      })
      this.#process = process
    })
  }

  /** @throws LoadError */
  #newProcess(onFailure: () => void, listener: ListingListener): ListingProcess {
    try {
      return new ListingProcess(this.#start, listener)
    } catch (error) {
      onFailure()
      throw new LoadError(error instanceof Error ? error.message : String(error))
    }
  }

  #begin(report: ReportOf<'listening'>, again: boolean): void {
    this.#loaded = report
    this.#port = report.port
    this.#deathTold = false
    // The application's own file comes first: whoever has only the trace takes that for what is served.
    if (report.file !== null) this.#sources.report(report.file)
    this.#sources.report(LISTING)
    this.#options.log.note({ kind: 'server.started', file: LISTING, again })
  }

  #observe(client: Socket): Observer {
    const { log, now } = this.#options
    const story = new Story({
      peer: { host: client.remoteAddress ?? '', port: client.remotePort ?? 0 },
      local: { host: client.localAddress ?? '', port: client.localPort ?? 0 },
      listing: LISTING,
      log: log.connection(),
      now,
      count: (what) => log.count(what),
      called: () => {
        const { callable, file, line } = this.app
        return { worker: 1, callable, file, line }
      },
    })
    if (this.#port === null) story.died(this.#death)
    this.#stories.add(story)
    return {
      hear: (input) => {
        story.hear(input)
        if (story.over) this.#stories.delete(story)
      },
      linked: (port) => this.#waiting.enter(port, story),
      get idle() {
        return story.over || story.silent
      },
    }
  }

  #hear(report: Exclude<Report, { kind: 'listening' | 'started' | 'failed' }>, goOn: () => void): void {
    if (report.kind === 'accepted') {
      this.#waiting.call(report.port, (story) => {
        this.#serving?.leave()
        this.#serving = story
        if (story === null) goOn()
        else story.report(report, goOn)
      })
      return
    }
    if (report.kind === 'startResponse') {
      for (const frame of report.stack) if ('file' in frame) this.#sources.report(frame.file)
    }
    if ('frame' in report && report.frame !== null) this.#sources.report(report.frame.file)
    const serving = this.#serving
    if (report.kind === 'died') this.#died(report, serving)
    if (serving === null) goOn()
    else serving.report(report, goOn)
  }

  /** It says of what it dies; the connection that it serves is told by its own story. */
  #died({ type, message, traceback, application }: ReportOf<'died'>, serving: Story | null): void {
    const reason = message === '' ? type : `${type}: ${message}`
    const { log, onTraceback } = this.#options
    this.#port = null
    this.#death = { reason, traceback }
    this.#deathTold = true
    // Whoever stops it takes its connections away, which it does not survive; that is no news.
    if (this.#closing) return
    onTraceback(traceback)
    if (!application) log.note({ kind: 'log.line', source: 'stderr', text: traceback })
    if (serving === null || serving.over) log.note({ kind: 'server.died', reason, traceback })
  }

  /** Its process has ended; where it did not say of what, how it ended is all there is to say. */
  #gone(how: string): void {
    if (this.#closing || this.#loaded === null) return
    const { log, onLog } = this.#options
    const serving = this.#serving
    this.#port = null
    this.#serving = null
    if (!this.#deathTold) {
      this.#death = { reason: `its process ${how}`, traceback: null }
      if (serving === null || serving.over) log.note({ kind: 'server.died', ...this.#death })
    }
    for (const story of this.#stories) {
      story.died(this.#death)
      if (story.over) this.#stories.delete(story)
    }
    this.#waiting.clear()
    onLog(`the sixty-line server has died (${this.#death.reason}); it stays dead until it is started again`)
  }
}
