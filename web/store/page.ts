/** Puts the page together: the stores, the source they listen to, and the shell of the terminal. */
import { may } from '../../shared/roles.ts'
import type { Beat } from '../../shared/trace/beats.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { Language } from '../i18n/languages.ts'
import type { Keep } from '../keep.ts'
import type { Readable } from '../sources/file.ts'
import type { TraceSource } from '../sources/source.ts'
import { History } from '../terminal/history.ts'
import { Shell, type ShellOptions, type ShellWords } from '../terminal/shell.ts'
import { type TerminalText, terminalText } from '../terminal/terminalText.ts'
import { gatewayAddress, recentAddresses } from './addresses.ts'
import { answerInPicture } from './answerInPicture.ts'
import { Fetching } from './fetching.ts'
import { Listening } from './listening.ts'
import type { Moment } from './moment.ts'
import { createPlayheadStore, type PlayheadStore } from './playheadStore.ts'
import { createSessionStore, type SessionStore } from './session.ts'
import type { Stores } from './stores.ts'
import { createTraceStore, type TraceStore } from './trace.ts'

export interface PageOptions {
  /** The source the page comes back to when a recording is closed. */
  live: () => TraceSource
  nextFrame: (callback: () => void) => void
  /** How long the caption of a beat takes to read. */
  readingMs: (events: readonly TraceEvent[], beat: Beat, language: Language) => number
  stillness: () => boolean
  shellWords: (language: Language) => ShellWords
  /** Survives the page: language, theme, and whether a first trip was read. */
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
  /** Runs a command in the terminal, visibly. */
  runVisibly(line: string): void
  /** Sends a first request so. */
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
    guided: session.getState().guided,
  })
  playhead.subscribe(({ guided }, before) => {
    if (before.guided && !guided) session.getState().endGuide()
  })
  const stores: Stores = { trace, session, playhead }
  const terminal = terminalText()
  let source: TraceSource | null = null
  const shell = new Shell({
    print: terminal.print,
    columns: terminal.columns,
    client: () => commandsOf(source, stores),
    words: () => options.shellWords(session.getState().language),
    language: () => session.getState().language,
    addresses: () => recentAddresses(trace.getState()),
    history: new History(options.keepForNow),
    answer: (port) => answerInPicture(port, stores),
  })
  playhead.subscribe(shell.pictureMoved)
  const fetching = new Fetching(stores, () => source)
  const listener = new Listening({ ...stores, shell, fetching, nextFrame: options.nextFrame, moment: options.moment })
  tellMoments(stores, options.onMoment)
  session.subscribe(({ language }, before) => {
    if (language !== before.language) shell.languageChanged()
  })

  const open = (next: TraceSource, file: string | null) => {
    source?.stop()
    shell.connectionLost()
    listener.forget(next.kind)
    source = next
    session.setState({ file, notice: null, status: 'connecting' })
    next.start(listener)
  }
  const files = fileOpener(session, open)
  const runVisibly = (line: string) => shell.run(line)
  return {
    trace,
    playhead,
    session,
    shell,
    terminal,
    openLive() {
      files.abort()
      open(options.live(), null)
    },
    openFile: files.open,
    restartServer() {
      // What comes next is of the server that was started.
      playhead.getState().followNext()
      if (source?.kind === 'server') source.restartServer()
    },
    runVisibly,
    sendExample: () => runVisibly(`curl -i ${gatewayAddress(trace.getState().header)}/?name=Ada`),
  }
}

/** What a request can be sent with, or why there is nothing. */
function commandsOf(source: TraceSource | null, { session, playhead }: Stores): ReturnType<ShellOptions['client']> {
  const { status, role } = session.getState()
  if (source?.kind === 'recording') return 'recording'
  if (source === null || status !== 'live') return 'lost'
  if (!may(role, 'send')) return 'spectator'
  const { commands } = source
  // Who sends a request from the page wants to see that one next, whatever they were looking at.
  const { followNext } = playhead.getState()
  return {
    run(id, line) {
      followNext()
      commands.run(id, line)
    },
    raw(id, bytes) {
      followNext()
      commands.raw(id, bytes)
    },
    cancel: (id) => commands.cancel(id),
  }
}

/** Says where the picture comes to rest. */
function tellMoments({ trace, playhead }: Stores, onMoment: PageOptions['onMoment']): void {
  playhead.subscribe(({ playing, target, exchange, playhead: at }, before) => {
    const moved = at !== before.playhead || exchange !== before.exchange || before.playing || before.target !== null
    const run = trace.getState().header?.run
    if (moved && !playing && target === null && exchange !== null && run !== undefined) {
      onMoment({ run, exchange, playhead: at })
    }
  })
}

/** Reads one file at a time: whoever opens another, or dismisses the notice, ends the reading. */
function fileOpener(session: SessionStore, open: (source: TraceSource, file: string) => void) {
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
      // What reads files is sent to who opens one.
      const { readFile } = await import('../sources/file.ts')
      const next = await readFile(file, { onProgress, signal: mine.signal })
      if (!mine.signal.aborted) open(next, name)
    } catch (error) {
      if (mine.signal.aborted) return
      const message = shortened(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      session.setState({ notice: { kind: 'file', message } })
    }
  }
  return { open: openFile, abort: () => reading?.abort() }
}

/** Where a value may be one of many, the schema lists them all; the beginning says what is wrong. */
const shortened = (message: string): string => (message.length <= 160 ? message : `${message.slice(0, 160)}…`)
