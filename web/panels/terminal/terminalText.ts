/** What was printed before the terminal was loaded, and then the way to it. */
export interface TerminalText {
  print(text: string): void
  columns(): number
  attach(terminal: { readonly columns: number; write(text: string): void }): void
}

export function terminalText(): TerminalText {
  let before = ''
  let attached: { readonly columns: number; write(text: string): void } | null = null
  return {
    print(text) {
      if (attached === null) before += text
      else attached.write(text)
    },
    columns: () => attached?.columns ?? 80,
    attach(terminal) {
      terminal.write(before)
      before = ''
      attached = terminal
    },
  }
}
