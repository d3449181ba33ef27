import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chipWidth, drawnRange, scrollShowing, stripLayout } from './stripLayout.ts'

const widths = fc.array(fc.integer({ min: 40, max: 350 }), { minLength: 1, maxLength: 200 })

test('every chip that is in sight is drawn, and of two hundred a screenful and some more', () => {
  fc.assert(
    fc.property(widths, fc.nat(60_000), fc.integer({ min: 100, max: 2000 }), (all, scroll, width) => {
      const layout = stripLayout(all, 16)
      const { from, to } = drawnRange(layout, scroll, width)
      for (const [index, left] of layout.lefts.entries()) {
        const inSight = left < scroll + width && left + (all[index] ?? 0) > scroll
        if (inSight) expect(index >= from && index < to).toBe(true)
      }
      expect(to - from).toBeLessThanOrEqual(Math.ceil(width / 48) + 26)
    }),
  )
})

test('the chip that is selected is scrolled into sight, and nothing moves where it is in sight', () => {
  fc.assert(
    fc.property(widths, fc.nat(199), fc.nat(60_000), (all, n, scroll) => {
      const at = n % all.length
      const layout = stripLayout(all, 16)
      const to = scrollShowing(layout, at, scroll, 1000)
      const left = layout.lefts[at] ?? 0
      expect(left >= to && left + (all[at] ?? 0) <= to + 1000).toBe(true)
      expect(scrollShowing(layout, at, to, 1000)).toBe(to)
    }),
  )
})

test('a chip is as wide as its text, at most as wide as the page allows', () => {
  expect(chipWidth('GET / 200', 0, 13, 16)).toBe(Math.ceil(9 * 0.6 * 13 + 26))
  // Twenty characters of 13 px, as Chromium measures them: with 156 px the last one would be cut.
  expect(chipWidth('GET /fail 500 by app', 0, 13, 16)).toBeGreaterThanOrEqual(156.03125 + 26)
  expect(chipWidth('GET /你 200', 0, 13, 16)).toBeGreaterThan(chipWidth('GET /a 200', 0, 13, 16))
  expect(chipWidth('GET / 200', 3, 13, 16)).toBeGreaterThan(chipWidth('GET / 200', 0, 13, 16) + 13)
  expect(chipWidth('x'.repeat(500), 0, 13, 16)).toBe(352)
})
