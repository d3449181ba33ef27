/** The scene, with what somebody does to it: points, scrolls, opens, folds and enlarges. Nothing of it is in the trace. */
import { useEffect, useMemo, useState } from 'react'
import type { CardId } from './cardId.ts'
import type { Link } from './content/content.ts'
import { linkedTokens, type Pointed, showingHighlight } from './highlight.ts'
import { layout, type Scene, type SceneInput } from './scene.ts'

export function pointedAt(scene: Scene, target: EventTarget): Pointed | null {
  if (!(target instanceof Element)) return null
  const id = target.closest('[data-token]')?.getAttribute('data-token')
  const from = target.closest('[data-card]')?.getAttribute('data-card')
  const card = Object.values(scene.cards).find((each) => each.id === from)
  if (id == null || card === undefined) return null
  const link = linkedTokens(card).find((token) => token.id === id)?.link
  return link == null ? null : { link, from: card.id }
}

type Scrolled = SceneInput['scrolled']

/** What somebody does to the picture; all of it holds until the playhead moves on. */
export function useScene(input: Omit<SceneInput, 'pinned' | 'scrolled' | 'folded' | 'enlarged'>) {
  const { events, playhead, view, words, sourceOf, deployment, appFile } = input
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const [scrolled, setScrolled] = useState<{ at: number; by: Scrolled }>({ at: 0, by: {} })
  const still = scrolled.at === playhead ? scrolled.by : NOT_SCROLLED
  const [opened, setOpened] = useState<{ card: CardId; at: number } | null>(null)
  const pinned = opened !== null && opened.at === playhead ? opened.card : null
  const [folded, setFolded] = useState<ReadonlySet<CardId>>(NONE_FOLDED)
  const [enlarged, setEnlarged] = useState<CardId | null>(null)
  const laidOut = useMemo(
    () =>
      layout({
        events,
        playhead,
        view,
        words,
        sourceOf,
        deployment,
        appFile,
        pinned,
        scrolled: still,
        folded,
        enlarged,
      }),
    [events, playhead, view, words, sourceOf, deployment, appFile, pinned, still, folded, enlarged],
  )
  const scene = useMemo(() => (pointed === null ? laidOut : showingHighlight(laidOut, pointed)), [laidOut, pointed])
  return {
    scene,
    highlight: pointed?.link ?? null,
    onPointed: setPointed,
    onHighlight: (link: Link | null): void => setPointed(link === null ? null : { link, from: null }),
    onScrolled: (id: CardId, top: number): void => setScrolled({ at: playhead, by: { ...still, [id]: top } }),
    /** A chip that somebody opened takes the place of a card that matters; a column that was folded away comes back. */
    onOpen(card: CardId): void {
      if (folded.has(card)) setFolded(new Set([...folded].filter((each) => each !== card)))
      else setOpened({ card, at: playhead })
    },
    onFold: (card: CardId): void => setFolded(new Set([...folded, card])),
    enlarged,
    onEnlarge: setEnlarged,
  }
}

/** Whoever has enlarged a card leaves it with Escape as well. */
export function useEscape(pressed: (() => void) | null): void {
  useEffect(() => {
    if (pressed === null) return
    const press = (event: globalThis.KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) pressed()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [pressed])
}

const NONE_FOLDED: ReadonlySet<CardId> = new Set()
const NOT_SCROLLED: Scrolled = {}
