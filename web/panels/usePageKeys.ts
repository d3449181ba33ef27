import { useEffect } from 'react'
import { usePage } from './hooks.ts'
import { commandOfKey, isTaken, perform } from './keys.ts'

/** The keys that work everywhere on the page. */
export function usePageKeys(): void {
  const page = usePage()
  useEffect(() => {
    /** How the focus came to where it is. */
    let byPointer = false
    const point = () => {
      byPointer = true
    }
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Tab') byPointer = false
      const command = commandOfKey(event)
      if (command === null || event.defaultPrevented || isTaken(document.activeElement, event.key, byPointer)) return
      event.preventDefault()
      if (command === 'help') page.session.getState().setHelpOpen(true)
      else perform(command, page.playhead.getState())
    }
    // A button is pressed when the space bar is let go, in browsers that do not ask what became of the key before.
    const release = (event: KeyboardEvent) => {
      if (event.key === ' ' && !isTaken(document.activeElement, ' ', byPointer)) event.preventDefault()
    }
    document.addEventListener('pointerdown', point, true)
    document.addEventListener('keydown', press)
    document.addEventListener('keyup', release)
    return () => {
      document.removeEventListener('pointerdown', point, true)
      document.removeEventListener('keydown', press)
      document.removeEventListener('keyup', release)
    }
  }, [page])
}
