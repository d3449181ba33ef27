/** The keys of the page, and when they are not the page's. */
import type { PlayheadState } from '../store/playheadStore.ts'

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

/** Where typing goes, and in a choice that opens, every key belongs there. */
const TYPING =
  'input:not([type="range"], [type="radio"], [type="checkbox"], [type="file"]), textarea, select, [contenteditable], .xterm, dialog'

/** Of other controls, the keys they have themselves. */
const OWN_KEYS: readonly (readonly [selector: string, keys: readonly string[]])[] = [
  ['[role="listbox"], [role="menu"]', ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']],
  ['[role="tablist"]', ['ArrowLeft', 'ArrowRight']],
  ['[role="radiogroup"], input[type="radio"]', ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', ' ']],
  ['input[type="checkbox"], input[type="file"]', [' ']],
]

/** Pressed with the space bar, by whoever came to them with the keyboard. */
const PRESSABLE = 'button, a[href], summary, [role="button"]'

/**
 * Whether the element with the focus needs this key itself. `byPointer`: it has the focus because it was clicked; whoever
 * clicked a button does not wait in front of it, and means the page.
 */
export function isTaken(
  element: { closest(selectors: string): unknown } | null,
  key: string,
  byPointer: boolean,
): boolean {
  if (element === null) return false
  if (element.closest(TYPING) !== null) return true
  if (OWN_KEYS.some(([selector, keys]) => keys.includes(key) && element.closest(selector) !== null)) return true
  return key === ' ' && !byPointer && element.closest(PRESSABLE) !== null
}
