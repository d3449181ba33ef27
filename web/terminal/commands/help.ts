/** help: what the commands do, each in its own words. */
import { bold, wrapped } from '../ansi.ts'
import type { TerminalCommand } from '../command.ts'

/** @param commands those that it tells of, in that order. */
export const help = (commands: readonly TerminalCommand[]): TerminalCommand => ({
  name: 'help',
  options: [],
  help: { en: () => [], 'zh-CN': () => [] },
  run(_line, terminal) {
    const { language, address, columns, words } = terminal
    for (const { usage, does } of commands.flatMap((command) => command.help[language](address))) {
      terminal.say(bold(usage))
      for (const line of wrapped(does, columns - 2)) terminal.say(`  ${line}`)
    }
    for (const note of words.helpNotes) terminal.tell(note)
    terminal.prompt()
  },
})
