/** What suits the person: light or dark, their language, the keyboard alone, less motion. */
import { curl } from './clients.ts'
import { CARDS, type CardName } from './scopePage.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

const HELLO = `${sample('hello.py')}:app`
const LIGHT = 'rgb(246, 245, 240)'
const DARK = 'rgb(18, 20, 24)'

test('the theme is the system’s until one is chosen, and the choice is kept', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve()
  await scope.open(server.ui)
  const body = page.locator('body')
  await expect(body).toHaveCSS('background-color', LIGHT)
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect(body).toHaveCSS('background-color', DARK)

  await page.getByRole('combobox', { name: 'Theme' }).selectOption('Light')
  await expect(body).toHaveCSS('background-color', LIGHT)
  await page.reload()
  await expect(body).toHaveCSS('background-color', LIGHT)

  await page.getByRole('combobox', { name: 'Theme' }).selectOption('Dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect(body).toHaveCSS('background-color', DARK)
})

test('the page speaks English or Chinese, its terms stay, and the choice is kept', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await scope.press('Last')
  for (const name of CARDS) await expect(scope.card(name)).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')

  await page.getByRole('button', { name: '中文' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await expect(scope.caption).toContainText(/[\u4e00-\u9fff]{4}/)
  await expect(scope.card('environ')).toBeVisible()
  await expect(scope.card('start_response')).toBeVisible()
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await page.getByRole('button', { name: 'EN', exact: true }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
})

test('a browser that asks for Chinese gets Chinese', async ({ serve, browser }) => {
  const server = await serve()
  const context = await browser.newContext({ locale: 'zh-CN' })
  const page = await context.newPage()
  await page.goto(server.ui)
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await context.close()
})

test('every step is on the keyboard', async ({ serve, scope }) => {
  const { page } = scope
  const { keyboard } = page
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl('-d', 'How are you', `${server.http}/?name=Ada`)
  await scope.press('Last')
  await expect(scope.caption).toContainText('is over')
  const beats = await scope.beats()
  const at = async (beat: number) => {
    await expect(scope.playhead).toHaveValue(String(beat))
    await scope.atRest()
  }

  await keyboard.press('Home')
  await at(0)
  for (const [index, key] of ['ArrowRight', 'PageDown', 'ArrowRight'].entries()) {
    await keyboard.press(key)
    await at(index + 1)
  }
  await keyboard.press('ArrowLeft')
  await at(2)
  await keyboard.press('PageUp')
  await at(1)
  await keyboard.press('Shift+ArrowRight')
  await expect(page.getByText(/^event \d+ of \d+$/)).toBeVisible()
  await keyboard.press('End')
  await at(beats)

  await keyboard.press('Home')
  await keyboard.press('p')
  await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
  await keyboard.press('p')
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()

  await keyboard.press('?')
  const help = page.getByRole('dialog')
  await expect(help).toBeVisible()
  await keyboard.press('Escape')
  await expect(help).toBeHidden()
})

test('Tab reaches every control and leaves the terminal again', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await scope.press('Last')
  await expect(scope.card('Client').locator('.xterm')).toBeVisible()
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  })
  const reached = new Set<string>()
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const name = await page.evaluate(() => {
      const { activeElement: element } = document
      return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
    })
    reached.add(name)
  }
  for (const name of [
    ...['Open trace…', 'EN', '中文', 'Theme', 'Help', 'Exchanges', 'Terminal input', 'Playhead'],
    ...['First', 'Step back', 'Play', 'Step forward', 'Last', 'Speed'],
  ]) {
    expect([...reached]).toContain(name)
  }
})

test('the exchanges are chosen with the arrow keys', async ({ serve, scope }) => {
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  for (const path of ['/a', '/b', '/c']) await curl(`${server.http}${path}`)
  await expect(scope.options).toHaveCount(3)
  await scope.exchanges.focus()
  await scope.page.keyboard.press('Home')
  await expect(scope.options.nth(0)).toHaveAttribute('aria-selected', 'true')
  await scope.page.keyboard.press('ArrowRight')
  await expect(scope.options.nth(1)).toHaveAttribute('aria-selected', 'true')
  await scope.page.keyboard.press('End')
  await expect(scope.options.nth(2)).toHaveAttribute('aria-selected', 'true')
})

test('whoever asks for less motion sees steps and no flights', async ({ serve, scope }) => {
  const { page } = scope
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl('-d', 'How are you', `${server.http}/?name=Ada`)
  await scope.press('Last')
  await expect(scope.caption).toContainText('is over')
  await scope.press('First')
  const flights = await page.evaluateHandle(() => {
    const seen = { flights: 0, pictures: 0 }
    new MutationObserver(() => {
      seen.pictures++
      seen.flights += document.querySelectorAll('.flight').length
    }).observe(document.querySelector('.stage') ?? document.body, { subtree: true, childList: true, attributes: true })
    return seen
  })
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('4×')
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect(scope.playhead).toHaveValue(String(await scope.beats()))
  const seen = await flights.jsonValue()
  expect(seen.flights).toBe(0)
  expect(seen.pictures).toBeGreaterThan(5)
})

test('pointing at a value lights the same bytes on every card', async ({ serve, scope }) => {
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/?name=Ada`)
  await scope.press('Last')
  await scope.unfold('Request line')
  await scope.card('Request line').getByText('name=Ada', { exact: true }).hover()
  for (const name of ['Socket bytes', 'Request line', 'environ'] as const) {
    await expect(scope.card(name).locator('.lit')).toContainText(['name=Ada'])
  }
  await scope.page.mouse.move(5, 5)
  await expect(scope.page.locator('.lit')).toHaveCount(0)
})

test('a term of the caption opens its explanation', async ({ serve, scope }) => {
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await scope.press('First')
  await scope.press('Step forward')
  const term = scope.page.getByRole('button', { name: 'connection', exact: true })
  const gloss = scope.page.getByRole('tooltip')
  await expect(term).toHaveAttribute('aria-expanded', 'false')
  await term.hover()
  await expect(gloss).toContainText('a two-way stream of bytes')
  await scope.page.mouse.move(5, 5)
  await expect(gloss).toHaveCount(0)
  await term.focus()
  await expect(gloss).toBeVisible()
  await scope.page.keyboard.press('Escape')
  await expect(gloss).toHaveCount(0)
  await term.click()
  await expect(term).toHaveAttribute('aria-expanded', 'true')
  await scope.page.mouse.move(5, 5)
  await expect(gloss).toBeVisible()
  await scope.page
    .locator('.brand, .mark, header')
    .first()
    .click({ position: { x: 2, y: 2 } })
  await expect(gloss).toHaveCount(0)
})

test('a card is enlarged over the picture, and columns are folded away', async ({ serve, scope }) => {
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await curl(`${server.http}/?name=Ada`)
  await scope.press('Last')
  const width = async (name: CardName): Promise<number> => (await scope.card(name).boundingBox())?.width ?? 0
  const before = await width('environ')
  await scope.page.getByRole('button', { name: 'Enlarge: environ' }).click()
  expect(await width('environ')).toBeGreaterThan(2 * before)
  await expect(scope.card('environ')).toContainText('wsgi.file_wrapper')
  await scope.page.keyboard.press('Escape')
  expect(await width('environ')).toBe(before)
  await scope.page.getByRole('button', { name: 'Fold away: Client' }).click()
  await scope.page.getByRole('button', { name: 'Fold away: Application' }).click()
  expect(await width('environ')).toBeGreaterThan(before * 1.2)
  await scope.unfold('Client')
  await scope.unfold('Application')
  expect(await width('environ')).toBe(before)
})
