import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import type { Glossary, Term } from './glossary.ts'

interface GlossTermProps {
  term: Term
  /** As it is said here. */
  said: string
  glossary: Glossary
}

/** Of a status, what that one means; of one that is not listed, what a status is. */
function glossOf(term: Term, said: string, glossary: Glossary): string {
  if (term !== 'status') return glossary[term]
  return glossary.statuses[Number.parseInt(said, 10)] ?? glossary.status
}

/** How it was opened: by the pointer over it or the focus, for as long as that is so; or by a press, until it is closed. */
type Opened = 'hovered' | 'focused' | 'pressed'

/** A word that explains itself: to a pointer over it, to the focus, and to a touch. */
export function GlossTerm({ term, said, glossary }: GlossTermProps) {
  const [opened, setOpened] = useState<Opened | null>(null)
  const button = useRef<HTMLButtonElement>(null)
  const id = useId()
  useClosing(opened !== null, button, () => setOpened(null))
  return (
    <>
      <button
        ref={button}
        type="button"
        className="term"
        aria-expanded={opened !== null}
        aria-describedby={opened === null ? undefined : id}
        onPointerEnter={({ pointerType }) => pointerType === 'mouse' && setOpened(opened ?? 'hovered')}
        onPointerLeave={() => setOpened(opened === 'hovered' ? null : opened)}
        onFocus={() => setOpened(opened ?? 'focused')}
        onBlur={() => setOpened(null)}
        onClick={() => setOpened(opened === 'pressed' ? null : 'pressed')}
      >
        {said}
      </button>
      {opened !== null && <Gloss id={id} at={button} text={glossOf(term, said, glossary)} />}
    </>
  )
}

/** Escape and a press elsewhere close it. */
function useClosing(open: boolean, button: React.RefObject<HTMLButtonElement | null>, close: () => void): void {
  const onClose = useRef(close)
  onClose.current = close
  useEffect(() => {
    if (!open) return
    const press = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      onClose.current()
    }
    const point = ({ target }: PointerEvent): void => {
      if (!(target instanceof Node) || button.current?.contains(target) !== true) onClose.current()
    }
    document.addEventListener('keydown', press, true)
    document.addEventListener('pointerdown', point, true)
    return () => {
      document.removeEventListener('keydown', press, true)
      document.removeEventListener('pointerdown', point, true)
    }
  }, [open, button])
}

/** From the word to its explanation, and from that to the window's border, in pixels. */
const GAP = 8

/** Below the word, away from the picture that it is about; above it where there is no room. */
function Gloss({ id, at, text }: { id: string; at: React.RefObject<HTMLElement | null>; text: string }) {
  const box = useRef<HTMLSpanElement>(null)
  useLayoutEffect(() => {
    const [word, own] = [at.current?.getBoundingClientRect(), box.current]
    if (word === undefined || own === null) return
    const { width, height } = own.getBoundingClientRect()
    const below = word.bottom + GAP
    own.style.left = `${Math.max(GAP, Math.min(word.left, window.innerWidth - width - GAP))}px`
    own.style.top = `${below + height + GAP <= window.innerHeight ? below : Math.max(GAP, word.top - GAP - height)}px`
  })
  return createPortal(
    <span ref={box} id={id} role="tooltip" className="gloss">
      {text}
    </span>,
    document.body,
  )
}
