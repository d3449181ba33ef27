/** The commands of the terminal: a new one is a module beside these, and a line here. */
import type { TerminalCommand } from '../command.ts'
import { clear } from './clear.ts'
import { curl } from './curl.ts'
import { help } from './help.ts'
import { raw } from './raw.ts'

const TOLD_BY_HELP = [curl, raw, clear]

/** In the order in which Tab offers them. */
export const COMMANDS: readonly TerminalCommand[] = [curl, raw, help(TOLD_BY_HELP), clear]

export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({ name }) => name)

export const commandNamed = (name: string): TerminalCommand | undefined =>
  COMMANDS.find((command) => command.name === name)
