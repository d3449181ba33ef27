/** Puts the page together: the stores, the source they listen to, and the shell of the terminal. */
import type { Beat } from '../../shared/trace/beats.ts'
import { type EventOf, MOST_BYTES, type TraceEvent } from '../../shared/trace/events.ts'
import type { TraceIndex } from '../../shared/trace/traceIndex.ts'
import type { Language } from '../i18n/languages.ts'
import { History } from '../panels/terminal/history.ts'
import { Shell, type ShellWords } from '../panels/terminal/shell.ts'
import { type TerminalText, terminalText } from '../panels/terminal/terminalText.ts'
import { type Readable, readFile } from '../sources/file.ts'
import { frameQueue } from '../sources/frameQueue.ts'
import type { ClientCommands, SourceListener, TraceSource } from '../sources/source.ts'
import { gatewayAddress, recentAddresses } from './addresses.ts'
import type { Keep } from './keep.ts'
import type { Moment } from './moment.ts'
import { createPlayheadStore, type PlayheadStore } from './playhead.ts'
import { createSessionStore, type SessionState, type SessionStore } from './session.ts'
import { createTraceStore, type TraceStore } from './trace.ts'

export interface PageOptions {
  /** The source the page comes back to when a recording is closed. */
  live: () => TraceSource
  nextFrame: (callback: () => void) => void
  /** How long the caption of a beat takes to read. */
  readingMs: (events: readonly TraceEvent[], beat: Beat, language: Language) => number
  stillness: () => boolean
  shellWords: (language: Language) => ShellWords
  /** Survives the page: language and theme. */
  keep: Keep
  /** Survives a reload only: what was typed. */
  keepForNow: Keep
  /** The languages the browser asks for, most wanted first. */
  languages: readonly string[]
  /** What the page's link asks to be shown first. */
  moment: Moment | null
  /** Where the picture rests now, for the page's link. */
  onMoment: (moment: Moment) => void
}

export interface Page {
  readonly trace: TraceStore
  readonly playhead: PlayheadStore
  readonly session: SessionStore
  readonly shell: Shell
  readonly terminal: TerminalText
  openLive(): void
  /**
   * Opens a saved trace; if it cannot be read, says what is wrong and leaves all as it is. While it is read, a notice says
   * how far; whoever dismisses that, or opens something else, ends the reading.
   */
  openFile(file: Readable & { readonly name: string }): Promise<void>
  /** Runs a first request in the terminal, visibly. */
  sendExample(): void
  /** Asks the source to start its server again, where that has died. */
  restartServer(): void
}

export function createPage(options: PageOptions): Page {
  const trace = createTraceStore()
  const session = createSessionStore(options.keep, options.languages)
  const playhead = createPlayheadStore({
    trace,
    readingMs: (events, beat) => options.readingMs(events, beat, session.getState().language),
    stillness: options.stillness,
  })
  const terminal = terminalText()
  let source: TraceSource | null = null

  const client = (): ClientCommands | 'recording' | 'lost' | 'follower' => {
    const { status, mayAct } = session.getState()
    if (source !== null && source.commands === null) return 'recording'
    if (source?.commands == null || status !== 'live') return 'lost'
    return mayAct ? showingWhatIsSent(source.commands) : 'follower'
  }
  // Who sends a request from the page wants to see that one next, whatever they were looking at.
  const showingWhatIsSent = (commands: ClientCommands): ClientCommands => ({
    run(id, line) {
      playhead.setState({ follow: true })
      commands.run(id, line)
    },
    raw(id, bytes) {
      playhead.setState({ follow: true })
      commands.raw(id, bytes)
    },
    cancel: (id) => commands.cancel(id),
  })
  const shell = new Shell({
    print: terminal.print,
    columns: terminal.columns,
    client,
    words: () => options.shellWords(session.getState().language),
    addresses: () => recentAddresses(trace.getState()),
    history: new History(options.keepForNow),
  })

  const queue = frameQueue<TraceEvent>((events) => {
    const { index } = trace.getState()
    const { reloaded } = index
    const arrived = trace.getState().append(events)
    playhead.getState().arrived(arrived)
    // Once the new run, or the new code, has something to show, there is no need to say that it is new.
    if (arrived > 0 && isOldNews(session.getState().notice)) session.getState().dismiss()
    if (index.reloaded !== null && index.reloaded !== reloaded) tellReload(index.reloaded)
  }, options.nextFrame)

  const tellReload = (reload: EventOf<'app.reloaded'>): void =>
    session.setState({ notice: { kind: 'reloaded', reload } })

  let asked = options.moment
  const restoreMoment = (): void => {
    const moment = asked
    asked = null
    const { header, index } = trace.getState()
    if (moment === null || moment.run !== header?.run) return
    if (!index.exchanges.some(({ id }) => id === moment.exchange)) return
    playhead.getState().select(moment.exchange, moment.playhead)
  }
  playhead.subscribe(({ playing, target, exchange, playhead: at }, before) => {
    const moved = at !== before.playhead || exchange !== before.exchange || before.playing || before.target !== null
    const run = trace.getState().header?.run
    if (moved && !playing && target === null && exchange !== null && run !== undefined) {
      options.onMoment({ run, exchange, playhead: at })
    }
  })

  /** What is looked at is looked at whole: events that came without their bytes are asked for them, once. */
  let askedFor = new Set<number>()
  const fetchMissing = (): void => {
    const carried = new Map<TraceEvent['kind'], number>()
    for (const event of playhead.getState().events()) {
      if (!('bytes' in event)) continue
      const upTo = (carried.get(event.kind) ?? 0) + event.length
      carried.set(event.kind, upTo)
      // Of each kind of bytes a server keeps so many: nobody has what is behind them.
      if (upTo > MOST_BYTES || event.bytes !== null || askedFor.has(event.seq)) continue
      askedFor.add(event.seq)
      const of = askedFor
      source?.fetchBytes(event.seq).then((bytes) => {
        if (bytes !== null && of === askedFor) trace.getState().fill(event.seq, bytes)
      })
    }
  }
  playhead.subscribe(({ exchange }, before) => {
    if (exchange !== before.exchange) fetchMissing()
  })
  trace.subscribe(fetchMissing)

  /** The events of an exchange of which there is only the summary; what is shown goes on meanwhile. */
  const fetchExchange = async (id: number): Promise<void> => {
    const { index, header } = trace.getState()
    const asked = source
    if (asked === null || index.isWhole(id)) return
    if (index.summaryOf(id) === undefined) return isGone(id)
    const events = await asked.fetchExchange(id)
    if (events === 'lost' || source !== asked || trace.getState().header?.run !== header?.run) return
    if (events === 'letGo') return isGone(id)
    trace.getState().complete(id, events)
    playhead.getState().came(id)
  }
  const isGone = (id: number): void => {
    trace.getState().giveUp(id)
    if (playhead.getState().awaited?.exchange === id) session.setState({ notice: { kind: 'letGo', exchange: id } })
    playhead.getState().came(id)
  }
  /** What was chosen; then what is shown, and its neighbours, which are likely to be next. */
  const fetchChosen = (): void => {
    const { awaited, exchange } = playhead.getState()
    if (awaited !== null) void fetchExchange(awaited.exchange)
    else if (exchange !== null) for (const id of neighbours(trace.getState().index, exchange)) void fetchExchange(id)
  }
  playhead.subscribe(({ awaited, exchange }, before) => {
    if (awaited !== before.awaited || exchange !== before.exchange) fetchChosen()
  })

  /** Whether what the page shows belongs to the run that is being sent. */
  let continues = false
  const listener: SourceListener = {
    onHello({ header, app, mayAct, restarted }) {
      queue.flush()
      continues = trace.getState().header?.run === header.run
      trace.getState().begin(header, app)
      if (!continues) askedFor = new Set()
      if (!continues) playhead.getState().restart('newest')
      session.setState({ mayAct, ...(restarted ? { notice: { kind: 'restarted' } } : {}) })
    },
    onSnapshot(snapshot) {
      queue.clear()
      const arrived = trace.getState().replace(snapshot)
      if (continues && arrived < trace.getState().index.exchanges.length) playhead.getState().arrived(arrived)
      else playhead.getState().restart(source?.commands === null ? 'beginning' : 'newest')
      // Who comes later is told what still is so, not what once happened.
      const { reloaded } = trace.getState().index
      if (reloaded?.failure != null && source?.commands !== null) tellReload(reloaded)
      continues = true
      restoreMoment()
      fetchChosen()
    },
    onEvents: queue.push,
    onCounts: (counts) => trace.getState().count(counts),
    onStatus(status) {
      session.setState({ status })
      if (status === 'lost') shell.connectionLost()
      else fetchChosen()
    },
    onClientOutput: (id, stream, bytes) => shell.output(id, stream, bytes),
    onClientDone: (id) => shell.done(id),
    onProblem: (message) => session.setState({ notice: { kind: 'problem', message } }),
  }
  const open = (next: TraceSource, file: string | null) => {
    source?.stop()
    queue.clear()
    shell.connectionLost()
    trace.getState().forget()
    askedFor = new Set()
    playhead.getState().restart('newest')
    source = next
    session.setState({ file, notice: null, status: 'connecting' })
    next.start(listener)
  }

  let reading: AbortController | null = null
  const openFile: Page['openFile'] = async (file) => {
    reading?.abort()
    const mine = new AbortController()
    reading = mine
    const { name } = file
    session.setState({ notice: { kind: 'reading', file: name, part: 0, onDismiss: () => mine.abort() } })
    const onProgress = (part: number): void => {
      const { notice } = session.getState()
      if (notice?.kind === 'reading' && notice.file === name) session.setState({ notice: { ...notice, part } })
    }
    try {
      const next = await readFile(file, { onProgress, signal: mine.signal })
      if (!mine.signal.aborted) open(next, name)
    } catch (error) {
      if (mine.signal.aborted) return
      const message = shortened(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      session.setState({ notice: { kind: 'file', message } })
    }
  }

  return {
    trace,
    playhead,
    session,
    shell,
    terminal,
    openLive() {
      reading?.abort()
      open(options.live(), null)
    },
    openFile,
    restartServer() {
      // What comes next is of the server that was started.
      playhead.setState({ follow: true })
      source?.restartServer?.()
    },
    sendExample() {
      session.getState().setClientTab('terminal')
      shell.run(`curl -i ${gatewayAddress(trace.getState().header)}/?name=Ada`)
    },
  }
}

/** The exchange itself, and those on both sides of it. */
function neighbours({ exchanges }: TraceIndex, id: number): number[] {
  const at = exchanges.findIndex((exchange) => exchange.id === id)
  return at === -1 ? [] : exchanges.slice(Math.max(0, at - 1), at + 2).map((exchange) => exchange.id)
}

const isOldNews = (notice: SessionState['notice']): boolean =>
  notice?.kind === 'restarted' || (notice?.kind === 'reloaded' && notice.reload.failure === null)

/** Where a value may be one of many, the schema lists them all; the beginning says what is wrong. */
const shortened = (message: string): string => (message.length <= 160 ? message : `${message.slice(0, 160)}…`)
