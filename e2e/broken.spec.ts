/** What cannot be drawn, and what cannot be true, keeps the page. */
import { curl } from './clients.ts'
import { expect, test } from './test.ts'

declare global {
  interface Window {
    /** Whether the layout of the picture fails. */
    broken?: boolean
  }
}

test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('a picture that cannot be drawn says so, keeps the terminal, and is drawn again at the next moment', async ({
  serve,
  scope,
  expectComplaints,
}) => {
  expectComplaints(/no such row/)
  await scope.page.addInitScript(() => {
    const original = Array.prototype.findIndex
    Array.prototype.findIndex = function (this: unknown[], ...args: Parameters<typeof original>) {
      const [first] = this
      // The layout alone looks for rows, which have tokens.
      const ofRows = typeof first === 'object' && first !== null && 'tokens' in first
      if (window.broken === true && ofRows) throw new Error('no such row')
      return original.apply(this, args)
    }
  })
  const server = await serve()
  await scope.open(server.ui)
  await curl(server.http)
  await expect(scope.options).toHaveCount(1)
  await scope.press('First')
  await scope.press('Step forward')
  await scope.page.evaluate(() => {
    window.broken = true
  })
  await scope.press('Step forward')
  await expect(scope.page.getByRole('alert').filter({ hasText: 'cannot be drawn' })).toContainText('no such row')
  await expect(scope.page.getByRole('slider', { name: 'Playhead' })).toBeVisible()
  await expect(scope.page.locator('.not-drawn .xterm')).toBeVisible()
  await scope.page.evaluate(() => {
    window.broken = false
  })
  await scope.press('Step forward')
  await expect(scope.card('Socket bytes')).toBeVisible()
  await expect(scope.page.getByRole('alert').filter({ hasText: 'cannot be drawn' })).toHaveCount(0)
})
