/** Whoever is here for the first time reads the first trip beat by beat. */
import { curl } from './clients.ts'
import type { ScopePage } from './scopePage.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

test.use({ firstTime: true })

const HELLO = `${sample('hello.py')}:app`

const next = (scope: ScopePage) => scope.page.getByRole('button', { name: 'Next', exact: true })
const readAt = async (scope: ScopePage, beat: number) => {
  await expect(scope.playhead).toHaveValue(String(beat))
  await expect(scope.page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
}
const captionHeight = (scope: ScopePage) =>
  scope.page.locator('.page-caption').evaluate((caption) => caption.getBoundingClientRect().height)

test('the first trip waits at each beat: for the button, keys, a click on the picture', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/?name=Ada`)
  await readAt(scope, 1)
  const height = await captionHeight(scope)
  await next(scope).click()
  await readAt(scope, 2)
  await page.keyboard.press('Space')
  await readAt(scope, 3)
  await page.keyboard.press('PageDown')
  await readAt(scope, 4)
  await page.keyboard.press('ArrowRight')
  await readAt(scope, 5)
  const picture = await page.locator('.picture').boundingBox()
  await page.mouse.click((picture?.x ?? 0) + (picture?.width ?? 0) / 2, (picture?.y ?? 0) + (picture?.height ?? 0) - 4)
  await readAt(scope, 6)
  // A value is there to be pointed at, and the terminal to be typed into.
  await scope.card('environ').getByText("'name=Ada'", { exact: true }).click()
  await scope.card('Client').locator('.xterm-screen').click()
  await expect(scope.playhead).toHaveValue('6')

  // What arrives meanwhile waits, and can be asked for.
  await curl(`${server.http}/second`)
  await expect(scope.options).toHaveCount(2)
  await expect(page.getByRole('button', { name: /Follow newest/ })).toBeVisible()
  await expect(scope.playhead).toHaveValue('6')
  expect(await captionHeight(scope)).toBe(height)

  // Who does not want to wait for the flights is there at once.
  const beats = await scope.beats()
  await next(scope).click()
  for (let presses = 0; presses < 2 * (beats - 6); presses++) await page.keyboard.press('Space')
  await expect(scope.playhead).toHaveValue(String(beats))
  await expect(next(scope)).toBeHidden()
  expect(await captionHeight(scope)).toBe(height)
})

test('who has it played is not made to wait again, also after a reload', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('4×')
  await curl(`${server.http}/first`)
  await readAt(scope, 1)
  await page.getByRole('button', { name: 'Play it through' }).click()
  await expect(scope.playhead).toHaveValue(String(await scope.beats()))
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
  await page.reload()
  await expect(scope.options).toHaveText(['GET /first 200'])
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('4×')
  await curl(`${server.http}/second`)
  await expect(scope.options).toHaveCount(2)
  await expect(next(scope)).toBeHidden()
  await expect(scope.caption).toContainText('is over')
  await expect(scope.playhead).toHaveValue(String(await scope.beats()))
})

test('with less motion it waits just the same', async ({ serve, scope }) => {
  await scope.page.emulateMedia({ reducedMotion: 'reduce' })
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await readAt(scope, 1)
  await next(scope).click()
  await readAt(scope, 2)
})
