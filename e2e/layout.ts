/** What can be seen to be wrong with a drawn page without knowing what it should look like. */
import type { Page } from '@playwright/test'

/**
 * Sentences about what is cut off, covered, overlapping or outside of the window; none for a page that is well drawn.
 * What is in flight may pass over everything, and is left out.
 */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    /** Rounding and antialiasing: less than this cannot be seen. */
    const SLACK = 1.5
    const root = document.scrollingElement ?? document.documentElement
    if (root.scrollWidth > root.clientWidth) faults.push(`the page scrolls sideways: ${root.scrollWidth} px wide`)
    if (root.scrollHeight > root.clientHeight) faults.push(`the page scrolls down: ${root.scrollHeight} px high`)

    interface Box {
      left: number
      top: number
      right: number
      bottom: number
    }
    const common = (a: Box, b: Box): Box => ({
      left: Math.max(a.left, b.left),
      top: Math.max(a.top, b.top),
      right: Math.min(a.right, b.right),
      bottom: Math.min(a.bottom, b.bottom),
    })
    const overlaps = (a: Box, b: Box): boolean => {
      const { left, top, right, bottom } = common(a, b)
      return right - left > SLACK && bottom - top > SLACK
    }
    const window_: Box = { left: 0, top: 0, right: innerWidth, bottom: innerHeight }
    const within = (a: Box, b: Box): boolean =>
      a.left >= b.left - SLACK && a.top >= b.top - SLACK && a.right <= b.right + SLACK && a.bottom <= b.bottom + SLACK
    const shown = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      element.closest('.sr-only, .visually-hidden') === null

    const cards = [...document.querySelectorAll<HTMLElement>('[data-card]')].filter(shown)
    for (const [index, card] of cards.entries()) {
      const box = card.getBoundingClientRect()
      if (!within(box, window_)) faults.push(`card ${card.dataset['card']} leaves the window`)
      for (const other of cards.slice(index + 1)) {
        if (overlaps(box, other.getBoundingClientRect())) {
          faults.push(`cards ${card.dataset['card']} and ${other.dataset['card']} overlap`)
        }
      }
    }

    for (const control of document.querySelectorAll('button, select, [role="slider"], input[type="range"]')) {
      if (!shown(control)) continue
      const box = control.getBoundingClientRect()
      const name = control.getAttribute('aria-label') ?? control.textContent ?? ''
      if (!within(box, window_)) faults.push(`the control ${name} leaves the window`)
      const top = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)
      if (top !== null && !control.contains(top) && !top.contains(control)) {
        faults.push(`the control ${name} is covered by ${top.className || top.tagName}`)
      }
    }

    // Every piece of text that is drawn: not cut off by anything it lies in, and not on top of another.
    const MAY_SCROLL = '.card-body, .exchanges, .xterm, .outside-parts, .log, .card-foot'
    const pieces: { text: string; box: Box; from: Element }[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      const text = node.nodeValue?.trim() ?? ''
      if (element === null || text === '' || !shown(element)) continue
      if (element.closest('.flights, select, .xterm, script, style, [role="tooltip"]') !== null) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const rect of range.getClientRects()) {
        let visible: Box = rect
        for (let parent: Element | null = element; parent !== null; parent = parent.parentElement) {
          const { overflowX, overflowY, position } = getComputedStyle(parent)
          if (overflowX !== 'visible' || overflowY !== 'visible') {
            const clip = parent.getBoundingClientRect()
            const cutSideways = visible.left < clip.left - SLACK || visible.right > clip.right + SLACK
            const cutBelow = visible.top < clip.top - SLACK || visible.bottom > clip.bottom + SLACK
            const scrolls = parent.matches(MAY_SCROLL)
            if (cutSideways && !(scrolls && overflowX !== 'hidden')) faults.push(`cut off at the side: ${text}`)
            if (cutBelow && !scrolls) faults.push(`cut off in its height: ${text}`)
            visible = common(visible, clip)
            if (visible.right - visible.left < 1 || visible.bottom - visible.top < 1) break
          }
          if (position === 'fixed') break
        }
        if (visible.right - visible.left < 1 || visible.bottom - visible.top < 1) continue
        if (!within(visible, window_)) faults.push(`leaves the window: ${text}`)
        pieces.push({ text, box: visible, from: element })
      }
    }
    for (const [index, piece] of pieces.entries()) {
      for (const other of pieces.slice(index + 1)) {
        // A line is a little higher than its letters: what only touches does not cover.
        const a = { ...piece.box, top: piece.box.top + 3, bottom: piece.box.bottom - 3 }
        const b = { ...other.box, top: other.box.top + 3, bottom: other.box.bottom - 3 }
        if (overlaps(a, b) && !piece.from.contains(other.from) && !other.from.contains(piece.from)) {
          faults.push(`text on text: ${piece.text} / ${other.text}`)
        }
      }
    }
    return [...new Set(faults)]
  })
}
