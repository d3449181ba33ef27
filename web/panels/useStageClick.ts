import { type RefObject, useEffect } from 'react'
import { usePage } from './hooks.ts'

/** What answers to a click itself, or is read and copied. */
const OWN =
  'a, button, input, select, textarea, summary, label, [role="button"], [data-token], .tok, .client, [tabindex]:not(.card-body)'

/** While a first trip is read, a click on the picture is the next beat: where it hits nothing, and clears no selection. */
export function useStageClick(stage: RefObject<HTMLElement | null>): void {
  const page = usePage()
  useEffect(() => {
    const element = stage.current
    if (element === null) return
    let selected = false
    const press = () => {
      selected = window.getSelection()?.isCollapsed === false
    }
    const click = ({ target, button }: MouseEvent) => {
      const { guided, stepForward } = page.playhead.getState()
      const marks = selected || window.getSelection()?.isCollapsed === false
      if (!guided || marks || button !== 0 || !(target instanceof Element) || target.closest(OWN) !== null) return
      stepForward()
    }
    element.addEventListener('pointerdown', press)
    element.addEventListener('click', click)
    return () => {
      element.removeEventListener('pointerdown', press)
      element.removeEventListener('click', click)
    }
  }, [page, stage])
}
