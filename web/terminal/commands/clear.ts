/** clear: an empty screen. */
import { CLEAR_ALL } from '../ansi.ts'
import type { TerminalCommand } from '../command.ts'

export const clear: TerminalCommand = {
  name: 'clear',
  options: [],
  help: {
    en: () => [{ usage: 'clear', does: 'empties the screen' }],
    'zh-CN': () => [{ usage: 'clear', does: '清空屏幕' }],
  },
  run(_line, terminal) {
    terminal.print(CLEAR_ALL)
    terminal.prompt()
  },
}
