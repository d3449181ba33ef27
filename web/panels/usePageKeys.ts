import { useEffect } from 'react'
import { page } from '../store/stores.ts'
import { commandOfKey, isTaken, perform } from './keys.ts'

/** The keys that work everywhere on the page. */
export function usePageKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const command = commandOfKey(event)
      if (command === null || event.defaultPrevented || isTaken(document.activeElement, event.key)) return
      event.preventDefault()
      if (command === 'help') page.session.getState().setHelpOpen(true)
      else perform(command, page.playhead.getState())
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}
