/** Point at anything, see where it came from: which tokens are the same bytes, and the curve between them. */
import { spansOverlap } from '../../shared/bytes/span.ts'
import type { CardId } from './cardId.ts'
import type { Link, Token } from './content/content.ts'
import { clamp, curve, type Point } from './geometry.ts'
import { type Card, type Scene, stageCards } from './scene.ts'

export function isHighlighted(link: Link | null, shown: Link | null): boolean {
  if (link === null || shown === null) return false
  if (shown.out !== null) return link.out === shown.out
  return shown.spans.some((span) => link.spans.some((other) => spansOverlap(span, other)))
}

interface Box {
  left: Point
  right: Point
  /** The right border of its card: cards of one column have the same. */
  column: number
}

/** From one card to another below it: round the border of both, so that it strikes out nothing that stands between. */
function around(a: Point, b: Point, border: number): string {
  const x = border + 18
  return `M${a.x} ${a.y}C${x} ${a.y} ${x} ${a.y} ${x} ${(a.y + b.y) / 2}S${x} ${b.y} ${b.x} ${b.y}`
}

function boxOf(scene: Scene, card: Card, row: number, token: Token): Box {
  const { title, pad, cell, line } = scene.metrics
  const y = card.rect.y + title + clamp((row + 0.5) * line - card.scroll, 4, Math.max(4, card.bodyHeight - 4))
  const x = card.rect.x + pad + token.col * cell
  return {
    left: { x: x - 2, y },
    right: { x: Math.min(x + token.text.length * cell, card.rect.x + card.rect.w) + 2, y },
    column: Math.round(card.rect.x + card.rect.w),
  }
}

/** What somebody points at: in which card, or with the keyboard. */
export interface Pointed {
  readonly link: Link
  readonly from: CardId | null
}

/**
 * The scene with its cards scrolled so that what is highlighted is seen on each. The card that is pointed at stays as it is:
 * nothing moves away under a pointer.
 */
export function showingHighlight(scene: Scene, { link, from }: Pointed): Scene {
  const cards = { ...scene.cards }
  for (const card of stageCards(scene)) {
    if (card.id !== from) cards[card.id] = scrolledTo(card, link, scene.metrics.line)
  }
  return { ...scene, cards }
}

function scrolledTo(card: Card, shown: Link, line: number): Card {
  const isShown = (row: number): boolean =>
    row * line >= card.scroll && (row + 1) * line <= card.scroll + card.bodyHeight
  const rows = [...card.rows.keys()].filter(
    (row) => card.rows[row]?.tokens.some(({ link }) => isHighlighted(link, shown)) === true,
  )
  const [first] = rows
  if (card.chip || first === undefined || rows.some(isShown)) return card
  const scroll = clamp((first - 1) * line, 0, Math.max(0, card.contentHeight - card.bodyHeight))
  return { ...card, scroll }
}

/** The last highlighted token of a card: of a key and its value, the value. */
function highlightedBox(scene: Scene, card: Card, shown: Link): Box | null {
  if (card.chip || card.state === 'unreached') return null
  let found: Box | null = null
  for (const [index, row] of card.rows.entries()) {
    for (const token of row.tokens) {
      if (isHighlighted(token.link, shown) && !card.hidden.has(token.id)) found ??= boxOf(scene, card, index, token)
    }
  }
  return found
}

/** SVG paths that join the highlighted tokens, card by card in the order of travel. */
export function highlightCurves(scene: Scene, shown: Link): string[] {
  const boxes: Box[] = []
  for (const card of stageCards(scene)) {
    const box = highlightedBox(scene, card, shown)
    if (box !== null) boxes.push(box)
  }
  const paths: string[] = []
  for (let i = 1; i < boxes.length; i++) {
    const [a, b] = [boxes[i - 1], boxes[i]]
    if (a === undefined || b === undefined) continue
    if (a.column === b.column) paths.push(around(a.right, b.right, a.column))
    else paths.push(b.left.x >= a.right.x ? curve(a.right, b.left) : curve(a.left, b.right))
  }
  return paths
}

/** The tone that a highlighted link is drawn in: that of the first card that has it. */
export function highlightTone(scene: Scene, shown: Link): Token['tone'] {
  for (const card of stageCards(scene).reverse()) {
    for (const row of card.rows) {
      const token = row.tokens.find(({ link, tone }) => isHighlighted(link, shown) && tone !== 'plain')
      if (token !== undefined) return token.tone
    }
  }
  return 'plain'
}

/** The linked tokens of a card, in order: what the up and down arrows go through. */
export const linkedTokens = (card: Card): Token[] =>
  card.rows.flatMap((row) => row.tokens.filter((token) => token.link !== null && !card.hidden.has(token.id)))
