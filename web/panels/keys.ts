/** The keys of the page, and when they are not the page's. */
import type { PlayheadState } from '../store/playhead.ts'

export type Command =
  | 'stepForward'
  | 'stepBack'
  | 'stepEventForward'
  | 'stepEventBack'
  | 'first'
  | 'last'
  | 'toggle'
  | 'help'

export interface KeyPress {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
}

/** What a key asks for. Clickers for presentations send PageUp and PageDown. */
export function commandOfKey({ key, shiftKey, ctrlKey, altKey, metaKey }: KeyPress): Command | null {
  if (ctrlKey || altKey || metaKey) return null
  switch (key) {
    case 'ArrowRight':
    case 'PageDown':
    case ' ':
      return shiftKey ? 'stepEventForward' : 'stepForward'
    case 'ArrowLeft':
    case 'PageUp':
      return shiftKey ? 'stepEventBack' : 'stepBack'
    case 'Home':
      return 'first'
    case 'End':
      return 'last'
    case 'p':
    case 'P':
      return 'toggle'
    case '?':
      return 'help'
    default:
      return null
  }
}

export function perform(command: Exclude<Command, 'help'>, playhead: PlayheadState): void {
  if (command !== 'toggle') playhead[command]()
  else if (playhead.playing) playhead.pause()
  else playhead.play()
}

/** Where typing goes, every key belongs; where a control has keys of its own, those do. */
const TYPING = 'input:not([type="range"]), textarea, [contenteditable], .xterm, dialog'
const OWN_KEYS = 'select, [role="listbox"], [role="tablist"], [role="menu"], [role="radiogroup"]'
const PRESSABLE = 'button, a[href], summary, [role="button"]'

/** Whether the element with the focus needs this key itself. */
export function isTaken(element: { closest(selectors: string): unknown } | null, key: string): boolean {
  if (element === null) return false
  if (element.closest(TYPING) !== null) return true
  if (key !== '?' && element.closest(OWN_KEYS) !== null) return true
  return key === ' ' && element.closest(PRESSABLE) !== null
}
