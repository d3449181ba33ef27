/**
 * The terminal's own small shell: it edits lines, remembers them, and has curl and hand-typed requests sent by the
 * server's client. It is not a shell of the machine, and there is no way from here to one.
 */
import type { ClientCommands, ClientStream } from '../../sources/source.ts'
import { blue, bold, CLEAR_ALL, green, grey, harmless, red } from './ansi.ts'
import { commandOf, joinLine, openAtEnd } from './commandLine.ts'
import { COMMANDS, complete } from './completion.ts'
import type { History } from './history.ts'
import { type Key, readKeys } from './keys.ts'
import { EMPTY_LINE, edit, type Line, lineOf } from './line.ts'
import { LineView } from './lineView.ts'
import { OutputText } from './outputText.ts'
import { concat, rawLine, unescaped } from './rawRequest.ts'

/** What the shell says, in the language of the page. */
export interface ShellWords {
  greeting: string
  help: readonly string[]
  notACommand(name: string): string
  noGateway: string
  notConnected: string
  mayNotAct: string
  connectionLost: string
  rawIntro: readonly string[]
  rawHeadComplete: string
  rawNothing: string
  tooMuch(bytes: number): string
}

export interface ShellOptions {
  print: (text: string) => void
  columns: () => number
  /** What a request can be sent with; or why there is nothing. */
  client: () => ClientCommands | 'recording' | 'lost' | 'follower'
  words: () => ShellWords
  /** Addresses that Tab offers. */
  addresses: () => readonly string[]
  history: History
}

type Mode =
  /** `before`: the lines of this command that are there already. */
  | { kind: 'prompt'; before: string | null }
  | { kind: 'running'; id: number; output: OutputText }
  | { kind: 'raw'; pieces: Uint8Array[] }

const PROMPT = { text: green('$ '), cells: 2 }
const CONTINUED = { text: grey('> '), cells: 2 }
const RAW = { text: blue('| '), cells: 2 }

export class Shell {
  readonly #options: ShellOptions
  readonly #view: LineView
  #mode: Mode = { kind: 'prompt', before: null }
  #line: Line = EMPTY_LINE
  /** Keys that came while a command was running. */
  #typedAhead: Key[] = []
  #ids = 0

  constructor(options: ShellOptions) {
    this.#options = options
    this.#view = new LineView(options.print, options.columns)
    this.#say(grey(`# ${options.words().greeting}`))
    this.#prompt()
  }

  /** Whether nothing is typed: then Tab has nothing to complete, and may move on to the next control. */
  get isIdle(): boolean {
    return this.#mode.kind !== 'raw' && this.#line.text === ''
  }

  /** What was typed or pasted into the terminal. */
  type(data: string): void {
    for (const key of readKeys(data)) this.#press(key)
  }

  /** Types a command and runs it; one that is running is waited for. */
  run(command: string): void {
    if (this.#mode.kind === 'raw') this.#press({ kind: 'interrupt' })
    if (this.#mode.kind === 'prompt' && (this.#line.text !== '' || this.#mode.before !== null)) {
      this.#press({ kind: 'interrupt' })
    }
    this.#press({ kind: 'text', text: command })
    this.#press({ kind: 'enter' })
  }

  output(id: number, stream: ClientStream, bytes: Uint8Array): void {
    if (this.#mode.kind !== 'running' || this.#mode.id !== id) return
    const text = harmless(this.#mode.output.take(stream, bytes))
    if (text === '') return
    this.#options.print(stream === 'out' ? text : stream === 'note' ? blue(text) : red(text))
  }

  done(id: number): void {
    if (this.#mode.kind !== 'running' || this.#mode.id !== id) return
    const { output } = this.#mode
    this.#options.print(harmless(output.end()))
    if (output.keptBack > 0) this.#say((output.atLineStart ? '' : '\r\n') + grey(this.#words.tooMuch(output.keptBack)))
    else if (!output.atLineStart) this.#options.print('\r\n')
    this.#prompt()
  }

  /** Whoever was to answer is gone. */
  connectionLost(): void {
    if (this.#mode.kind !== 'running') return
    this.#say((this.#mode.output.atLineStart ? '' : '\r\n') + red(this.#words.connectionLost))
    this.#prompt()
  }

  get #words(): ShellWords {
    return this.#options.words()
  }

  #say(line: string): void {
    this.#options.print(`${line}\r\n`)
  }

  #draw(): void {
    const prompt = this.#mode.kind === 'raw' ? RAW : this.#isContinued ? CONTINUED : PROMPT
    this.#view.draw(prompt, this.#line)
  }

  get #isContinued(): boolean {
    return this.#mode.kind === 'prompt' && this.#mode.before !== null
  }

  #prompt(before: string | null = null): void {
    this.#mode = { kind: 'prompt', before }
    this.#line = EMPTY_LINE
    this.#draw()
    const keys = this.#typedAhead
    this.#typedAhead = []
    for (const key of keys) this.#press(key)
  }

  #press(key: Key): void {
    const mode = this.#mode
    if (mode.kind === 'running') {
      if (key.kind !== 'interrupt') this.#typedAhead.push(key)
      else this.#cancel(mode.id)
      return
    }
    switch (key.kind) {
      case 'enter':
        if (mode.kind === 'raw') this.#enterRaw(mode.pieces)
        else this.#enter(mode.before)
        return
      case 'endOfInput':
        if (mode.kind === 'raw') this.#sendRaw(mode.pieces)
        else this.#change(edit(this.#line, { kind: 'delete' }))
        return
      case 'interrupt':
        this.#view.leave(this.#line, '^C')
        this.#prompt()
        return
      case 'clear':
        this.#options.print(CLEAR_ALL)
        this.#view.forget()
        this.#draw()
        return
      case 'up':
      case 'down':
        if (mode.kind === 'prompt' && mode.before === null) this.#recall(key.kind)
        return
      case 'tab':
        if (mode.kind === 'prompt') this.#complete()
        return
      default:
        this.#change(edit(this.#line, key))
    }
  }

  #change(line: Line): void {
    if (line === this.#line) return
    this.#line = line
    this.#draw()
  }

  #cancel(id: number): void {
    this.#options.print('^C')
    const client = this.#options.client()
    if (typeof client !== 'string') client.cancel(id)
    // The server says when it is over; without one it is over now.
    else this.connectionLost()
  }

  #recall(direction: 'up' | 'down'): void {
    const { history } = this.#options
    const text = direction === 'up' ? history.older(this.#line.text) : history.newer()
    if (text !== null) this.#change(lineOf(text))
  }

  #complete(): void {
    const { line, choices } = complete(this.#line, this.#options.addresses())
    if (choices.length > 0) {
      this.#view.leave(this.#line, '')
      this.#say(grey(choices.join('  ')))
    }
    this.#line = line
    this.#draw()
  }

  #enter(before: string | null): void {
    const text = before === null ? this.#line.text : joinLine(before, this.#line.text)
    this.#view.leave(this.#line, '')
    if (openAtEnd(text) !== null) {
      this.#prompt(text)
      return
    }
    this.#options.history.add(text)
    this.#execute(text)
  }

  #execute(command: string): void {
    switch (commandOf(command)) {
      case '':
        break
      case 'help':
        for (const line of this.#words.help) this.#say(withCommandsBold(line))
        break
      case 'clear':
        this.#options.print(CLEAR_ALL)
        break
      case 'curl':
        this.#send((client, id) => client.run(id, command))
        return
      case 'raw':
        this.#beginRaw()
        return
      default:
        this.#say(red(this.#words.notACommand(commandOf(command))))
    }
    this.#prompt()
  }

  #beginRaw(): void {
    const client = this.#options.client()
    if (typeof client === 'string') {
      this.#refuse(client)
      return
    }
    for (const line of this.#words.rawIntro) this.#say(grey(line))
    this.#mode = { kind: 'raw', pieces: [] }
    this.#line = EMPTY_LINE
    this.#draw()
  }

  #enterRaw(pieces: Uint8Array[]): void {
    const { text } = this.#line
    if (text === '.') {
      this.#line = EMPTY_LINE
      this.#sendRaw(pieces)
      return
    }
    const bytes = rawLine(text)
    const endsLine = bytes.at(-1) === 10 && bytes.at(-2) === 13
    this.#view.leave(this.#line, endsLine ? grey('\\r\\n') : '')
    const wasHead = pieces.length > 0 && !pieces.some((piece) => piece.length === 2)
    pieces.push(bytes)
    if (text === '' && wasHead) this.#say(grey(`  ${this.#words.rawHeadComplete}`))
    this.#line = EMPTY_LINE
    this.#draw()
  }

  /** What is on the line goes too, without a line end: so a request can stop in the middle. */
  #sendRaw(pieces: readonly Uint8Array[]): void {
    const bytes = concat(...pieces, unescaped(this.#line.text))
    this.#view.leave(this.#line, '')
    if (bytes.length === 0) {
      this.#say(grey(this.#words.rawNothing))
      this.#prompt()
      return
    }
    this.#send((client, id) => client.raw(id, bytes))
  }

  #send(send: (client: ClientCommands, id: number) => void): void {
    const client = this.#options.client()
    if (typeof client === 'string') {
      this.#refuse(client)
      return
    }
    this.#ids += 1
    this.#mode = { kind: 'running', id: this.#ids, output: new OutputText() }
    this.#line = EMPTY_LINE
    send(client, this.#ids)
  }

  #refuse(why: 'recording' | 'lost' | 'follower'): void {
    const { noGateway, notConnected, mayNotAct } = this.#words
    this.#say(red({ recording: noGateway, lost: notConnected, follower: mayNotAct }[why]))
    this.#prompt()
  }
}

/** In the help, the name at the beginning of a line stands out. */
function withCommandsBold(line: string): string {
  const name = commandOf(line)
  return COMMANDS.some((command) => command === name) ? line.replace(name, bold(name)) : line
}
