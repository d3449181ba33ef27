/** The terminal emulator: loaded when the rest of the page is up, opened once, and moved to wherever it is shown. */
import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { TERMINAL_COLOURS } from './colours.ts'
import { pageNonce, withStyleNonce } from './withNonce.ts'

export interface OpenTerminal {
  readonly columns: number
  write(text: string): void
  /** Moves it there, with its text and its state. */
  showIn(place: HTMLElement): void
  /** Fills the space there is. Does nothing while there is none. */
  fit(): void
}

export interface TerminalEvents {
  onData: (data: string) => void
  /** Whether Tab should leave the terminal, as everywhere else on a page. */
  tabLeaves: () => boolean
}

/** @param place is in the document, and says by its style which font and size to use. */
export async function openTerminal(place: HTMLElement, events: TerminalEvents): Promise<OpenTerminal> {
  const { fontFamily, fontSize } = getComputedStyle(place)
  // Cells are measured once, when it opens: the font must be there.
  await document.fonts.load(`${fontSize} ${fontFamily}`)
  const host = document.createElement('div')
  host.className = 'terminal-host'
  place.append(host)
  const terminal = new Terminal({
    fontFamily,
    fontSize: Number.parseFloat(fontSize),
    lineHeight: 1.35,
    cursorBlink: !window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    screenReaderMode: true,
    scrollback: 2000,
    overviewRuler: { width: 8 },
    theme: TERMINAL_COLOURS,
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  withStyleNonce(document, pageNonce(document), () => terminal.open(host))
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown') return true
    if (event.key === 'Tab') return !(event.shiftKey || events.tabLeaves())
    // Ctrl-Shift belongs to the browser: copying and pasting, in a terminal.
    if (event.ctrlKey && event.shiftKey) return false
    // Ctrl-V means nothing to this shell, and pasting to most people.
    return !(event.ctrlKey && event.key === 'v')
  })
  terminal.onData(events.onData)
  takeInsertedText(terminal, events.onData)
  const fill = () => {
    if (host.clientWidth === 0 || host.clientHeight === 0) return
    const size = Number.parseFloat(getComputedStyle(host).fontSize)
    if (size !== terminal.options.fontSize) terminal.options.fontSize = size
    fit.fit()
  }
  return {
    get columns() {
      return terminal.cols
    },
    write: (text) => terminal.write(text),
    showIn(next) {
      if (host.parentElement !== next) next.append(host)
      fill()
    },
    fit: fill,
  }
}

/**
 * For screen readers, xterm lets what is typed pass through its text area, and there ignores text that comes without a
 * key: from an emoji panel, dictation, or an input method that commits at once.
 */
function takeInsertedText({ textarea }: Terminal, onData: (data: string) => void): void {
  if (textarea === undefined) return
  let keyIsDown = false
  textarea.addEventListener('keydown', () => {
    keyIsDown = true
  })
  textarea.addEventListener('keyup', () => {
    keyIsDown = false
  })
  textarea.addEventListener('input', (event) => {
    if (!(event instanceof InputEvent) || event.inputType !== 'insertText' || event.isComposing || keyIsDown) return
    if (event.data !== null) onData(event.data)
  })
}
