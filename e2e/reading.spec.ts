/** A person reads what is on the page: copies it, searches it, and goes through it with the keys after a click. */
import { curl } from './clients.ts'
import { layoutFaults } from './layout.ts'
import type { ScopePage } from './scopePage.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

test.use({ contextOptions: { reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] } })

async function copied({ page }: ScopePage): Promise<string> {
  await page.keyboard.press('ControlOrMeta+c')
  return await page.evaluate(() => navigator.clipboard.readText())
}

test('a card is copied as what stands in it: a line for each value, bytes as bytes', async ({ serve, scope }) => {
  const server = await serve()
  await scope.open(server.ui)
  await curl('-H', `X-Long: ${'long '.repeat(60)}end`, `${server.http}/?name=Ada`)
  await scope.press('Last')
  await scope.card('environ').locator('.card-body').click()
  await scope.page.keyboard.press('ControlOrMeta+a')
  const environ = (await copied(scope)).split('\n')
  expect(environ).toContain('REQUEST_METHOD: GET')
  expect(environ).toContain(`HTTP_X_LONG: ${'long '.repeat(60)}end`)

  // From the first row to somewhere in the second: both of them.
  const rows = scope.card('Socket bytes').locator('.row')
  const [from, to] = [await rows.nth(0).boundingBox(), await rows.nth(2).boundingBox()]
  if (from === null || to === null) throw new Error('the card has three rows')
  await scope.page.mouse.move(from.x + 12, from.y + from.height / 2)
  await scope.page.mouse.down()
  await scope.page.mouse.move(to.x + 40, to.y + to.height / 2, { steps: 4 })
  await scope.page.mouse.up()
  const bytes = await copied(scope)
  expect(bytes.replaceAll('\r\n', '\n')).toMatch(/^GET \/\?name=Ada HTTP\/1\.1\nHost: 127\.0\.0\.1:\d+/)
  expect(bytes).not.toContain('\\r')
})

test("the browser's own find finds what is scrolled off in a card, where it stands", async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  const headers = Array.from({ length: 60 }, (_, n) => ['-H', `X-Number-${n}: v`]).flat()
  await curl(...headers, '-H', 'X-Last: needle', server.http)
  await scope.press('Last')
  const socket = scope.card('Socket bytes').locator('.card-body')
  expect(await scope.text('Socket bytes')).not.toContain('needle')
  const onEachOther = (await layoutFaults(scope.page)).filter((fault) => fault.startsWith('text on text'))
  expect(onEachOther).toEqual([])
  // `find` is what Ctrl+F does, for the first match and then the next.
  // With its line end as the card shows it: the command that the client is told to have sent has none.
  expect(await scope.page.evaluate("window.find('X-Last: needle\\\\r')")).toBe(true)
  // A browser then scrolls to what it has found: there the row stands.
  await socket.evaluate((body) => {
    const found = window.getSelection()?.getRangeAt(0).getBoundingClientRect()
    body.scrollTop += (found?.top ?? 0) - body.getBoundingClientRect().top
  })
  const row = socket.locator('.row').filter({ hasText: 'X-Last: needle' })
  await expect(row).toBeVisible()
  await expect.poll(() => row.evaluate((element) => element.getBoundingClientRect().top)).toBeLessThan(700)
})

test('after a click on a chip, a button, the slider or a card the keys do what the help says', async ({
  serve,
  scope,
}) => {
  const server = await serve()
  const { page } = scope
  await scope.open(server.ui)
  await curl(server.http)
  await curl(`${server.http}/second`)
  await expect(scope.options).toHaveCount(2)
  const beat = async () => Number(/\d+/.exec((await page.getByText(/^beat \d+ of \d+$/).textContent()) ?? '')?.[0])
  const clicks = {
    chip: () => scope.options.first().click(),
    button: () => page.getByRole('button', { name: 'Last', exact: true }).click(),
    slider: () => scope.playhead.click(),
    card: () => scope.card('Socket bytes').locator('.card-body').click(),
    log: async () => {
      await page.getByRole('button', { name: /^Log of the server/ }).click()
      await page.getByRole('button', { name: 'Close', exact: true }).click()
    },
  }
  await scope.select(scope.options.last())
  await scope.press('Last')
  for (const [what, click] of Object.entries(clicks)) {
    await click()
    await scope.atRest()
    const before = await beat()
    await page.keyboard.press('PageUp')
    await scope.atRest()
    expect(await beat(), `PageUp after a click on the ${what}`).toBe(before - 1)
    await page.keyboard.press('Space')
    await scope.atRest()
    expect(await beat(), `Space after a click on the ${what}`).toBe(before)
    await page.keyboard.press('Shift+PageUp')
    await page.keyboard.press('p')
    await expect(
      page.getByRole('button', { name: 'Pause', exact: true }),
      `P after a click on the ${what}`,
    ).toBeVisible()
    await page.keyboard.press('p')
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
  }
  // Whoever came to a button with the keyboard presses it.
  await page.getByRole('button', { name: 'First', exact: true }).focus()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await scope.atRest()
  expect(await beat()).toBe(0)
})

test('after a click on a chip the arrows go from one to the next, and Home and End to chips that were not drawn', async ({
  serve,
  scope,
}) => {
  const server = await serve()
  const { page } = scope
  await scope.open(server.ui)
  for (let n = 1; n <= 40; n++) await curl(`${server.http}/number/${n}`)
  await expect(scope.options.last()).toContainText('/number/40')
  const chosen = scope.exchanges.getByRole('option', { selected: true })
  await scope.options.filter({ hasText: '/number/38' }).click()
  for (const [key, number] of [
    ['ArrowRight', 39],
    ['Home', 1],
    ['ArrowRight', 2],
    ['End', 40],
    ['ArrowLeft', 39],
  ] as const) {
    await page.keyboard.press(key)
    await expect(chosen, key).toContainText(`/number/${number} `)
    await expect(scope.exchanges, 'the list has the focus, and says which one is active').toBeFocused()
    expect(await scope.exchanges.getAttribute('aria-activedescendant')).toBe(await chosen.getAttribute('id'))
  }
})
