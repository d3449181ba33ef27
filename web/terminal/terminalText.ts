/** Where the shell prints to: nowhere before the terminal is loaded. */
export interface TerminalText {
  print(text: string): void
  columns(): number
  attach(terminal: { readonly columns: number; write(text: string): void }): void
}

export function terminalText(): TerminalText {
  let attached: { readonly columns: number; write(text: string): void } | null = null
  return {
    print: (text) => attached?.write(text),
    columns: () => attached?.columns ?? 80,
    attach(terminal) {
      attached = terminal
    },
  }
}
