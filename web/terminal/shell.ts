/**
 * The terminal's own small shell: it edits lines, remembers them, and has curl and hand-typed requests sent by the
 * server's client. It is not a shell of the machine, and there is no way from here to one.
 * Longer than 250 lines: each key means something else in each mode.
 */

import { commandOf, joinLine, openAtEnd } from '../../shared/commandLine/continuation.ts'
import { RAW_LIMIT } from '../../shared/wire.ts'
import type { Language } from '../i18n/languages.ts'
import type { ClientCommands, ClientStream } from '../sources/source.ts'
import { blue, CLEAR_ALL, green, grey, harmless, red, wrapped } from './ansi.ts'
import type { CommandTerminal, CommandWords } from './command.ts'
import { COMMAND_NAMES, commandNamed } from './commands/registry.ts'
import { type AnswerInPicture, HeldOutput, type Piece, type Shown } from './heldOutput.ts'
import { type Key, readKeys } from './keys.ts'
import { LineInput, type LineInputOptions } from './lineInput.ts'
import { OutputText } from './outputText.ts'
import { RawEntry } from './rawRequest.ts'

/** What the shell says, in the language of the page. */
export interface ShellWords extends CommandWords {
  greeting: string
  /** There are `others`, with commas between them, and `last`. */
  notACommand(name: string, last: string, others: string): string
  noGateway: string
  notConnected: string
  mayNotAct: string
  connectionLost: string
  rawIntro: readonly string[]
  rawHeadComplete: string
  rawNothing: string
  tooMuch(bytes: number): string
}

export interface ShellOptions extends LineInputOptions {
  /** What a request can be sent with; or why there is nothing. */
  client: () => ClientCommands | 'recording' | 'lost' | 'spectator'
  /** Where the picture is with the answer that came on the client's connection from this port. */
  answer: (port: number) => AnswerInPicture
  words: () => ShellWords
  language: () => Language
}

type Mode =
  /** The terminal is not there yet. */
  | { kind: 'starting' }
  /** `before`: the lines of this command that are there already. */
  | { kind: 'prompt'; before: string | null }
  | { kind: 'running'; id: number; output: OutputText; held: HeldOutput }
  | { kind: 'raw'; entry: RawEntry }

const coloured = (stream: ClientStream, text: string): string =>
  stream === 'out' ? text : stream === 'note' ? blue(text) : red(text)

const PROMPT = { text: green('$ '), cells: 2 }
const CONTINUED = { text: grey('> '), cells: 2 }
const RAW = { text: blue('| '), cells: 2 }

export class Shell {
  readonly #options: ShellOptions
  readonly #input: LineInput
  #mode: Mode = { kind: 'starting' }
  /** Keys that came while a command was running. */
  #typedAhead: Key[] = []
  #ids = 0
  /** Whether something besides the greeting has been printed. */
  #used = false

  constructor(options: ShellOptions) {
    this.#options = options
    this.#input = new LineInput(options)
  }

  /** The terminal is there: greets, and does what was asked for in the meantime. */
  start(): void {
    if (this.#mode.kind !== 'starting') return
    this.#tell(`# ${this.#words.greeting}`)
    this.#prompt()
  }

  /** The page speaks another language: where nothing but the greeting stands, that is said anew. */
  languageChanged(): void {
    if (this.#mode.kind !== 'prompt' || this.#mode.before !== null || this.#used || !this.isIdle) return
    this.#options.print(CLEAR_ALL)
    this.#tell(`# ${this.#words.greeting}`)
    this.#prompt()
  }

  /** Whether nothing is typed: then Tab has nothing to complete, and may move on to the next control. */
  get isIdle(): boolean {
    return this.#mode.kind !== 'raw' && this.#input.text === ''
  }

  /** What was typed or pasted into the terminal. */
  type(data: string): void {
    for (const key of readKeys(data)) this.#press(key)
  }

  /** Types a command and runs it; one that is running is waited for. */
  run(command: string): void {
    if (this.#mode.kind === 'raw') this.#press({ kind: 'interrupt' })
    if (this.#mode.kind === 'prompt' && (this.#input.text !== '' || this.#mode.before !== null)) {
      this.#press({ kind: 'interrupt' })
    }
    this.#press({ kind: 'text', text: command })
    this.#press({ kind: 'enter' })
  }

  output(id: number, stream: ClientStream, bytes: Uint8Array): void {
    this.#take(id, { kind: 'text', stream, bytes })
  }

  /** What is printed from here on came from the server: it is shown when the picture has sent it. */
  heard(id: number, port: number): void {
    this.#take(id, { kind: 'gate', port })
  }

  done(id: number): void {
    this.#take(id, { kind: 'done' })
  }

  /** The picture is elsewhere, or there is more to it. */
  pictureMoved = (): void => this.#pass(false)

  /** The trace has told of all that has happened, as far as it will. */
  allTold(): void {
    this.#pass(true)
  }

  /** Whoever was to answer is gone; what was held back of their answer is not. */
  connectionLost(): void {
    if (this.#mode.kind !== 'running') return
    this.#print(this.#mode.held.passAll())
    if (this.#mode.kind !== 'running') return
    this.#say((this.#mode.output.atLineStart ? '' : '\r\n') + red(this.#words.connectionLost))
    this.#prompt()
  }

  #take(id: number, piece: Piece): void {
    if (this.#mode.kind !== 'running' || this.#mode.id !== id) return
    this.#mode.held.add(piece)
    this.#pass(false)
  }

  #pass(told: boolean): void {
    if (this.#mode.kind !== 'running' || this.#mode.held.isEmpty) return
    this.#print(this.#mode.held.pass(this.#options.answer, told))
  }

  #print(pieces: readonly Shown[]): void {
    for (const piece of pieces) {
      if (this.#mode.kind !== 'running') return
      const { output } = this.#mode
      if (piece.kind === 'done') this.#end(output)
      else {
        const text = harmless(output.take(piece.stream, piece.bytes))
        if (text !== '') this.#options.print(coloured(piece.stream, text))
      }
    }
  }

  #end(output: OutputText): void {
    this.#options.print(harmless(output.end()))
    if (output.keptBack > 0) this.#say((output.atLineStart ? '' : '\r\n') + grey(this.#words.tooMuch(output.keptBack)))
    else if (!output.atLineStart) this.#options.print('\r\n')
    this.#prompt()
  }

  get #words(): ShellWords {
    return this.#options.words()
  }

  #say(line: string): void {
    this.#options.print(`${line}\r\n`)
  }

  /** Prose of our own, in the margin's colour, broken between words. */
  #tell(text: string, colour = grey): void {
    for (const line of wrapped(text, this.#options.columns())) this.#say(colour(line))
  }

  #prompt(before: string | null = null): void {
    this.#mode = { kind: 'prompt', before }
    this.#input.begin(before === null ? PROMPT : CONTINUED, before === null)
    const keys = this.#typedAhead
    this.#typedAhead = []
    for (const key of keys) this.#press(key)
  }

  #press(key: Key): void {
    const mode = this.#mode
    if (mode.kind === 'running' || mode.kind === 'starting') {
      if (key.kind === 'interrupt' && mode.kind === 'running') this.#cancel(mode.id, mode.held)
      else this.#typedAhead.push(key)
      return
    }
    switch (key.kind) {
      case 'enter':
        if (mode.kind === 'raw') this.#enterRaw(mode.entry)
        else this.#enter(mode.before)
        return
      case 'endOfInput':
        if (mode.kind === 'raw') this.#sendRaw(mode.entry, this.#input.finish())
        else this.#input.press({ kind: 'delete' })
        return
      case 'interrupt':
        this.#input.finish('^C')
        this.#prompt()
        return
      default:
        this.#input.press(key)
    }
  }

  /** Who has had enough is not made to wait for the picture either. */
  #cancel(id: number, held: HeldOutput): void {
    this.#options.print(held.isEmpty ? '^C' : '^C\r\n')
    const over = held.isDone
    this.#print(held.passAll())
    if (over) return
    const client = this.#options.client()
    if (typeof client !== 'string') client.cancel(id)
    // The server says when it is over; without one it is over now.
    else this.connectionLost()
  }

  #enter(before: string | null): void {
    const line = this.#input.finish()
    const text = before === null ? line : joinLine(before, line)
    if (openAtEnd(text) !== null) {
      this.#prompt(text)
      return
    }
    this.#options.history.add(text)
    this.#execute(text)
  }

  #execute(line: string): void {
    this.#used = true
    const name = commandOf(line)
    const command = commandNamed(name)
    if (command !== undefined) command.run(line, this.#terminal())
    else {
      const others = COMMAND_NAMES.slice(0, -1).join(', ')
      if (name !== '') this.#tell(this.#words.notACommand(harmless(name), COMMAND_NAMES.at(-1) ?? '', others), red)
      this.#prompt()
    }
  }

  /** What a command sees of all this. */
  #terminal(): CommandTerminal {
    const { language, addresses, columns, print } = this.#options
    return {
      language: language(),
      words: this.#words,
      address: addresses()[0] ?? 'localhost',
      columns: columns(),
      print,
      say: (line) => this.#say(line),
      tell: (text, how = 'margin') => this.#tell(text, how === 'fault' ? red : grey),
      send: (request) => this.#send(request),
      typeRequest: () => this.#beginRaw(),
      prompt: () => this.#prompt(),
    }
  }

  #beginRaw(): void {
    const client = this.#options.client()
    if (typeof client === 'string') {
      this.#refuse(client)
      return
    }
    for (const line of this.#words.rawIntro) this.#tell(line)
    this.#mode = { kind: 'raw', entry: new RawEntry() }
    this.#input.begin(RAW, false)
  }

  #enterRaw(entry: RawEntry): void {
    if (this.#input.text === '.') {
      this.#input.finish()
      this.#sendRaw(entry, '')
      return
    }
    const added = entry.add(this.#input.text)
    this.#input.finish(added.endsLine ? grey('\\r\\n') : '')
    if (added.endsHead) this.#tell(this.#words.rawHeadComplete)
    this.#input.begin(RAW, false)
  }

  /** What is on the last line goes too, without a line end: so a request can stop in the middle. */
  #sendRaw(entry: RawEntry, lastLine: string): void {
    const bytes = entry.bytesWith(lastLine)
    if (bytes.length === 0 || bytes.length > RAW_LIMIT) {
      this.#tell(bytes.length === 0 ? this.#words.rawNothing : this.#words.tooLong(RAW_LIMIT))
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
    this.#mode = { kind: 'running', id: this.#ids, output: new OutputText(), held: new HeldOutput() }
    send(client, this.#ids)
  }

  #refuse(why: 'recording' | 'lost' | 'spectator'): void {
    const { noGateway, notConnected, mayNotAct } = this.#words
    this.#tell({ recording: noGateway, lost: notConnected, spectator: mayNotAct }[why], red)
    this.#prompt()
  }
}
