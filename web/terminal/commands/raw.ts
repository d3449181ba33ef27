/** raw: a request typed by hand, byte for byte. */
import type { TerminalCommand } from '../command.ts'

export const raw: TerminalCommand = {
  name: 'raw',
  options: [],
  help: {
    en: () => [{ usage: 'raw', does: 'lets you type a request by hand, byte for byte' }],
    'zh-CN': () => [{ usage: 'raw', does: '逐字节手写一个请求' }],
  },
  run: (_line, terminal) => terminal.typeRequest(),
}
