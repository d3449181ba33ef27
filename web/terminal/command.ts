/** What the terminal knows of a command: one module each in commands/, listed in registry.ts. */
import type { Language } from '../i18n/languages.ts'
import type { ClientCommands } from '../sources/source.ts'

export interface CommandHelp {
  readonly usage: string
  readonly does: string
}

/** What a command can do to the terminal that it runs in. */
export interface CommandTerminal {
  readonly language: Language
  readonly words: CommandWords
  /** Of this server, as one types it. */
  readonly address: string
  /** How many cells a line has. */
  readonly columns: number
  print(text: string): void
  /** A line as it is. */
  say(line: string): void
  /** Prose, broken between words; `fault`: what was asked for cannot be done. */
  tell(text: string, how?: 'margin' | 'fault'): void
  /** Has the server do something, and waits for it; where it cannot, that is said. */
  send(request: (client: ClientCommands, id: number) => void): void
  /** Takes what is typed next as a request. */
  typeRequest(): void
  /** Lets the next command be typed. */
  prompt(): void
}

/** What commands say besides their help. */
export interface CommandWords {
  readonly helpNotes: readonly string[]
  tooLong(limit: number): string
}

export interface TerminalCommand {
  readonly name: string
  /** Options that Tab completes. */
  readonly options: readonly string[]
  /** What help says of it; `address` is the server's. Nothing for a command that is found by itself. */
  readonly help: Readonly<Record<Language, (address: string) => readonly CommandHelp[]>>
  /** Carries out the line; whatever it does, a prompt comes at its end. */
  run(line: string, terminal: CommandTerminal): void
}
